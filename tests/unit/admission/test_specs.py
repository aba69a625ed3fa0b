"""Kubernetes objects and Compose files as facts: the same facts from either."""

import zipfile
from pathlib import Path

import pytest

from lading.admission.compose_specs import iter_compose
from lading.admission.host_power import is_engine_socket, is_sensitive_folder
from lading.admission.kubernetes_specs import JudgedSpec, is_kubernetes, iter_kubernetes
from lading.admission.spec_documents import parse_spec_documents
from lading.admission.spec_evidence import spec_evidence
from lading.foundation.errors import LadingError, Malformed, OverLimit
from lading.policy.evidence import Gate

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  template:
    spec:
      hostNetwork: true
      securityContext: {runAsUser: 0, runAsNonRoot: true}
      volumes:
        - name: sock
          hostPath: {path: /var/run/docker.sock}
      containers:
        - name: app
          image: registry.example/shop/web:1.2
          securityContext:
            runAsUser: 5
            capabilities: {add: [CAP_NET_ADMIN]}
          env:
            - {name: DB_PASSWORD, value: hunter22}
            - {name: OTHER_PASSWORD, valueFrom: {secretKeyRef: {name: s, key: k}}}
          args: [--token=abcdefgh12, serve]
          volumeMounts:
            - {name: sock, mountPath: /sock, readOnly: true}
"""

COMPOSE = """
x-common: &common
  environment: {DB_PASSWORD: hunter22, SIZE: "${SIZE:-3}"}
services:
  web:
    <<: *common
    image: "shop/web:${TAG:-1.2}"
    network_mode: host
    user: "5"
    cap_add: [CAP_NET_ADMIN]
    volumes: ["/var/run/docker.sock:/sock:ro", "data:/data", {type: tmpfs, target: /t}]
    ports: ["127.0.0.1:8080:80", "53:53/udp", 443, {target: 1, published: "2"}]
    security_opt: ["no-new-privileges:true", "seccomp=unconfined"]
    deploy: {resources: {limits: {memory: 1g}}}
"""


def kubernetes(text: str) -> list[JudgedSpec]:
    return [
        one for document in parse_spec_documents(text.encode(), "f") for one in iter_kubernetes(document, "f")
    ]


def compose(text: str) -> list[JudgedSpec]:
    return [
        one for document in parse_spec_documents(text.encode(), "f") for one in iter_compose(document, "f")
    ]


def test_a_container_counts_for_more_than_its_pod() -> None:
    [judged] = kubernetes(DEPLOYMENT)
    facts = judged.facts
    assert (facts.kind, facts.name, facts.namespace_name, facts.container) == (
        "Deployment",
        "web",
        "shop",
        "app",
    )
    assert (facts.user, facts.may_be_root, facts.host_network, facts.replicas) == ("5", False, True, 3)
    assert facts.capabilities_added == ("NET_ADMIN",)
    assert judged.lines["workload.image"] == 16


def test_credentials_are_named_with_their_lines_and_never_kept() -> None:
    [judged] = kubernetes(DEPLOYMENT)
    assert [(one.name, one.line) for one in judged.facts.secrets] == [("DB_PASSWORD", 21), ("token", 23)]
    assert "hunter22" not in repr(judged)


def test_compose_and_kubernetes_give_the_same_facts() -> None:
    [of_compose], [of_kubernetes] = compose(COMPOSE), kubernetes(DEPLOYMENT)
    for name in ("host_network", "user", "may_be_root", "capabilities_added", "privileged"):
        assert getattr(of_compose.facts, name) == getattr(of_kubernetes.facts, name), name
    sockets = [one.facts.mounts[0].engine_socket for one in (of_compose, of_kubernetes)]
    assert sockets == [True, True]


def test_both_forms_of_compose_are_read_with_defaults_of_variables() -> None:
    facts = compose(COMPOSE)[0].facts
    assert facts.image == "shop/web:1.2"
    assert [(port.address, port.host, port.container) for port in facts.ports] == [
        *(("127.0.0.1", 8080, 80), ("", 53, 53)),
        *(("", 0, 443), ("", 2, 1)),
    ]
    assert [mount.kind for mount in facts.mounts] == ["host", "volume", "memory"]
    assert (facts.seccomp, facts.may_gain_privileges, facts.memory_limit) == ("Unconfined", False, "1g")
    assert [secret.name for secret in facts.secrets] == ["DB_PASSWORD"]


def test_a_list_holds_what_its_items_hold_and_rights_are_read() -> None:
    text = (
        "apiVersion: v1\nkind: List\nitems:\n"
        "- {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r},"
        ' rules: [{apiGroups: ["*"], resources: [secrets], verbs: [get]}]}\n'
        "- {apiVersion: v1, kind: ConfigMap, metadata: {name: c},"
        ' data: {conf: "a=1\\npassword=hunter22\\n"}}\n'
    )
    role, config = kubernetes(text)
    assert role.facts.grants[0].resources == ("secrets",)
    assert role.facts.grants[0].cluster_wide
    assert [secret.name for secret in config.facts.secrets] == ["conf: password"]


def test_the_evidence_of_a_spec_says_what_only_the_image_can_tell() -> None:
    evidence = spec_evidence(kubernetes(DEPLOYMENT)[0], Gate.LAPTOP, "prod")
    assert (evidence.image.repository, evidence.image.tag) == ("shop/web", "1.2")
    assert {"findings", "signature", "image.user"} <= set(evidence.unanswered())
    assert "image.tag" not in evidence.unanswered()


@pytest.mark.parametrize(
    ("path", "socket", "sensitive"),
    [
        ("/var/run/docker.sock", True, True),
        ("/var/run/../run/docker.sock", True, True),
        ("/run", True, True),
        ("/", True, True),
        ("//etc/passwd", False, True),
        ("/etc", False, True),
        ("/etcetera", False, False),
        ("/data", False, False),
        ("./etc", False, False),
    ],
)
def test_paths_that_give_power_over_the_host_are_known_however_they_are_written(
    path: str, socket: bool, sensitive: bool
) -> None:
    assert (is_engine_socket(path), is_sensitive_folder(path)) == (socket, sensitive)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "f:2: this is not YAML"),
        ("a: 1\na: 2\n", "f:2: 'a' stands twice"),
        ("apiVersion: v1\nkind: Pod\nspec: []\n", "spec must be an object"),
        ("a: !!python/object:os.system x\n", "f:1: the tag"),
        ("services: {a: [1]}\n", "the service a is a mapping"),
        ("? [a]\n: b\n", "f:1: a key is a word"),
        ("kind: x\n", "this is not a Kubernetes object"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(Malformed) as refused:
        compose(text) if text.startswith("services") else kubernetes(text)
    assert said in refused.value.message


def test_aliases_that_double_each_other_are_refused() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 9))
    with pytest.raises(OverLimit, match="values"):
        kubernetes("l0: &l0 [x, x]\n" + levels)


@pytest.mark.parametrize("text", ["[" * 5000, "a: &a [*a]\n", "{a: " * 3000])
def test_what_nests_without_end_is_refused(text: str) -> None:
    with pytest.raises(LadingError):
        kubernetes(text)


def test_real_objects_are_read_or_refused_with_their_place(shared_data: Path) -> None:
    examples = zipfile.ZipFile(shared_data / "kubernetes" / "kubernetes-examples.zip")
    judged = 0
    refused: list[str] = []
    for name in examples.namelist():
        if not name.endswith((".yaml", ".yml", ".json")):
            continue
        try:
            for document in parse_spec_documents(examples.read(name), name):
                if is_kubernetes(document.value):
                    judged += len(list(iter_kubernetes(document, name)))
        except Malformed as error:
            refused.append(error.message)
    assert all(message.startswith("_archived/") for message in refused), refused
    assert judged > 150
