"""People and their groups in an LDAP directory; the rules are those of ``access.ldap``."""

from collections.abc import Sequence
from typing import assert_never

from sansldap import FilterAnd, FilterEquality, FilterExtensibleMatch, FilterOr, FilterPresent, LDAPFilter

from lading.access.directory import MAX_GROUPS
from lading.access.ldap import IN_CHAIN, GroupSearch, LdapDirectory, LdapEntry, guid_bytes, person_of
from lading.adapters.ldap_connection import LdapConnection
from lading.foundation.errors import Upstream
from lading.ports.password_directory import LookUp, NotThere, PasswordAnswer, WrongPassword

_DEEPEST = 10  # groups within groups
_AT_ONCE = 50  # names in one question
_MAX_NAME, _MAX_PASSWORD = 256, 1024  # characters that are sent at all


class LdapPeople:
    """The ``PasswordDirectory`` port."""

    def __init__(self, directory: LdapDirectory) -> None:
        self._directory = directory

    @property
    def name(self) -> str:
        """What it is called here."""
        return self._directory.name

    @property
    def newcomers(self) -> bool:
        """Whether somebody without an account gets one."""
        return self._directory.newcomers

    def check(self, name: str, password: str) -> PasswordAnswer:
        """Look for the person, then bind as them, then find their groups."""
        if not password or not name or len(name) > _MAX_NAME or len(password) > _MAX_PASSWORD:
            return WrongPassword()  # rule 2
        with self._asking() as asking:
            entry = self._person(asking, FilterEquality(self._directory.name_attribute, name.encode()))
            # Somebody who is not there is bound as, too, so that the time does not tell.
            bound_as = entry.name if entry else f"{self._directory.name_attribute}=-,{self._directory.base}"
            with LdapConnection(self._directory) as proving:
                right = proving.bind(bound_as, password)
            if entry is None:
                return NotThere()
            if not right:
                return WrongPassword()
            return person_of(self._directory, entry, self._groups(asking, entry))

    def look_up(self, person_id: str) -> LookUp:
        """Look for the person by the id that the directory gave them."""
        directory_id = self._id(person_id)
        if directory_id is None:
            return NotThere()
        with self._asking() as asking:
            entry = self._person(asking, FilterEquality(self._directory.id_attribute, directory_id))
            if entry is None:
                return NotThere()
            return person_of(self._directory, entry, self._groups(asking, entry))

    def _id(self, person_id: str) -> bytes | None:
        is_guid = self._directory.id_attribute.lower() == "objectguid"
        return guid_bytes(person_id) if is_guid else person_id.encode()

    def _asking(self) -> "_Asking":
        return _Asking(self._directory)

    def _person(self, asking: LdapConnection, wanted: FilterEquality) -> LdapEntry | None:
        directory = self._directory
        both = FilterAnd([FilterEquality("objectClass", directory.person_class.encode()), wanted])
        attributes = [directory.name_attribute, directory.id_attribute, "memberOf", "userAccountControl"]
        found = asking.search(directory.base, both, attributes, most=2)
        return found[0] if len(found) == 1 else None  # rule 4

    def _groups(self, asking: LdapConnection, person: LdapEntry) -> tuple[str, ...]:
        directory = self._directory
        match directory.group_search:
            case GroupSearch.IN_CHAIN:
                chain = FilterExtensibleMatch(
                    rule=IN_CHAIN,
                    attribute=directory.member_attribute,
                    value=person.name.encode(),
                    dn_attributes=False,
                )
                groups = self._search_groups(asking, chain)
            case GroupSearch.MEMBERS:
                groups = self._walk_members(asking, person)
            case GroupSearch.MEMBER_OF:
                groups = self._walk_member_of(asking, person)
            case _:
                assert_never(directory.group_search)
        return tuple(name for group in groups if (name := group.text(directory.group_attribute)))

    def _walk_members(self, asking: LdapConnection, person: LdapEntry) -> list[LdapEntry]:
        known: dict[str, LdapEntry] = {}
        frontier = [person.name]
        for _ in range(_DEEPEST):
            found = []
            for start in range(0, len(frontier), _AT_ONCE):
                names = frontier[start : start + _AT_ONCE]
                attribute = self._directory.member_attribute
                any_of: list[LDAPFilter] = [FilterEquality(attribute, name.encode()) for name in names]
                found += self._search_groups(asking, FilterOr(any_of))
            frontier = self._add(known, found)
            if not frontier:
                break
        return list(known.values())

    def _walk_member_of(self, asking: LdapConnection, person: LdapEntry) -> list[LdapEntry]:
        known: dict[str, LdapEntry] = {}
        frontier: Sequence[str] = person.texts("memberOf")
        wanted = FilterPresent("objectClass")
        attributes = [self._directory.group_attribute, "memberOf"]
        for _ in range(_DEEPEST):
            found = []
            for name in frontier:
                found += asking.search(name, wanted, attributes, most=1, only_base=True)
            self._add(known, found)
            above = dict.fromkeys(name for group in found for name in group.texts("memberOf"))
            frontier = [name for name in above if name.casefold() not in known]
            if not frontier:
                break
        return list(known.values())

    def _add(self, known: dict[str, LdapEntry], found: Sequence[LdapEntry]) -> list[str]:
        """Note groups that were not known; give their names. Groups that hold each other end here."""
        fresh = {group.name.casefold(): group for group in found if group.name.casefold() not in known}
        known |= fresh
        if len(known) > MAX_GROUPS:
            raise Upstream(
                "directory-groups",
                f"the directory {self.name} puts one person into more than {MAX_GROUPS} groups",
                hint="name a narrower groups_base",
            )
        return [group.name for group in fresh.values()]

    def _search_groups(self, asking: LdapConnection, wanted: LDAPFilter) -> list[LdapEntry]:
        directory = self._directory
        base = directory.groups_base or directory.base
        return asking.search(base, wanted, [directory.group_attribute], most=MAX_GROUPS + 1)


class _Asking(LdapConnection):
    """A conversation as whoever may look for people."""

    def __enter__(self) -> "_Asking":
        super().__enter__()
        directory = self._directory
        try:
            if directory.bind_name and not self.bind(directory.bind_name, directory.bind_password):
                raise self._away("does not believe the name and password that we look for people by")
        except BaseException:
            self._socket.close()
            raise
        return self
