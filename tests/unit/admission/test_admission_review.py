"""Reviews, as API servers and others send them."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from lading.admission.admission_parts import parts_to_judge
from lading.admission.admission_review import (
    MAX_REVIEW_BYTES,
    AdmissionRequest,
    AdmissionResponse,
    Operation,
    encode_response,
    parse_review,
)
from lading.admission.workload_images import WorkloadImage
from lading.foundation.errors import LadingError, Malformed, OverLimit


def images_to_judge(asked: AdmissionRequest) -> tuple[WorkloadImage, ...]:
    return tuple(part.image for part in parts_to_judge(asked) if part.image)


def review(**request: Any) -> bytes:
    whole = {
        "uid": "u1",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "operation": "CREATE",
        "namespace": "shop-prod",
        "userInfo": {"username": "ann"},
        "object": {"kind": "Pod", "spec": {"containers": [{"name": "a", "image": "x/y:1"}]}},
    }
    body = {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {**whole, **request}}
    return json.dumps(body).encode()


def asked(**request: Any) -> AdmissionRequest:
    return parse_review(review(**request))


def test_a_request_is_read() -> None:
    request = asked(dryRun=True, name="web")
    assert (request.uid, request.namespace, request.user) == ("u1", "shop-prod", "ann")
    assert (request.operation, request.dry_run, request.old_object) == (Operation.CREATE, True, None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"kind": "AdmissionReview"}',
        b'{"kind": "Pod", "apiVersion": "v1"}',
        b'{"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v2", "request": {"uid": "a"}}',
        b'{"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": null}',
        b'{"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": []}',
        review(uid=""),
        review(uid="u" * 200),
        review(uid=7),
        review(operation="DESTROY"),
        review(object=[]),
        review(kind="Pod"),
        review(userInfo="ann"),
        review().replace(b'"uid": "u1"', b'"uid": "u1", "uid": "u2"'),
        review().replace(b'"u1"', b'"\xff"'),
        b'{"a":' * 100 + b"1" + b"}" * 100,
    ],
)
def test_what_is_no_review_is_refused(content: bytes) -> None:
    with pytest.raises(LadingError) as caught:
        parse_review(content)
    assert isinstance(caught.value, Malformed | OverLimit)


def test_a_review_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(OverLimit):
        parse_review(b" " * (MAX_REVIEW_BYTES + 1))


def answer(response: AdmissionResponse) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(encode_response(asked(), response))
    assert document["apiVersion"] == "admission.k8s.io/v1"
    assert document["kind"] == "AdmissionReview"
    assert document["response"]["uid"] == "u1"
    inner: dict[str, Any] = document["response"]
    return inner


def test_a_refusal_carries_its_message() -> None:
    said = answer(AdmissionResponse(allowed=False, code=403, message="DENIED: …", warnings=("w",)))
    assert said["allowed"] is False
    assert said["status"] == {"status": "Failure", "code": 403, "reason": "Forbidden", "message": "DENIED: …"}
    assert said["warnings"] == ["w"]


def test_what_is_allowed_says_no_more_than_that() -> None:
    assert answer(AdmissionResponse(allowed=True)) == {"uid": "u1", "allowed": True}


def test_warnings_are_kept_within_what_an_api_server_takes() -> None:
    said = answer(AdmissionResponse(allowed=True, warnings=("é" * 100,) * 100))
    assert sum(len(warning.encode()) for warning in said["warnings"]) <= 4096
    assert len(said["warnings"]) == 20


def test_a_patch_is_a_json_patch_in_base64() -> None:
    patch = ({"op": "replace", "path": "/spec/containers/0/image", "value": "x/y:1@sha256:…"},)
    said = answer(AdmissionResponse(allowed=True, patch=patch))
    assert said["patchType"] == "JSONPatch"
    assert json.loads(base64.b64decode(said["patch"])) == list(patch)
    assert "patch" not in answer(AdmissionResponse(allowed=False, code=403, patch=patch))


# What the real reviews are about: the images that each would bring in, or why it cannot be read.
SAMPLES = {
    "01_deployment": ["securesystemsengineering/alice-image:test"],
    "03_replicaset": ["securesystemsengineering/sample-san-sama:hai"],
    "04_cronjob": "oldObject",  # a text, where an API server has an object or null
    "05_replication_controller": ["nginx"],
    "06_daemonset": ["quay.io/fluentd_elasticsearch/fluentd:v2.5.2"],
    "07_statefulset": ["registry.k8s.io/nginx-slim:0.8"],
    "08_job": ["perl:5.34.0"],
    "09_dply_multi_image": "oldObject",
    "10_update": [],  # the image stays what it was
    "11_role": [],
    "12_err_pod": "spec must be an object",
    "21_broken_admission_request": "request.uid",
    "22_allow_me_with_index_docker_io": ["test-image"],
    "25_null_request": "must be a JSON object",
    "26_broken_update_admission_request": "request.uid",
    "28_deleted_deployment_updated": [],
    "29_deleted_deployment_update_for_delete": [],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_real_reviews_are_read(name: str, shared_data: Path) -> None:
    content = (shared_data / "kubernetes/admission-reviews" / f"{name}.json").read_bytes()
    expected = SAMPLES[name]
    if isinstance(expected, str):
        with pytest.raises(Malformed, match=expected):
            images_to_judge(parse_review(content))
        return
    assert [image.image for image in images_to_judge(parse_review(content))] == expected


def test_init_and_ephemeral_containers_of_real_reviews_are_found(shared_data: Path) -> None:
    for name, place in (("19_pod_initcontainer", "init"), ("20_pod_ephemeralcontainer", "ephemeral")):
        content = (shared_data / "kubernetes/admission-reviews" / f"{name}.json").read_bytes()
        paths = {image.path: image.image for image in images_to_judge(parse_review(content))}
        assert paths[f"spec.{place}Containers[0].image"] == "nginx"
        assert "spec.containers[0].image" in paths
