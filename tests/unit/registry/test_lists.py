import json

import pytest

from lading.foundation.errors import Malformed, NotFound
from lading.oci import media_types
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.registry.pagination import next_link, page_size
from lading.registry.referrers import referrers_document
from lading.registry.upload_sessions import upload_key

SESSION = "0b5c2f0e-6d0a-4a77-9d52-1f2f5b0f6b8e"


def test_a_page_is_as_large_as_asked_but_no_larger_than_the_limit() -> None:
    assert page_size(None, most=100) == 100
    assert page_size("7", most=100) == 7
    assert page_size("0", most=100) == 0
    assert page_size("100000", most=100) == 100


@pytest.mark.parametrize("text", ["", "-1", "1.5", "all", "1" * 12, "٣"])
def test_a_page_size_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        page_size(text, most=100)


def test_the_link_escapes_what_it_carries() -> None:
    link = next_link("/v2/a/tags/list", {"n": "2", "last": 'x>; rel="evil"'})
    assert link == '</v2/a/tags/list?n=2&last=x%3E%3B+rel%3D%22evil%22>; rel="next"'


def test_referrers_are_an_index_even_when_there_are_none() -> None:
    assert json.loads(referrers_document([])) == {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_INDEX,
        "manifests": [],
    }


def test_referrers_carry_type_and_annotations() -> None:
    signature = Descriptor(
        media_types.OCI_MANIFEST, Digest.of(b"s"), 1, artifact_type="application/x", annotations={"a": "b"}
    )
    [entry] = json.loads(referrers_document([signature]))["manifests"]
    assert entry["artifactType"] == "application/x"
    assert entry["annotations"] == {"a": "b"}


def test_an_upload_is_another_one_on_another_repository() -> None:
    assert upload_key("a", SESSION) == upload_key("a", SESSION)
    assert upload_key("a", SESSION) != upload_key("b", SESSION)


@pytest.mark.parametrize(
    "session", ["", "..", "../../etc/passwd", SESSION.upper(), SESSION + "\n", "x" * 5000]
)
def test_what_cannot_be_a_session_is_an_unknown_one(session: str) -> None:
    with pytest.raises(NotFound):
        upload_key("a", session)
