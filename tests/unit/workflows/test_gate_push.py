"""The policy asked before an image is taken in."""

import pytest

from lading.adapters.shipped_policy import profile_text
from lading.foundation.errors import Forbidden
from lading.policy.policy_file import parse_policy
from lading.registry.limits import DEFAULT_LIMITS
from lading.registry.oci_errors import oci_answer
from lading.workflows.gate_push import asks_at_push, gate_push
from lading.workflows.push_manifest import ManifestUpload, push_manifest
from tests.support.governed import GovernedRegistry
from tests.support.policies import one_rule_text
from tests.support.registry import NOON, ROOT

NO_ROOT = one_rule_text(
    "violated_if: image.root\nmessage: the image starts as root\nfix: add USER 10001\n"
    "applies: {gates: [push, promote]}"
)


def push_again(governed: GovernedRegistry, tag: str) -> None:
    """Push what is there under another tag, past the gate."""
    with governed.registry.records.read() as kept:
        found = kept.registry.tag("shop/app", "1.0")
        assert found is not None
        stored = kept.registry.manifest("shop/app", found.digest)
    assert stored is not None
    upload = ManifestUpload("shop/app", None, (tag,), stored.media_type, stored.raw)
    push_manifest(
        governed.registry.records,
        ROOT,
        upload,
        NOON,
        limits=DEFAULT_LIMITS,
        on_pushed=lambda *_: None,
        gate=lambda *asked: gate_push(governed.ports, *asked),
    )


def has_tag(governed: GovernedRegistry, tag: str) -> bool:
    with governed.registry.records.read() as kept:
        return kept.registry.tag("shop/app", tag) is not None


def test_a_denied_push_leaves_nothing_and_says_what_every_gate_says() -> None:
    governed = GovernedRegistry(shipped_policy=NO_ROOT)
    governed.push(user="0")
    with pytest.raises(Forbidden) as refused:
        push_again(governed, "2.0")
    assert "DENIED: registry.example/shop/app@sha256:" in refused.value.message
    assert "To fix: add USER 10001" in refused.value.message
    assert oci_answer(refused.value).status == 403
    assert not has_tag(governed, "2.0")


def test_what_the_policy_lets_in_is_pushed() -> None:
    governed = GovernedRegistry(shipped_policy=NO_ROOT)
    governed.push(user="10001")
    push_again(governed, "2.0")
    assert has_tag(governed, "2.0")


@pytest.mark.parametrize("profile", ["default", "small", "enterprise"])
def test_what_is_not_analysed_yet_is_not_held_against_a_push(profile: str) -> None:
    governed = GovernedRegistry(shipped_policy=profile_text(profile))
    governed.push(user="10001")
    push_again(governed, "2.0")
    assert has_tag(governed, "2.0")


def test_rules_about_contents_are_not_asked_at_push() -> None:
    policy = parse_policy(profile_text("regulated"), "regulated")
    assert asks_at_push(policy)
    for rule in policy.rules:
        reads = rule.violated_if.reads | ({rule.each.path} if rule.each else set())
        of_contents = any(
            path.partition(".")[0] in {"packages", "findings", "secrets", "scan"} for path in reads
        )
        if of_contents and "image" in rule.applies.subjects:
            assert rule.applies.gates, rule.id
            assert "push" not in rule.applies.gates, rule.id
