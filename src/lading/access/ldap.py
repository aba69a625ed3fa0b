"""LDAP directories and Active Directory, as values.

1. A name becomes part of a filter only as a value of one comparison, never as text of the filter (injection).
2. An empty password is refused before anything is asked: for many servers it is a bind as nobody, which
   succeeds (RFC 4513, 5.1.2).
3. Names and passwords travel only under TLS, by LDAPS or StartTLS, with a certificate that is verified for
   the host, unless the directory is on this machine.
4. Two entries with one name are nobody: it is not for us to say which of them has come.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lading.access.directory import DirectoryPerson, GroupRules, NotAPerson, directory_person

ACTIVE_DIRECTORY_DISABLED = 0x2  # of userAccountControl
IN_CHAIN = "1.2.840.113556.1.4.1941"  # Active Directory: members of members too
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


class GroupSearch(StrEnum):
    """How groups are found, those that hold other groups among them."""

    MEMBERS = "members"  # groups that list the person, then groups that list those, and so on
    MEMBER_OF = "member-of"  # what the person's entry says, then what those entries say, and so on
    IN_CHAIN = "in-chain"  # one question, which Active Directory follows by itself


@dataclass(frozen=True, slots=True)
class LdapDirectory:
    """A directory, where in it people and groups are, and by which attributes they are known."""

    name: str
    label: str
    host: str
    port: int
    tls: bool  # from the first byte (LDAPS)
    start_tls: bool
    base: str
    bind_name: str = ""  # as whom people are looked for; empty for nobody
    bind_password: str = field(default="", repr=False)
    ca_file: str = ""  # certificates to trust; empty for those of the system
    person_class: str = "person"
    name_attribute: str = "uid"
    id_attribute: str = "entryUUID"
    groups_base: str = ""  # empty for ``base``
    group_search: GroupSearch = GroupSearch.MEMBERS
    member_attribute: str = "member"
    group_attribute: str = "cn"
    groups: GroupRules = field(default_factory=GroupRules)
    newcomers: bool = True
    seconds: int = 5  # that one answer may take


@dataclass(frozen=True, slots=True)
class LdapEntry:
    """An entry; attributes by their names in lower case."""

    name: str  # distinguished
    attributes: Mapping[str, Sequence[bytes]]

    def text(self, attribute: str) -> str:
        """The first value as text; empty where there is none that is text."""
        values = self.attributes.get(attribute.lower(), ())
        try:
            return values[0].decode("utf-8") if values else ""
        except UnicodeDecodeError:
            return ""

    def texts(self, attribute: str) -> tuple[str, ...]:
        """Every value that is text."""
        values = self.attributes.get(attribute.lower(), ())
        return tuple(value.decode("utf-8") for value in values if _is_text(value))


def entry_id(entry: LdapEntry, attribute: str) -> str:
    """What the directory never gives to anybody else."""
    values = entry.attributes.get(attribute.lower(), ())
    if attribute.lower() == "objectguid" and values and len(values[0]) == 16:
        return guid_text(values[0])
    return entry.text(attribute)


def guid_text(content: bytes) -> str:
    """Write a GUID as people do: its first three parts lie reversed (MS-DTYP, 2.3.4.2)."""
    parts = (content[3::-1], content[5:3:-1], content[7:5:-1], content[8:10], content[10:16])
    return "-".join(part.hex() for part in parts)


def guid_bytes(text: str) -> bytes | None:
    """Undo ``guid_text``; None for anything else."""
    if not _GUID.match(text):
        return None
    content = bytes.fromhex(text.replace("-", ""))
    return content[3::-1] + content[5:3:-1] + content[7:5:-1] + content[8:16]


def is_disabled(entry: LdapEntry) -> bool:
    """Whether Active Directory says that the account is disabled. Other directories refuse the bind."""
    control = entry.text("userAccountControl")
    return control.isdecimal() and bool(int(control[:10]) & ACTIVE_DIRECTORY_DISABLED)


def person_of(
    directory: LdapDirectory, entry: LdapEntry, groups: Sequence[str]
) -> DirectoryPerson | NotAPerson:
    """Who an entry is."""
    if is_disabled(entry):
        return NotAPerson("the directory has disabled the account")
    return directory_person(
        directory.name,
        entry_id(entry, directory.id_attribute),
        entry.text(directory.name_attribute),
        groups,
        directory.groups,
    )


def _is_text(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
