"""``/scim/v2/Groups``."""

from collections.abc import Callable
from typing import Any

from lading.access.scim.filters import parse_filter
from lading.access.scim.groups import GROUP_SCHEMA, ProvisionedGroup, parse_group, patched_group
from lading.access.scim.patches import parse_operations
from lading.ports.records.provisioning import KnownGroup
from lading.server.provisioning.request import ScimAnswer, ScimRequest, page
from lading.workflows.provision_groups import (
    FILTERED,
    GroupPorts,
    change_group,
    create_group,
    group_here,
    list_groups,
    remove_group,
)

_MAX_COUNT = 20  # groups of one page: each may have thousands of members


def list_all_groups(request: ScimRequest) -> ScimAnswer:
    """Those that the filter asks for."""
    terms = parse_filter(request.asked("filter"), FILTERED)
    records = request.services.records
    groups = list_groups(records, request.by, terms)
    with records.read() as kept:

        def shown(group: KnownGroup) -> dict[str, Any]:
            return _document(request, group, kept.provisioning.members(group.id))

        return page(request, list(groups), shown, most=_MAX_COUNT)


def post_group(request: ScimRequest) -> ScimAnswer:
    """Make one."""
    wanted = parse_group(request.document())
    group_id, now = request.services.new_id(), request.services.clock()
    made = create_group(_ports(request), request.by, group_id, wanted, now)
    document = _document(request, made, wanted.members)
    return ScimAnswer(201, document, {"Location": document["meta"]["location"]})


def get_group(request: ScimRequest) -> ScimAnswer:
    """Show one."""
    with request.services.records.read() as kept:
        group, said = group_here(kept, request.by, request.id)
    return ScimAnswer(200, _document(request, group, said.members))


def put_group(request: ScimRequest) -> ScimAnswer:
    """Replace its name and its members."""
    wanted = parse_group(request.document())
    return _changed(request, lambda _before: wanted)


def patch_group(request: ScimRequest) -> ScimAnswer:
    """Change some of it: all steps or none."""
    operations = parse_operations(request.document(), GROUP_SCHEMA)
    return _changed(request, lambda before: patched_group(before, operations))


def delete_group(request: ScimRequest) -> ScimAnswer:
    """Forget one."""
    remove_group(_ports(request), request.by, request.id, request.services.clock())
    return ScimAnswer(204)


def _changed(request: ScimRequest, change: Callable[[ProvisionedGroup], ProvisionedGroup]) -> ScimAnswer:
    change_group(_ports(request), request.by, request.id, change, request.services.clock())
    return get_group(request)


def _ports(request: ScimRequest) -> GroupPorts:
    services = request.services
    return GroupPorts(services.records, services.directories[request.by.directory])


def _document(request: ScimRequest, group: KnownGroup, members: frozenset[str]) -> dict[str, Any]:
    """A Group (RFC 7643, section 4.2), without its members where the request leaves them out."""
    document: dict[str, Any] = {
        "schemas": [GROUP_SCHEMA],
        "id": group.id,
        "displayName": group.name,
        "meta": {"resourceType": "Group", "location": request.place("Groups", group.id)},
    }
    if group.external_id:
        document["externalId"] = group.external_id
    if "members" not in request.asked("excludedAttributes").casefold().replace(" ", "").split(","):
        document["members"] = [{"value": name, "display": name} for name in sorted(members)]
    return document
