"""A request of an identity provider, and what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from lading.access.scim.faults import fault
from lading.foundation.strict_json import decode_object
from lading.server.provisioning.services import ProvisioningServices
from lading.workflows.provisioning_tokens import Provisioner

PREFIX = "/scim/v2"
MAX_BODY = 1 << 20  # bytes
MAX_COUNT = 200  # resources of one page
_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_MAX_DEPTH = 10  # levels; what is asked of us has five


@dataclass(frozen=True, slots=True)
class ScimRequest:
    """What was asked, by whom. ``id`` is the part of the path behind the kind of resource."""

    method: str
    kind: str
    id: str
    query: str
    content: bytes
    by: Provisioner
    services: ProvisioningServices

    def document(self) -> dict[str, Any]:
        """The body, as strictly as we read JSON everywhere."""
        return decode_object(self.content, what="the SCIM message", max_bytes=MAX_BODY, max_depth=_MAX_DEPTH)

    def asked(self, name: str) -> str:
        """A parameter of the query, empty where it is not there."""
        try:
            pairs = parse_qsl(self.query, keep_blank_values=True, max_num_fields=20, errors="strict")
        except ValueError as error:
            raise fault("invalidValue", "the query cannot be read") from error
        values = [value for key, value in pairs if key.casefold() == name.casefold()]
        if len(values) > 1:
            raise fault("invalidValue", f"{name} stands twice in the query")
        return values[0] if values else ""

    def number(self, name: str, default: int) -> int:
        """A whole number of the query."""
        text = self.asked(name)
        if not text:
            return default
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
            raise fault("invalidValue", f"{name} must be a whole number")
        return int(text)

    def place(self, kind: str, resource_id: str = "") -> str:
        """The URL of a resource."""
        end = f"/{resource_id}" if resource_id else ""
        return f"{self.services.address.rstrip('/')}{PREFIX}/{kind}{end}"


@dataclass(frozen=True, slots=True)
class ScimAnswer:
    """A status with a document; None for no body."""

    status: int
    document: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def page(request: ScimRequest, resources: list[Any], shown: Any, *, most: int = MAX_COUNT) -> ScimAnswer:
    """One page of a list (RFC 7644, section 3.4.2.4): ``shown`` makes a document of a resource."""
    start = max(request.number("startIndex", 1), 1)
    count = min(max(request.number("count", most), 0), most)
    here = resources[start - 1 : start - 1 + count]
    return listing([shown(each) for each in here], total=len(resources), start=start)


def listing(documents: list[dict[str, Any]], *, total: int, start: int = 1) -> ScimAnswer:
    """A ListResponse."""
    return ScimAnswer(
        200,
        {
            "schemas": [_LIST],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": len(documents),
            "Resources": documents,
        },
    )
