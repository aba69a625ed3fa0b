"""Admission: the same verdict and the same words as everywhere else."""

import json
from typing import Any

import pytest

from lading.adapters.shipped_policy import profile_text
from lading.admission.admission_review import AdmissionResponse, encode_response, parse_review
from lading.admission.namespaces import NamespaceMap
from lading.oci.digest import Digest
from lading.policy.decision import Outcome
from lading.policy.evidence import Gate
from lading.policy.message import render
from lading.policy.policy_file import parse_policy
from lading.workflows.admit import admit
from lading.workflows.check_files import FileQuestion, Rules, check_file
from lading.workflows.gate import Asker, decide
from tests.support.governed import GovernedRegistry, ask
from tests.support.registry import NOON

NAMESPACES = NamespaceMap.of([("shop-dev", "dev"), ("shop-*", "prod")], "prod")
GOOD, BAD = "registry.example/shop/app:1.0", "registry.example/lab/bad:1.0"


@pytest.fixture(scope="module")
def governed() -> GovernedRegistry:
    made = GovernedRegistry()
    made.good_image()
    made.bad_image()
    return made


def review(*images: str, namespace: str = "shop-prod", kind: str = "Pod", **more: Any) -> bytes:
    spec: Any = {"containers": [{"name": f"c{at}", "image": image} for at, image in enumerate(images)]}
    group = "" if kind == "Pod" else "apps"
    workload = {"kind": kind, "metadata": {"name": "web"}, "spec": spec}
    if kind != "Pod":
        workload["spec"] = {"template": {"spec": spec}}
    request = {
        "uid": "u1",
        "kind": {"group": group, "version": "v1", "kind": kind},
        "operation": "CREATE",
        "namespace": namespace,
        "userInfo": {"username": "system:serviceaccount:kube-system:deployment-controller"},
        "object": workload,
        **more,
    }
    body = {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request}
    return json.dumps(body).encode()


def answer(governed: GovernedRegistry, content: bytes, *, pin: bool = False) -> AdmissionResponse:
    return admit(governed.ports, NAMESPACES, parse_review(content), NOON, pin=pin)


def digest_of(governed: GovernedRegistry, name: str) -> Digest:
    repository, tag = name.partition("/")[2].split(":")
    with governed.registry.records.read() as kept:
        found = kept.registry.tag(repository, tag)
    assert found is not None
    return found.digest


@pytest.mark.parametrize("kind", ["Pod", "Deployment", "StatefulSet"])
def test_a_good_image_is_admitted_with_its_warnings(governed: GovernedRegistry, kind: str) -> None:
    said = answer(governed, review(GOOD, kind=kind))
    assert said.allowed
    assert any(warning.startswith("base-approved: ") for warning in said.warnings)


@pytest.mark.parametrize("by_digest", [False, True])
def test_a_bad_image_is_refused_in_the_words_of_every_other_gate(
    governed: GovernedRegistry, by_digest: bool
) -> None:
    name = f"registry.example/lab/bad@{digest_of(governed, BAD)}" if by_digest else BAD
    said = answer(governed, review(name, kind="Deployment"))
    assert (said.allowed, said.code) == (False, 403)
    for gate in (Gate.PROMOTE, Gate.CI, Gate.LAPTOP):
        elsewhere = decide(governed.ports, Asker("person:ann"), ask("lab/bad:1.0", gate=gate), NOON)
        assert said.message == render(elsewhere.decision)
    assert "upgrade bash to 4.2+dfsg-0.1+deb7u3" in said.message


def test_the_namespace_decides_the_environment(governed: GovernedRegistry) -> None:
    assert answer(governed, review(BAD, namespace="shop-dev")).allowed
    assert not answer(governed, review(BAD, namespace="shop-prod")).allowed
    assert not answer(governed, review(BAD, namespace="nobody-thought-of-it")).allowed


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("nginx", "docker.io is not a registry that this installation allows"),
        ("registry.example/shop/none:1", "there is no image registry.example/shop/none:1"),
        ("registry.example/shop/app:9", "there is no image registry.example/shop/app:9"),
        ("", "DENIED: spec.containers[0].image: the container 'c0' names no image"),
        ("registry.example/Shop/App", "DENIED: spec.containers[0].image: "),
        ("registry.example/shop/app@sha256:12", "DENIED: spec.containers[0].image: "),
        ("x/\x1b[31mred", "DENIED: spec.containers[0].image: "),
    ],
)
def test_what_is_not_known_is_refused(governed: GovernedRegistry, image: str, message: str) -> None:
    said = answer(governed, review(image))
    assert (said.allowed, said.code) == (False, 403)
    assert message in said.message
    assert "\x1b" not in said.message


def test_one_refused_image_refuses_the_workload_and_each_is_told_once(governed: GovernedRegistry) -> None:
    said = answer(governed, review(GOOD, BAD, BAD, "nginx"))
    assert not said.allowed
    assert said.message.count("DENIED: ") == 2
    assert "lab/bad@sha256:" in said.message
    assert "docker.io" in said.message


def test_a_workload_that_cannot_be_read_is_refused(governed: GovernedRegistry) -> None:
    said = answer(governed, review(GOOD, object={"kind": "Pod", "spec": "x"}))
    assert (said.allowed, said.code) == (False, 400)
    assert "spec must be an object" in said.message


def test_what_brings_no_image_is_let_through(governed: GovernedRegistry) -> None:
    assert answer(governed, review(BAD, operation="DELETE", object=None)).allowed
    assert answer(governed, review(BAD, subResource="scale", object={"kind": "Scale"})).allowed


def test_an_update_that_leaves_a_bad_image_where_it_is_is_let_through(governed: GovernedRegistry) -> None:
    pod = {"kind": "Pod", "spec": {"containers": [{"name": "a", "image": BAD}]}}
    assert answer(governed, review(operation="UPDATE", object=pod, oldObject=pod)).allowed


def test_a_dry_run_is_answered_and_not_recorded(governed: GovernedRegistry) -> None:
    # A namespace of its own, so that no recorded decision can be used again.
    spaces = NamespaceMap.of([("dry", "test")], "prod")
    with governed.registry.records.read() as kept:
        before = kept.audit.head()
    said = admit(governed.ports, spaces, parse_review(review(BAD, namespace="dry", dryRun=True)), NOON)
    assert not said.allowed
    with governed.registry.records.read() as kept:
        assert kept.audit.head() == before
    admit(governed.ports, spaces, parse_review(review(BAD, namespace="dry")), NOON)
    with governed.registry.records.read() as kept:
        after = kept.audit.head()
    assert after != before
    assert after is not None
    assert after.event.actor == "kubernetes:system:serviceaccount:kube-system:deployment-controller"


def test_pinning_writes_in_the_digest_that_was_judged(governed: GovernedRegistry) -> None:
    said = answer(governed, review(GOOD), pin=True)
    value = f"{GOOD}@{digest_of(governed, GOOD)}"
    assert said.patch == ({"op": "replace", "path": "/spec/containers/0/image", "value": value},)
    assert answer(governed, review(value), pin=True).patch == ()
    assert answer(governed, review(GOOD)).patch == ()


def test_the_answer_is_an_admission_review(governed: GovernedRegistry) -> None:
    request = parse_review(review(BAD))
    document = json.loads(encode_response(request, admit(governed.ports, NAMESPACES, request, NOON)))
    assert document["response"]["uid"] == "u1"
    assert document["response"]["allowed"] is False
    assert document["response"]["status"]["message"].startswith("DENIED: registry.example/lab/bad@sha256:")


def pod(**context: Any) -> dict[str, Any]:
    containers = [{"name": "app", "image": GOOD, "securityContext": context}]
    return {"kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": containers}}


@pytest.fixture(scope="module")
def strict() -> GovernedRegistry:
    """The same registry under the rules for enterprises, which are also about what specs ask for."""
    made = GovernedRegistry()
    made.good_image()
    made.shipped_policy = profile_text("enterprise")
    return made


def test_a_spec_that_asks_for_the_host_is_refused_however_good_its_image(strict: GovernedRegistry) -> None:
    said = answer(strict, review(GOOD, object=pod(privileged=True)))
    assert not said.allowed
    assert "workload-not-privileged (critical)" in said.message
    assert "pod-security-baseline (high)" in said.message


def test_an_update_that_only_adds_a_privilege_is_judged_and_scaling_is_not(strict: GovernedRegistry) -> None:
    old = pod(privileged=True)
    scaled = {**old, "metadata": {"name": "web", "labels": {"a": "b"}}}
    assert answer(strict, review(GOOD, operation="UPDATE", object=scaled, oldObject=old)).allowed
    worse = answer(strict, review(GOOD, operation="UPDATE", object=pod(privileged=True), oldObject=pod()))
    assert not worse.allowed


def test_objects_beside_workloads_are_judged_as_they_are(strict: GovernedRegistry) -> None:
    role = {
        "kind": "ClusterRole",
        "metadata": {"name": "all"},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
    }
    content = review(GOOD, object=role, kind="ClusterRole")
    said = answer(strict, content.replace(b'"group": "apps"', b'"group": "rbac.authorization.k8s.io"'))
    assert "DENIED: ClusterRole shop-prod/all may not enter prod" in said.message
    assert "rights-no-wildcard (high)" in said.message


def test_a_laptop_refuses_a_spec_by_the_rules_and_in_the_words_of_admission(strict: GovernedRegistry) -> None:
    """Golden: each rule about the spec says at admission what `lading check` says of the file."""
    manifest = json.dumps({"apiVersion": "v1", **pod(privileged=True)}).encode()
    policy = parse_policy(profile_text("enterprise"), "enterprise")
    [checked] = check_file(manifest, "pod.yaml", Rules(policy), FileQuestion(Gate.CI, "prod"), NOON)
    refused = answer(strict, review(GOOD, object=pod(privileged=True))).message
    for result in checked.decision.with_effect(Outcome.DENY):
        assert f"{result.rule} ({result.severity}): {result.title}" in refused
        assert all(f"- {violation.message}" in refused for violation in result.violations)
