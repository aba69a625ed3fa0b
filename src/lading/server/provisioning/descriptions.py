"""What this SCIM service can do (RFC 7643, sections 5 to 7)."""

from typing import Any

from lading.access.scim.groups import GROUP_SCHEMA
from lading.access.scim.people import USER_SCHEMA
from lading.foundation.errors import NotFound
from lading.server.provisioning.request import MAX_COUNT, ScimAnswer, ScimRequest, listing

_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
_RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
_CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"


def get_config(request: ScimRequest) -> ScimAnswer:
    """What of SCIM is supported."""
    no = {"supported": False}
    bearer = {
        "type": "oauthbearertoken",
        "name": "Token of the directory",
        "description": "lading users provisioning-token NAME",
        "primary": True,
    }
    return ScimAnswer(
        200,
        {
            "schemas": [_CONFIG],
            "patch": {"supported": True},
            "bulk": {**no, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": True, "maxResults": MAX_COUNT},
            "changePassword": no,
            "sort": no,
            "etag": no,
            "authenticationSchemes": [bearer],
            "meta": _meta(request, "ServiceProviderConfig", "ServiceProviderConfig"),
        },
    )


def get_resource_types(request: ScimRequest) -> ScimAnswer:
    """Which resources there are."""
    return _described(
        request,
        {
            name: {
                "schemas": [_RESOURCE_TYPE],
                "id": name,
                "name": name,
                "endpoint": f"/{name}s",
                "schema": schema,
                "meta": _meta(request, "ResourceType", f"ResourceTypes/{name}"),
            }
            for name, schema in RESOURCES.items()
        },
    )


def get_schemas(request: ScimRequest) -> ScimAnswer:
    """What they are made of."""
    return _described(
        request,
        {
            schema: {
                "schemas": [_SCHEMA],
                "id": schema,
                "name": name,
                "attributes": _ATTRIBUTES[name],
                "meta": _meta(request, "Schema", f"Schemas/{schema}"),
            }
            for name, schema in RESOURCES.items()
        },
    )


def _described(request: ScimRequest, documents: dict[str, dict[str, Any]]) -> ScimAnswer:
    if not request.id:
        return listing(list(documents.values()), total=len(documents))
    if request.id not in documents:
        raise NotFound("scim-unknown", f"there is no {request.id[:80]!r} here")
    return ScimAnswer(200, documents[request.id])


def _meta(request: ScimRequest, kind: str, place: str) -> dict[str, str]:
    return {"resourceType": kind, "location": request.place(place)}


def _attribute(name: str, kind: str = "string", **more: object) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "multiValued": False,
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
        **more,
    }


_NAMES = [_attribute("givenName"), _attribute("familyName")]
_EMAIL = [_attribute("value"), _attribute("type"), _attribute("primary", "boolean")]
RESOURCES = {"User": USER_SCHEMA, "Group": GROUP_SCHEMA}
_ATTRIBUTES = {
    "User": [
        _attribute("userName", required=True, uniqueness="server", mutability="immutable"),
        _attribute("externalId", caseExact=True),
        _attribute("active", "boolean"),
        _attribute("displayName"),
        _attribute("name", "complex", subAttributes=_NAMES),
        _attribute("emails", "complex", multiValued=True, subAttributes=_EMAIL),
        _attribute(
            "groups",
            "complex",
            multiValued=True,
            mutability="readOnly",
            subAttributes=[_attribute("display", mutability="readOnly")],
        ),
    ],
    "Group": [
        _attribute("displayName", required=True, uniqueness="server"),
        _attribute("externalId", caseExact=True),
        _attribute(
            "members",
            "complex",
            multiValued=True,
            subAttributes=[_attribute("value", caseExact=True), _attribute("display", mutability="readOnly")],
        ),
    ],
}
