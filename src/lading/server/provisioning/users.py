"""``/scim/v2/Users``."""

from typing import Any
from urllib.parse import quote

from lading.access.scim.filters import parse_filter
from lading.access.scim.patches import parse_operations, patched_person
from lading.access.scim.people import USER_SCHEMA, parse_person, person_document
from lading.foundation.instants import rfc3339
from lading.server.provisioning.request import ScimAnswer, ScimRequest, page
from lading.workflows.provision_people import (
    FILTERED,
    PersonHere,
    change_person,
    create_person,
    list_people,
    person_here,
    remove_person,
)


def list_users(request: ScimRequest) -> ScimAnswer:
    """Those whom the filter asks for."""
    terms = parse_filter(request.asked("filter"), FILTERED)
    people = list_people(request.services.records, request.by, terms)
    return page(request, list(people), lambda each: user_document(request, each))


def post_user(request: ScimRequest) -> ScimAnswer:
    """Make one."""
    wanted = parse_person(request.document())
    made = create_person(request.services.records, request.by, wanted, request.services.clock())
    document = user_document(request, made)
    return ScimAnswer(201, document, {"Location": document["meta"]["location"]})


def get_user(request: ScimRequest) -> ScimAnswer:
    """Show one."""
    with request.services.records.read() as kept:
        return ScimAnswer(200, user_document(request, person_here(kept, request.by.directory, request.id)))


def put_user(request: ScimRequest) -> ScimAnswer:
    """Replace all that is said of one; whether they are active stays where nothing is said of it."""
    wanted = parse_person(request.document())
    services = request.services
    changed = change_person(
        services.records, request.by, request.id, lambda _before: wanted, services.clock()
    )
    return ScimAnswer(200, user_document(request, changed))


def patch_user(request: ScimRequest) -> ScimAnswer:
    """Change some of it: all steps or none."""
    operations = parse_operations(request.document())
    services = request.services
    changed = change_person(
        services.records,
        request.by,
        request.id,
        lambda before: patched_person(before, operations),
        services.clock(),
    )
    return ScimAnswer(200, user_document(request, changed))


def delete_user(request: ScimRequest) -> ScimAnswer:
    """End one."""
    remove_person(request.services.records, request.by, request.id, request.services.clock())
    return ScimAnswer(204)


def user_document(request: ScimRequest, person: PersonHere) -> dict[str, Any]:
    """A User (RFC 7643, section 4.1)."""
    name = person.user.name
    return {
        "schemas": [USER_SCHEMA],
        "id": name,
        **person_document(person.said),
        "groups": [{"display": group} for group in person.user.directory_groups],
        "meta": {
            "resourceType": "User",
            "created": rfc3339(person.user.created_at),
            "location": request.place("Users", quote(name, safe="@")),
        },
    }
