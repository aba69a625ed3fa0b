"""Where people come from whom this installation does not know by a password of its own.

A directory (an OpenID provider, an LDAP server, whatever provisions accounts by SCIM) says who somebody is
and which groups they are in. What those groups may do is decided here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lading.access.account_rules import is_account_name

MAX_GROUPS = 500  # of one person: more is a mistake of the directory, and slows each request
MAX_GROUP = 200  # characters
MAX_ID = 512  # characters of what a directory calls somebody


@dataclass(frozen=True, slots=True)
class GroupRules:
    """Which groups of a directory count here, and as what.

    ``named`` maps the directory's names to ours; empty takes all as they are. Whoever is in one of
    ``administrators`` (by the directory's names) administers the installation; where it is empty, the
    directory makes nobody an administrator and takes it from nobody.
    """

    named: Mapping[str, str] = field(default_factory=dict)
    administrators: frozenset[str] = frozenset()

    def ours(self, theirs: Iterable[str]) -> tuple[str, ...]:
        """The groups that count here, each once, in their order."""
        if not self.named:
            return tuple(dict.fromkeys(theirs))
        return tuple(dict.fromkeys(self.named[name] for name in theirs if name in self.named))

    def makes_administrator(self, theirs: Iterable[str]) -> bool | None:
        """Whether these groups make an administrator; None where the directory does not say."""
        return bool(self.administrators.intersection(theirs)) if self.administrators else None


@dataclass(frozen=True, slots=True)
class DirectoryPerson:
    """Who a directory says that somebody is. ``groups`` are by our names."""

    directory: str
    id: str  # never given to anybody else
    name: str  # of the account
    groups: tuple[str, ...]
    administrator: bool | None = None


@dataclass(frozen=True, slots=True)
class NotAPerson:
    """The directory's word is not taken, and why; the reason quotes nothing secret."""

    reason: str


def directory_person(
    directory: str, person_id: str, name: object, theirs: Iterable[str], rules: GroupRules
) -> DirectoryPerson | NotAPerson:
    """Take a directory's word for somebody, unless the account could not be told from others.

    Names are compared in lower case everywhere here, so that no two accounts look the same.
    """
    if not 0 < len(person_id) <= MAX_ID or not person_id.isprintable():
        return NotAPerson("the directory gives no usable id")
    account = name.casefold() if isinstance(name, str) else ""
    if not is_account_name(account):
        return NotAPerson("the directory gives no name that an account can have")
    listed = tuple(theirs)
    if len(listed) > MAX_GROUPS:
        return NotAPerson(f"the directory names more than {MAX_GROUPS} groups")
    usable = tuple(group for group in listed if 0 < len(group) <= MAX_GROUP and group.isprintable())
    return DirectoryPerson(
        directory, person_id, account, rules.ours(usable), rules.makes_administrator(usable)
    )
