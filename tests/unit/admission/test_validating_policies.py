"""Kubernetes ValidatingAdmissionPolicy objects, accepted as they are."""

from typing import Any

import pytest

from lading.admission.spec_documents import parse_spec_documents
from lading.admission.validating_policies import ValidatingPolicy, judge_by, parse_validating_policy
from lading.foundation.errors import Malformed
from lading.policy.decision import Outcome, Verdict

POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: "replicas.example.com"}
spec:
  matchConstraints:
    resourceRules:
      - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
  matchConditions:
    - {name: not-system, expression: "request.namespace != 'kube-system'"}
  variables:
    - {name: containers, expression: object.spec.template.spec.containers}
  validations:
    - expression: object.spec.replicas <= 5
      message: at most five
    - expression: variables.containers.all(c, has(c.image) && c.image.startsWith('registry.example/'))
      messageExpression: "'not ours: ' + object.metadata.name"
"""


def policy(text: str = POLICY) -> ValidatingPolicy:
    [document] = parse_spec_documents(text.encode(), "vap.yaml")
    return parse_validating_policy(document, "vap.yaml")


def deployment(
    replicas: Any = 1, image: str = "registry.example/a:1", namespace: str = "shop"
) -> dict[str, Any]:
    pod = {"spec": {"containers": [{"name": "a", "image": image}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"replicas": replicas, "template": pod},
    }


def test_what_keeps_to_it_passes_and_what_breaks_it_is_named() -> None:
    kept = judge_by(policy(), deployment())
    assert kept is not None
    assert kept.verdict is Verdict.PASS
    result = judge_by(policy(), deployment(9, "docker.io/x:1"))
    assert result is not None
    assert (result.verdict, result.effect) == (Verdict.FAIL, Outcome.DENY)
    assert [one.message for one in result.violations] == ["at most five", "not ours: web"]


def test_other_objects_and_those_that_a_condition_leaves_out_are_not_asked_about() -> None:
    assert judge_by(policy(), {"apiVersion": "v1", "kind": "Pod"}) is None
    assert judge_by(policy(), deployment(9, namespace="kube-system")) is None


@pytest.mark.parametrize(("mode", "effect"), [("", Outcome.DENY), ("failurePolicy: Ignore", Outcome.ALLOW)])
def test_what_cannot_be_evaluated_follows_the_failure_policy(mode: str, effect: Outcome) -> None:
    text = POLICY.replace("spec:\n  match", f"spec:\n  {mode}\n  match")
    broken = deployment()
    del broken["spec"]["replicas"]
    result = judge_by(policy(text), broken)
    assert result is not None
    assert (result.verdict, result.effect) == (Verdict.UNDETERMINED, effect)


def test_parameters_are_not_taken_for_absent() -> None:
    text = POLICY.replace("spec:\n  match", "spec:\n  paramKind: {apiVersion: v1, kind: ConfigMap}\n  match")
    result = judge_by(policy(text), deployment())
    assert result is not None
    assert result.verdict is Verdict.UNDETERMINED


def test_an_expression_that_is_wrong_is_named_with_its_line() -> None:
    with pytest.raises(Malformed, match=r"vap\.yaml:13: the expression cannot be read"):
        policy(POLICY.replace("object.spec.replicas <= 5", "object.spec.replicas <= ("))
