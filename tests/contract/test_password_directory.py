"""Directories that check passwords, over every adapter; slapd is a real one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from lading.access.directory import DirectoryPerson, GroupRules
from lading.access.ldap import GroupSearch, LdapDirectory
from lading.adapters.directory_memory import MemoryDirectory, MemoryPerson
from lading.adapters.ldap_directory import LdapPeople
from lading.foundation.errors import Upstream
from lading.ports.password_directory import NotThere, PasswordDirectory, WrongPassword
from tests.support.slapd import BASE, PASSWORD, READER, READER_PASSWORD, Slapd, serving_slapd

RULES = GroupRules({"payments": "pay", "everybody": "all"}, frozenset({"engineers"}))
WAYS = ("memory", "start-tls", "ldaps", "member-of")


@dataclass
class World:
    """A directory, and a way to make it go away and come back."""

    directory: PasswordDirectory
    slapd: Slapd | None

    def away(self, gone: bool) -> None:
        if isinstance(self.directory, MemoryDirectory):
            self.directory.away = gone
        elif self.slapd is not None:
            if gone:
                self.slapd.stop()
            else:
                self.slapd.start()


@pytest.fixture(scope="module")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    with serving_slapd(tmp_path_factory.mktemp("slapd")) as slapd:
        yield slapd


@pytest.fixture(params=WAYS)
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        groups = ("payments", "engineers", "everybody")
        people = [MemoryPerson("1", "ann", PASSWORD, groups), MemoryPerson("2", "ben", PASSWORD, groups)]
        twins = [MemoryPerson("3", "twin", PASSWORD), MemoryPerson("4", "twin", PASSWORD)]
        return World(MemoryDirectory("ad", people + twins, rules=RULES), None)
    slapd: Slapd = request.getfixturevalue("slapd")
    directory = ldap(slapd)
    if request.param == "ldaps":
        directory = replace(directory, port=slapd.tls_port, tls=True, start_tls=False)
    if request.param == "member-of":
        directory = replace(directory, group_search=GroupSearch.MEMBER_OF)
    return World(LdapPeople(directory), slapd)


def ldap(slapd: Slapd) -> LdapDirectory:
    """The directory over StartTLS."""
    return LdapDirectory(
        name="ad",
        label="the directory",
        host="127.0.0.1",
        port=slapd.port,
        tls=False,
        start_tls=True,
        base=BASE,
        bind_name=READER,
        bind_password=READER_PASSWORD,
        ca_file=str(slapd.ca_file),
        groups=RULES,
    )


def test_a_right_password_tells_who_it_is_with_groups_of_groups(world: World) -> None:
    for name in ("ann", "ANN", "ben"):
        person = world.directory.check(name, PASSWORD)
        assert isinstance(person, DirectoryPerson)
        assert (person.directory, person.name, person.administrator) == ("ad", name.lower(), True)
        assert set(person.groups) == {"pay", "all"}


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", PASSWORD.upper(), "*", "\0", "x" * 5000])
def test_a_wrong_password_is_wrong_and_an_empty_one_is_no_bind(world: World, password: str) -> None:
    assert world.directory.check("ann", password) == WrongPassword()


@pytest.mark.parametrize(
    "name",
    ["nobody", "twin", "*", "a*", "ann)(uid=*", "ann)(|(uid=*", "\\61nn", "ann\0", "*)(objectClass=*"],
)
def test_nobody_is_found_by_what_is_no_name_of_one_person(world: World, name: str) -> None:
    assert world.directory.check(name, PASSWORD) == NotThere()


def test_somebody_is_looked_up_by_what_the_directory_calls_them(world: World) -> None:
    person = world.directory.check("ann", PASSWORD)
    assert isinstance(person, DirectoryPerson)
    assert world.directory.look_up(person.id) == person
    assert world.directory.look_up("*") == NotThere()
    assert world.directory.look_up("ann") == NotThere()


def test_a_directory_that_is_away_is_no_answer(world: World) -> None:
    world.away(True)
    with pytest.raises(Upstream) as refused:
        world.directory.check("ann", PASSWORD)
    assert refused.value.code == "directory-away"
    assert PASSWORD not in str(refused.value)
    with pytest.raises(Upstream):
        world.directory.look_up("1")
    world.away(False)
    assert isinstance(world.directory.check("ann", PASSWORD), DirectoryPerson)


def test_a_certificate_that_is_not_trusted_ends_it_before_a_password_is_sent(slapd: Slapd) -> None:
    directory = ldap(slapd)
    for wrong in (replace(directory, ca_file=""), replace(directory, host="localhost")):
        with pytest.raises(Upstream) as refused:
            LdapPeople(wrong).check("ann", PASSWORD)
        assert "TLS" in refused.value.message or "reached" in refused.value.message


def test_a_wrong_password_of_ours_is_not_the_fault_of_who_signs_in(slapd: Slapd) -> None:
    for wrong in ("wrong", ""):
        people = LdapPeople(replace(ldap(slapd), bind_password=wrong))
        with pytest.raises(Upstream):
            people.check("ann", PASSWORD)


def test_somebody_who_was_renamed_is_the_same_person_and_who_left_is_not_there(slapd: Slapd) -> None:
    people = LdapPeople(ldap(slapd))
    before = people.check("ann", PASSWORD)
    assert isinstance(before, DirectoryPerson)
    here = f"uid=ann,ou=people,{BASE}"
    slapd.change(f"dn: {here}\nchangetype: moddn\nnewrdn: uid=annette\ndeleteoldrdn: 1\n")
    after = people.check("annette", PASSWORD)
    assert isinstance(after, DirectoryPerson)
    assert after.id == before.id
    slapd.change(f"dn: uid=annette,ou=people,{BASE}\nchangetype: delete\n")
    assert people.look_up(before.id) == NotThere()
