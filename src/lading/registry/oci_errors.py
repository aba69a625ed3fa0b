"""Errors in the words of the OCI distribution specification v1.1 ("Error Codes"), in one table."""

from dataclasses import dataclass
from enum import StrEnum

from lading.foundation.errors import (
    Conflict,
    Forbidden,
    LadingError,
    Malformed,
    NotFound,
    OverLimit,
    Unauthenticated,
    Upstream,
)


class OciCode(StrEnum):
    """The specification's codes; those below the line are not in it and are used where none of it fits."""

    BLOB_UNKNOWN = "BLOB_UNKNOWN"
    BLOB_UPLOAD_INVALID = "BLOB_UPLOAD_INVALID"
    BLOB_UPLOAD_UNKNOWN = "BLOB_UPLOAD_UNKNOWN"
    DIGEST_INVALID = "DIGEST_INVALID"
    MANIFEST_BLOB_UNKNOWN = "MANIFEST_BLOB_UNKNOWN"
    MANIFEST_INVALID = "MANIFEST_INVALID"
    MANIFEST_UNKNOWN = "MANIFEST_UNKNOWN"
    NAME_INVALID = "NAME_INVALID"
    NAME_UNKNOWN = "NAME_UNKNOWN"
    SIZE_INVALID = "SIZE_INVALID"
    UNAUTHORIZED = "UNAUTHORIZED"
    DENIED = "DENIED"
    UNSUPPORTED = "UNSUPPORTED"
    TOOMANYREQUESTS = "TOOMANYREQUESTS"
    # ──────────
    RANGE_INVALID = "RANGE_INVALID"
    PAGINATION_INVALID = "PAGINATION_INVALID"
    UNAVAILABLE = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class OciAnswer:
    """How an error is told to a registry client."""

    status: int  # HTTP
    code: OciCode


# By the error's own code, the most telling first choice.
_BY_CODE = {
    "access-denied": OciAnswer(403, OciCode.DENIED),
    "gate-denied": OciAnswer(403, OciCode.DENIED),
    "artifact-kept": OciAnswer(409, OciCode.DENIED),
    "blob-damaged": OciAnswer(404, OciCode.BLOB_UNKNOWN),
    "blob-in-use": OciAnswer(405, OciCode.UNSUPPORTED),
    "blob-store-full": OciAnswer(507, OciCode.UNAVAILABLE),
    "blob-too-large": OciAnswer(413, OciCode.SIZE_INVALID),
    "blob-unknown": OciAnswer(404, OciCode.BLOB_UNKNOWN),
    "cache-read-only": OciAnswer(403, OciCode.DENIED),
    "client-idle": OciAnswer(408, OciCode.BLOB_UPLOAD_INVALID),
    "content-range-invalid": OciAnswer(416, OciCode.BLOB_UPLOAD_INVALID),
    "digest-invalid": OciAnswer(400, OciCode.DIGEST_INVALID),
    "digest-mismatch": OciAnswer(400, OciCode.DIGEST_INVALID),
    "digest-missing": OciAnswer(400, OciCode.DIGEST_INVALID),
    "digest-unsupported": OciAnswer(400, OciCode.DIGEST_INVALID),
    "json-too-deep": OciAnswer(400, OciCode.MANIFEST_INVALID),
    "json-too-large": OciAnswer(413, OciCode.MANIFEST_INVALID),
    "legal-hold": OciAnswer(409, OciCode.DENIED),
    "manifest-blob-unknown": OciAnswer(404, OciCode.MANIFEST_BLOB_UNKNOWN),
    "manifest-in-use": OciAnswer(405, OciCode.UNSUPPORTED),
    "manifest-too-large": OciAnswer(413, OciCode.MANIFEST_INVALID),
    "manifest-unknown": OciAnswer(404, OciCode.MANIFEST_UNKNOWN),
    "manifest-unknown-type": OciAnswer(415, OciCode.MANIFEST_INVALID),
    "method-unsupported": OciAnswer(405, OciCode.UNSUPPORTED),
    "page-key-invalid": OciAnswer(400, OciCode.PAGINATION_INVALID),
    "page-size-invalid": OciAnswer(400, OciCode.PAGINATION_INVALID),
    "quota-exceeded": OciAnswer(403, OciCode.DENIED),
    "range-unsatisfiable": OciAnswer(416, OciCode.RANGE_INVALID),
    "repository-name-invalid": OciAnswer(400, OciCode.NAME_INVALID),
    "repository-unknown": OciAnswer(404, OciCode.NAME_UNKNOWN),
    "route-unknown": OciAnswer(404, OciCode.UNSUPPORTED),
    "size-mismatch": OciAnswer(400, OciCode.SIZE_INVALID),
    "tag-fixed": OciAnswer(409, OciCode.DENIED),
    "tag-invalid": OciAnswer(400, OciCode.MANIFEST_INVALID),
    "upload-busy": OciAnswer(409, OciCode.BLOB_UPLOAD_INVALID),
    "upload-unknown": OciAnswer(404, OciCode.BLOB_UPLOAD_UNKNOWN),
}

# By blame, for every code that is not named above.
_BY_BLAME: tuple[tuple[type[LadingError], OciAnswer], ...] = (
    (Malformed, OciAnswer(400, OciCode.MANIFEST_INVALID)),
    (Unauthenticated, OciAnswer(401, OciCode.UNAUTHORIZED)),
    (Forbidden, OciAnswer(403, OciCode.DENIED)),
    (NotFound, OciAnswer(404, OciCode.MANIFEST_UNKNOWN)),
    (Conflict, OciAnswer(409, OciCode.DENIED)),
    (OverLimit, OciAnswer(413, OciCode.SIZE_INVALID)),
    (Upstream, OciAnswer(503, OciCode.UNAVAILABLE)),
)


def oci_answer(error: LadingError) -> OciAnswer:
    """Give the status and code for an error, by the error's own code, else by its blame."""
    by_code = _BY_CODE.get(error.code)
    if by_code is not None:
        return by_code
    if isinstance(error, OverLimit) and "retry_after" in error.details:  # waiting alone cures it
        return OciAnswer(429, OciCode.TOOMANYREQUESTS)
    return next(answer for blame, answer in _BY_BLAME if isinstance(error, blame))


def error_document(code: OciCode, message: str, detail: object = None) -> dict[str, object]:
    """Build the body of an error response; ``detail`` is any JSON value."""
    entry: dict[str, object] = {"code": str(code), "message": message}
    if detail:
        entry["detail"] = detail
    return {"errors": [entry]}
