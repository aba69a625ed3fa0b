"""Where workload specs name images."""

from typing import Any

import pytest

from lading.admission.admission_parts import parts_to_judge
from lading.admission.admission_review import AdmissionRequest, Kind, Operation
from lading.admission.namespaces import NamespaceMap
from lading.admission.pinning import pinning_patch
from lading.admission.workload_images import WorkloadImage, iter_workload_images, workload_name
from lading.foundation.errors import Malformed, OverLimit
from lading.oci.digest import Digest

POD = {"containers": [{"name": "a", "image": "x/app:1"}]}
TEMPLATE = {"template": {"spec": POD}}


def images_to_judge(asked: AdmissionRequest) -> tuple[WorkloadImage, ...]:
    return tuple(part.image for part in parts_to_judge(asked) if part.image)


def request(
    workload: Any,
    kind: Kind | None = None,
    *,
    operation: Operation = Operation.CREATE,
    old: Any = None,
    subresource: str = "",
) -> AdmissionRequest:
    return AdmissionRequest(
        api_version="admission.k8s.io/v1",
        uid="u",
        kind=kind or Kind("", "v1", "Pod"),
        subresource=subresource,
        namespace="n",
        name="given",
        operation=operation,
        user="ann",
        object=workload,
        old_object=old,
        dry_run=False,
    )


@pytest.mark.parametrize(
    ("group", "kind", "workload", "path"),
    [
        ("", "Pod", {"spec": POD}, "spec.containers[0].image"),
        ("", "PodTemplate", TEMPLATE, "template.spec.containers[0].image"),
        ("", "ReplicationController", {"spec": TEMPLATE}, "spec.template.spec.containers[0].image"),
        ("apps", "Deployment", {"spec": TEMPLATE}, "spec.template.spec.containers[0].image"),
        ("apps", "ReplicaSet", {"spec": TEMPLATE}, "spec.template.spec.containers[0].image"),
        ("apps", "StatefulSet", {"spec": TEMPLATE}, "spec.template.spec.containers[0].image"),
        ("apps", "DaemonSet", {"spec": TEMPLATE}, "spec.template.spec.containers[0].image"),
        ("batch", "Job", {"spec": TEMPLATE}, "spec.template.spec.containers[0].image"),
        (
            "batch",
            "CronJob",
            {"spec": {"jobTemplate": {"spec": TEMPLATE}}},
            "spec.jobTemplate.spec.template.spec.containers[0].image",
        ),
    ],
)
def test_every_kind_of_workload_is_looked_into(group: str, kind: str, workload: Any, path: str) -> None:
    (image,) = iter_workload_images(Kind(group, "v1", kind), workload)
    assert (image.path, image.image, image.container) == (path, "x/app:1", "a")
    assert image.pointer == "/" + path.replace("[0]", ".0").replace(".", "/")


def test_every_place_in_a_pod_is_looked_at() -> None:
    spec = {
        "initContainers": [{"name": "i", "image": "x/i"}],
        "containers": [{"name": "a", "image": "x/a"}, {"name": "b", "image": "x/b"}],
        "ephemeralContainers": [{"name": "e", "image": "x/e"}],
        "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "m", "image": {"reference": "x/m"}}],
    }
    found = {image.path: image.image for image in iter_workload_images(Kind("", "v1", "Pod"), {"spec": spec})}
    assert found == {
        "spec.initContainers[0].image": "x/i",
        "spec.containers[0].image": "x/a",
        "spec.containers[1].image": "x/b",
        "spec.ephemeralContainers[0].image": "x/e",
        "spec.volumes[1].image.reference": "x/m",
    }


def test_other_kinds_of_objects_name_no_images() -> None:
    assert list(iter_workload_images(Kind("rbac.authorization.k8s.io", "v1", "Role"), {"rules": []})) == []
    # Somebody's own Deployment is not the one of apps.
    assert list(iter_workload_images(Kind("example.org", "v1", "Deployment"), {"spec": TEMPLATE})) == []


@pytest.mark.parametrize(
    "workload",
    [
        None,
        {},
        {"msg": "Expecting a Pod?"},
        {"kind": "Secret", "spec": POD},
        {"spec": []},
        {"spec": {}},
        {"spec": {"containers": {}}},
        {"spec": {"containers": [1]}},
        {"spec": {"containers": [{"image": 1}]}},
        {"spec": {"containers": [{"image": ["x"]}]}},
        {"spec": {"containers": [], "initContainers": "x"}},
        {"spec": {"containers": [], "volumes": [{"image": {"reference": 7}}]}},
    ],
)
def test_a_workload_that_cannot_be_read_is_refused_and_never_passed_over(workload: Any) -> None:
    with pytest.raises(Malformed):
        images_to_judge(request(workload))


def test_a_container_without_an_image_is_named_all_the_same() -> None:
    (image,) = images_to_judge(request({"spec": {"containers": [{"name": "a"}]}}))
    assert (image.image, image.container) == ("", "a")


def test_a_template_that_is_not_there_brings_nothing() -> None:
    rc = Kind("", "v1", "ReplicationController")
    assert images_to_judge(request({"spec": {"replicas": 0}}, rc)) == ()


def test_an_update_is_asked_about_the_images_that_it_brings() -> None:
    old = {"spec": {"containers": [{"name": "a", "image": "x/app:1"}, {"name": "b", "image": "x/b:1"}]}}
    new = {"spec": {"containers": [{"name": "a", "image": "x/app:2"}, {"name": "b", "image": "x/b:1"}]}}
    changed = images_to_judge(request(new, operation=Operation.UPDATE, old=old))
    assert [image.image for image in changed] == ["x/app:2"]
    assert len(images_to_judge(request(new, operation=Operation.UPDATE))) == 2


@pytest.mark.parametrize("operation", [Operation.DELETE, Operation.CONNECT])
def test_what_starts_nothing_is_not_asked(operation: Operation) -> None:
    assert images_to_judge(request(None, operation=operation)) == ()


@pytest.mark.parametrize(("subresource", "count"), [("status", 0), ("scale", 0), ("ephemeralcontainers", 1)])
def test_only_subresources_that_bring_images_are_asked(subresource: str, count: int) -> None:
    assert len(images_to_judge(request({"spec": POD}, subresource=subresource))) == count


def test_a_workload_of_absurd_size_is_refused() -> None:
    spec = {"containers": [{"name": str(n), "image": f"x/{n}"} for n in range(300)]}
    with pytest.raises(OverLimit):
        images_to_judge(request({"spec": spec}))


def test_a_workload_has_a_name_or_the_beginning_of_one() -> None:
    assert workload_name(request({"metadata": {"name": "web"}})) == "web"
    assert workload_name(request({"metadata": {"generateName": "web-"}})) == "web-"
    assert workload_name(request({"metadata": []})) == "given"


def test_the_digests_that_were_judged_are_written_in() -> None:
    digest = Digest.of(b"1")
    spec = {"containers": [{"image": "registry.example/app:1"}, {"image": f"registry.example/app@{digest}"}]}
    images = images_to_judge(request({"spec": spec}))
    assert pinning_patch((image, digest) for image in images) == (
        {"op": "replace", "path": "/spec/containers/0/image", "value": f"registry.example/app:1@{digest}"},
    )


def test_namespaces_belong_to_the_first_rule_that_matches() -> None:
    namespaces = NamespaceMap.of(
        [("shop-prod", "prod"), ("*-test", "test"), ("dev-*-x", "dev"), ("*", "lab")], "prod"
    )
    assert namespaces.environment_of("shop-prod") == "prod"
    assert namespaces.environment_of("shop-test") == "test"
    assert namespaces.environment_of("dev-1-x") == "dev"
    assert namespaces.environment_of("dev-1") == "lab"
    assert NamespaceMap.of([("a", "dev")], "prod").environment_of("b") == "prod"


@pytest.mark.parametrize("pattern", ["", "A", "a/b", "a" * 100, "(x"])
def test_a_pattern_that_no_namespace_has_is_refused(pattern: str) -> None:
    with pytest.raises(Malformed):
        NamespaceMap.of([(pattern, "dev")], "prod")


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    namespaces = NamespaceMap.of([("*a*a*a*a*a*a*a*a*a*a*a*b", "dev")], "prod")
    assert namespaces.environment_of("a" * 63) == "prod"
