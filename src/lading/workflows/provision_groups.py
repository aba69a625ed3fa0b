"""Groups that an identity provider says, and who is in them.

1. Groups are of one directory, and so are their members: no other account can be put into one.
2. What an account's groups are follows in the same transaction, by the rules of the directory on which groups
   count here and as what. Groups that were given here stay.
3. No group makes an administrator: that is said at the sign-in alone.
4. While a directory has groups here, they count in place of those that it says at a sign-in
   (``directory_accounts``).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lading.access.directory import MAX_GROUPS, GroupRules
from lading.access.scim.faults import fault
from lading.access.scim.filters import Term, all_hold
from lading.access.scim.groups import ProvisionedGroup
from lading.audit.entry import Event
from lading.foundation.errors import Conflict, NotFound
from lading.ports.records.provisioning import KnownGroup
from lading.ports.records.record_set import Records, RecordSet
from lading.workflows.provisioning_tokens import Provisioner

FILTERED = frozenset({"id", "displayname", "externalid"})
MOST_GROUPS = 10_000  # of one directory
_TOLD = 50  # names in an audit entry


@dataclass(frozen=True, slots=True)
class GroupPorts:
    """``rules`` are those of the directory that asks."""

    records: Records
    rules: GroupRules


def list_groups(records: Records, by: Provisioner, terms: Sequence[Term]) -> tuple[KnownGroup, ...]:
    """The groups that a filter asks for, by name."""
    with records.read() as kept:
        groups = kept.provisioning.groups(by.directory)
    return tuple(group for group in groups if all_hold(terms, _filtered(group)))


def group_here(kept: RecordSet, by: Provisioner, group_id: str) -> tuple[KnownGroup, ProvisionedGroup]:
    """A group of the directory, with its members. Raises NotFound for every other one."""
    group = kept.provisioning.group(group_id)
    if group is None or group.directory != by.directory:
        raise NotFound("group-unknown", f"there is no group {group_id[:80]!r}")
    members = kept.provisioning.members(group.id)
    return group, ProvisionedGroup(group.name, group.external_id, members)


def create_group(
    ports: GroupPorts, by: Provisioner, group_id: str, wanted: ProvisionedGroup, now: datetime
) -> KnownGroup:
    """Make a group. Raises Conflict where the directory has one of this name."""
    with ports.records.write() as kept:
        known = kept.provisioning.groups(by.directory)
        _require_free(known, wanted.name)
        if len(known) >= MOST_GROUPS:
            raise fault("tooMany", f"a directory has at most {MOST_GROUPS} groups")
        made = KnownGroup(group_id, by.directory, wanted.name, wanted.external_id)
        _require_people(kept, by, wanted.members)
        kept.provisioning.save_group(made, wanted.members)
        _regroup(kept, ports, by, wanted.members)
        kept.audit.append(_did(by, "group.create", made, now, added=wanted.members))
    return made


def change_group(
    ports: GroupPorts,
    by: Provisioner,
    group_id: str,
    change: Callable[[ProvisionedGroup], ProvisionedGroup],
    now: datetime,
) -> None:
    """Change a group and who is in it."""
    with ports.records.write() as kept:
        group, before = group_here(kept, by, group_id)
        wanted = change(before)
        if wanted == before:
            return
        if wanted.name != before.name:
            _require_free(kept.provisioning.groups(by.directory), wanted.name, besides=group_id)
        added, removed = wanted.members - before.members, before.members - wanted.members
        _require_people(kept, by, added)
        changed = replace(group, name=wanted.name, external_id=wanted.external_id)
        kept.provisioning.save_group(changed, wanted.members)
        renamed = wanted.name != before.name
        _regroup(kept, ports, by, wanted.members | removed if renamed else added | removed)
        kept.audit.append(_did(by, "group.change", changed, now, added=added, removed=removed))


def remove_group(ports: GroupPorts, by: Provisioner, group_id: str, now: datetime) -> None:
    """Forget a group; who was in it is not any more."""
    with ports.records.write() as kept:
        group, before = group_here(kept, by, group_id)
        kept.provisioning.remove_group(group.id)
        _regroup(kept, ports, by, before.members)
        kept.audit.append(_did(by, "group.remove", group, now, removed=before.members))


def _regroup(kept: RecordSet, ports: GroupPorts, by: Provisioner, names: Iterable[str]) -> None:
    """Rule 2."""
    for name in sorted(names):
        user = kept.people.user(name)
        if user is None or user.directory != by.directory:  # rule 1, once more
            continue
        groups = kept.provisioning.groups_of(name)
        if len(groups) > MAX_GROUPS:
            raise fault("tooMany", f"{name} would be in more than {MAX_GROUPS} groups")
        kept.people.change_user(replace(user, directory_groups=ports.rules.ours(groups)))


def _require_people(kept: RecordSet, by: Provisioner, names: Iterable[str]) -> None:
    """Rule 1; whoever is no account and whoever is another directory's are not told apart."""
    for name in sorted(names):
        user = kept.people.user(name)
        if user is None or user.directory != by.directory:
            raise fault("invalidValue", f"there is no user {name[:80]!r} to be a member")


def _require_free(known: Iterable[KnownGroup], name: str, besides: str = "") -> None:
    if any(group.name.casefold() == name.casefold() and group.id != besides for group in known):
        details = {"scimType": "uniqueness"}
        raise Conflict("group-exists", "there is another group with this displayName", details=details)


def _filtered(group: KnownGroup) -> dict[str, object]:
    return {"id": group.id, "displayname": group.name, "externalid": group.external_id}


def _did(
    by: Provisioner,
    action: str,
    group: KnownGroup,
    now: datetime,
    *,
    added: frozenset[str] = frozenset(),
    removed: frozenset[str] = frozenset(),
) -> Event:
    """Names of members up to a bound, and how many there were."""
    details: dict[str, object] = {"name": group.name}
    for what, names in (("added", added), ("removed", removed)):
        if names:
            details[what] = sorted(names)[:_TOLD]
            details[f"{what}_count"] = len(names)
    return by.did(action, f"group:{by.directory}/{group.id}", now, **details)
