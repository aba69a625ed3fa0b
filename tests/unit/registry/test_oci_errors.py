import pytest

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
from lading.registry.oci_errors import OciAnswer, OciCode, error_document, oci_answer


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Malformed("digest-mismatch", ""), 400, "DIGEST_INVALID"),
        (Malformed("manifest-invalid", ""), 400, "MANIFEST_INVALID"),
        (Malformed("json-ambiguous", ""), 400, "MANIFEST_INVALID"),
        (OverLimit("manifest-too-large", ""), 413, "MANIFEST_INVALID"),
        (OverLimit("json-too-deep", ""), 400, "MANIFEST_INVALID"),
        (OverLimit("blob-too-large", ""), 413, "SIZE_INVALID"),
        (OverLimit("sign-in-wait", "", details={"retry_after": 9}), 429, "TOOMANYREQUESTS"),
        (Malformed("repository-name-invalid", ""), 400, "NAME_INVALID"),
        (NotFound("blob-unknown", ""), 404, "BLOB_UNKNOWN"),
        (NotFound("manifest-blob-unknown", ""), 404, "MANIFEST_BLOB_UNKNOWN"),
        (NotFound("upload-unknown", ""), 404, "BLOB_UPLOAD_UNKNOWN"),
        (Malformed("content-range-invalid", ""), 416, "BLOB_UPLOAD_INVALID"),
        (Unauthenticated("sign-in-required", ""), 401, "UNAUTHORIZED"),
        (Forbidden("access-denied", ""), 403, "DENIED"),
        (Conflict("something-new", ""), 409, "DENIED"),
        (Upstream("records-unavailable", ""), 503, "UNAVAILABLE"),
    ],
)
def test_each_error_is_told_in_the_words_of_the_specification(
    error: LadingError, status: int, code: str
) -> None:
    assert oci_answer(error) == OciAnswer(status, OciCode(code))


def test_every_blame_has_an_answer() -> None:
    for blame in LadingError.__subclasses__():
        if blame.__module__ == LadingError.__module__:
            assert oci_answer(blame("never-heard-of", "")).status >= 400


def test_the_body_has_the_shape_of_the_specification() -> None:
    document = error_document(OciCode.BLOB_UNKNOWN, "gone", {"digest": "sha256:0"})
    assert document == {
        "errors": [{"code": "BLOB_UNKNOWN", "message": "gone", "detail": {"digest": "sha256:0"}}]
    }
