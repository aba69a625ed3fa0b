"""LDAP entries as people."""

import uuid

import pytest

from lading.access.directory import DirectoryPerson, NotAPerson
from lading.access.ldap import LdapDirectory, LdapEntry, entry_id, guid_bytes, guid_text, person_of

DIRECTORY = LdapDirectory(
    "ad",
    "AD",
    "dc1",
    636,
    tls=True,
    start_tls=False,
    base="dc=example",
    name_attribute="sAMAccountName",
    id_attribute="objectGUID",
)
GUID = bytes(range(16))


def entry(**attributes: bytes) -> LdapEntry:
    known = {"sAMAccountName": b"Ann", "objectGUID": GUID} | attributes
    return LdapEntry("cn=ann,dc=example", {name.lower(): (value,) for name, value in known.items()})


def test_a_guid_is_written_as_active_directory_shows_it_and_read_back() -> None:
    text = "03020100-0504-0706-0809-0a0b0c0d0e0f"
    assert guid_text(GUID) == text == str(uuid.UUID(bytes_le=GUID))
    assert guid_bytes(text) == GUID
    assert entry_id(entry(), "objectGUID") == text


@pytest.mark.parametrize("text", ["", "*", "0" * 32, "03020100-0504-0706-0809-0a0b0c0d0e0", "g" * 36])
def test_what_is_no_guid_is_not_looked_for(text: str) -> None:
    assert guid_bytes(text) is None


def test_names_are_compared_in_lower_case() -> None:
    person = person_of(DIRECTORY, entry(), ["dev"])
    assert isinstance(person, DirectoryPerson)
    assert (person.name, person.groups) == ("ann", ("dev",))


@pytest.mark.parametrize("control", [b"514", b"66050", b"2"])
def test_an_account_that_active_directory_has_disabled_is_nobody(control: bytes) -> None:
    assert isinstance(person_of(DIRECTORY, entry(userAccountControl=control), []), NotAPerson)


@pytest.mark.parametrize("control", [b"512", b"66048", b"", b"x", b"-2", b"9" * 5000])
def test_other_states_are_not_taken_for_it(control: bytes) -> None:
    assert isinstance(
        person_of(DIRECTORY, entry(userAccountControl=control), []), DirectoryPerson | NotAPerson
    )


@pytest.mark.parametrize(
    "attributes",
    [
        {"sAMAccountName": b""},
        {"sAMAccountName": b"\xff\xfe"},
        {"objectGUID": b"short\xff"},
        {"objectGUID": b""},
    ],
)
def test_an_entry_without_a_name_or_id_that_can_be_used_is_nobody(attributes: dict[str, bytes]) -> None:
    assert isinstance(person_of(DIRECTORY, entry(**attributes), []), NotAPerson)
