"""AdmissionReview: what an API server asks before it stores an object, and what it is answered.

The shapes are those of admission.k8s.io/v1 (k8s.io/api/admission/v1/types.go). v1beta1 has the same members
and is answered in its own version; API servers before 1.22 send it.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lading.foundation import strict_json
from lading.foundation.errors import Malformed

# An API server takes objects of up to 3 MiB, and a review of an update holds two of them.
MAX_REVIEW_BYTES = 8 << 20
MAX_UID = 128  # characters
# An API server drops warnings beyond 4096 bytes in all, and cuts each (apiserver, warning recorder).
MAX_WARNING_BYTES = 4096
_VERSIONS = frozenset(("admission.k8s.io/v1", "admission.k8s.io/v1beta1"))


class Operation(StrEnum):
    """What is being done to the object."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    CONNECT = "CONNECT"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of Kubernetes object; ``group`` is empty for the core group."""

    group: str
    version: str
    kind: str


@dataclass(frozen=True, slots=True)
class AdmissionRequest:
    """One question of an API server.

    ``object`` is what would be stored, ``old_object`` what is; each is None where there is none. ``dry_run``
    promises that nothing comes of it, so nothing may be recorded. ``user`` is who asks the API server.
    """

    api_version: str
    uid: str
    kind: Kind
    subresource: str
    namespace: str
    name: str
    operation: Operation
    user: str
    object: Mapping[str, Any] | None
    old_object: Mapping[str, Any] | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class AdmissionResponse:
    """The answer. ``code`` and ``message`` matter where it is refused; ``patch`` is an RFC 6902 document."""

    allowed: bool
    code: int = 200
    message: str = ""
    warnings: tuple[str, ...] = ()
    patch: tuple[Mapping[str, strict_json.JsonValue], ...] = ()


def parse_review(content: bytes) -> AdmissionRequest:
    """Read an AdmissionReview; raise Malformed or OverLimit."""
    review = strict_json.decode_object(content, what="AdmissionReview", max_bytes=MAX_REVIEW_BYTES)
    version = review.get("apiVersion")
    if review.get("kind") != "AdmissionReview" or version not in _VERSIONS:
        raise Malformed(
            "admission-review-invalid",
            "this is not an AdmissionReview of admission.k8s.io/v1",
            hint="set admissionReviewVersions to [v1] in the webhook configuration",
        )
    request = _object(review, "request")
    if request is None:
        raise Malformed("admission-review-invalid", "the AdmissionReview has no request")
    uid = _text(request, "uid")
    if not 0 < len(uid) <= MAX_UID:
        raise Malformed("admission-review-invalid", f"request.uid has 1 to {MAX_UID} characters")
    kind = _object(request, "kind") or {}
    return AdmissionRequest(
        api_version=version,
        uid=uid,
        kind=Kind(_text(kind, "group"), _text(kind, "version"), _text(kind, "kind")),
        subresource=_text(request, "subResource"),
        namespace=_text(request, "namespace"),
        name=_text(request, "name"),
        operation=_operation(request),
        user=_text(_object(request, "userInfo") or {}, "username"),
        object=_object(request, "object"),
        old_object=_object(request, "oldObject"),
        dry_run=request.get("dryRun") is True,
    )


def encode_response(request: AdmissionRequest, response: AdmissionResponse) -> bytes:
    """Give the AdmissionReview that answers ``request``."""
    answer: dict[str, strict_json.JsonValue] = {"uid": request.uid, "allowed": response.allowed}
    if not response.allowed:
        answer["status"] = {
            "status": "Failure",
            "code": response.code,
            "reason": "Forbidden" if response.code == 403 else "BadRequest",
            "message": response.message,
        }
    if response.warnings:
        answer["warnings"] = _fitting(response.warnings)
    if response.allowed and response.patch:
        answer["patchType"] = "JSONPatch"
        answer["patch"] = base64.b64encode(strict_json.encode_canonical(response.patch)).decode("ascii")
    return strict_json.encode_canonical(
        {"apiVersion": request.api_version, "kind": "AdmissionReview", "response": answer}
    )


def _fitting(warnings: Sequence[str]) -> list[str]:
    kept: list[str] = []
    left = MAX_WARNING_BYTES
    for warning in warnings:
        left -= len(warning.encode())
        if left < 0:
            break
        kept.append(warning)
    return kept


def _operation(request: Mapping[str, Any]) -> Operation:
    word = _text(request, "operation")
    try:
        return Operation(word)
    except ValueError as error:
        raise Malformed("admission-review-invalid", f"request.operation is not {word[:40]!r}") from error


def _object(parent: Mapping[str, Any], member: str) -> Mapping[str, Any] | None:
    value = parent.get(member)
    if value is None or isinstance(value, dict):
        return value
    raise Malformed("admission-review-invalid", f"{member} in the AdmissionReview must be an object")


def _text(parent: Mapping[str, Any], member: str) -> str:
    value = parent.get(member, "")
    if isinstance(value, str):
        return value
    raise Malformed("admission-review-invalid", f"{member} in the AdmissionReview must be a string")
