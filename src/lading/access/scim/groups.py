"""A group as an identity provider describes it (RFC 7643, section 4.2), and what it changes of one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lading.access.directory import MAX_GROUP
from lading.access.scim.faults import fault
from lading.access.scim.filters import wanted_text
from lading.access.scim.patches import Operation

GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"
MAX_MEMBERS = 5000  # of one group
_MAX_ID = 256  # characters


@dataclass(frozen=True, slots=True)
class ProvisionedGroup:
    """What a provider says of a group. ``members`` are names of accounts."""

    name: str
    external_id: str = ""
    members: frozenset[str] = frozenset()


def parse_group(document: Mapping[str, Any]) -> ProvisionedGroup:
    """Read a group; raise Malformed for what cannot be one."""
    members = {key.casefold(): value for key, value in document.items()}
    if len(members) != len(document):
        raise fault("invalidSyntax", "an attribute stands twice")
    outside = members.get("externalid")
    return ProvisionedGroup(
        _group_name(members.get("displayname")),
        "" if outside is None else _one_line("externalId", outside, _MAX_ID),
        _members(members.get("members")),
    )


def patched_group(group: ProvisionedGroup, operations: tuple[Operation, ...]) -> ProvisionedGroup:
    """The group after all steps; raise Malformed, so that none is taken where one cannot be."""
    for operation in operations:
        match operation.path.attribute if operation.path else "":
            case "displayname":
                value = None if operation.kind == "remove" else operation.value
                group = replace(group, name=_group_name(value))
            case "externalid":
                removed = operation.kind == "remove" or operation.value is None
                value = "" if removed else _one_line("externalId", operation.value, _MAX_ID)
                group = replace(group, external_id=value)
            case "members":
                group = replace(group, members=_patched_members(group.members, operation))
    if len(group.members) > MAX_MEMBERS:
        raise _too_many()
    return group


def _patched_members(members: frozenset[str], operation: Operation) -> frozenset[str]:
    path = operation.path
    if path is None or path.part:
        raise fault("invalidPath", "members are added and removed as they are")
    if path.terms:
        name = wanted_text(path.terms, "value")
        if operation.kind != "remove" or name is None or len(path.terms) != 1:
            raise fault("invalidFilter", 'members are removed by members[value eq "…"]')
        return members - {name}
    if operation.kind == "remove":  # all of them, or those that Entra ID lists
        return frozenset() if operation.value is None else members - _members(operation.value)
    named = _members(operation.value)
    return named if operation.kind == "replace" else members | named


def _members(value: object) -> frozenset[str]:
    listed = [] if value is None else value if isinstance(value, list) else [value]
    if len(listed) > MAX_MEMBERS:
        raise _too_many()
    return frozenset(_member(each) for each in listed)


def _member(value: object) -> str:
    if not isinstance(value, dict):
        raise fault("invalidValue", "each of members must be an object with the value of a user's id")
    members = {key.casefold(): each for key, each in value.items()}
    if str(members.get("type", "User")).casefold() != "user":
        raise fault("invalidValue", "members are users: groups within groups have to be sent flat")
    return _one_line("the value of a member", members.get("value"), _MAX_ID)


def _group_name(value: object) -> str:
    name = _one_line("displayName", value, MAX_GROUP)
    if not name.strip():
        raise fault("invalidValue", "a group needs a displayName")
    return name


def _one_line(what: str, value: object, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise fault("invalidValue", f"{what} must be a text of at most {longest} characters in one line")
    return value


def _too_many() -> Exception:
    return fault("tooMany", f"a group has at most {MAX_MEMBERS} members")
