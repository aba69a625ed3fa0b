"""Gates: asked, answered, recorded."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import Forbidden, Malformed
from lading.oci.digest import Digest
from lading.policy.decision import Outcome
from lading.policy.evidence import Gate
from lading.policy.message import render
from lading.policy.waiver import WaiverScope
from lading.workflows.gate import Asker, ask_gate, decide
from lading.workflows.policy_in_force import activate_policy
from lading.workflows.waive import WaiverRequest, approve, ask_for_waiver, revoke
from tests.support.governed import GovernedRegistry, ask, person
from tests.support.policies import one_rule_text
from tests.support.registry import NOON, ROOT

ANN, BEN = person("ann", ("maintainer", "shop/**")), person("ben", ("approver", "**"))
SYSTEM = Asker("person:ann", "request-1")


@pytest.fixture
def governed() -> GovernedRegistry:
    return GovernedRegistry()


def outcome(governed: GovernedRegistry, text: str, **more: object) -> Outcome:
    asked = replace(ask(text), **more)  # type: ignore[arg-type]  # the members are Asked's own
    return decide(governed.ports, SYSTEM, asked, NOON).decision.outcome


def test_a_good_image_passes_and_a_bad_one_is_told_what_to_do(governed: GovernedRegistry) -> None:
    governed.good_image()
    governed.bad_image()
    assert outcome(governed, "shop/app:1.0") is Outcome.WARN  # its base is not known
    refused = decide(governed.ports, SYSTEM, ask("lab/bad:1.0"), NOON).decision
    assert refused.outcome is Outcome.DENY
    assert [result.rule for result in refused.with_effect(Outcome.DENY)] == [
        *("signed", "sbom-present", "severity-ceiling", "known-exploited", "no-secrets", "no-root-user"),
        "owner-known",
    ]
    text = render(refused)
    assert "upgrade bash to 4.2+dfsg-0.1+deb7u3" in text
    assert "root/.ssh/id_rsa" in text
    assert "lading sign lab/bad@sha256:" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shop/none:1", "there is no image registry.example/shop/none:1 in this registry"),
        ("docker.io/library/nginx:1", "docker.io is not a registry that this installation allows"),
        ("other.example/app:1", "could not tell: signature is not known: the image is in other.example"),
    ],
)
def test_what_is_not_known_is_refused_with_the_reason(text: str, expected: str) -> None:
    decision = decide(GovernedRegistry().ports, SYSTEM, ask(text), NOON).decision
    assert decision.outcome is Outcome.DENY
    assert expected in render(decision)


def test_a_decision_is_kept_with_its_evidence_and_an_audit_entry(governed: GovernedRegistry) -> None:
    digest = governed.bad_image()
    stored = decide(governed.ports, SYSTEM, ask("lab/bad:1.0"), NOON)
    with governed.registry.records.read() as kept:
        assert kept.governance.decision(stored.id) == stored
        assert kept.governance.latest_decision(digest) == stored
        content = kept.governance.evidence(Digest.parse(stored.decision.evidence_digest))
        entry = kept.audit.head()
    assert content is not None
    assert Digest.of(content) == Digest.parse(stored.decision.evidence_digest)
    assert entry is not None
    assert (entry.event.action, entry.event.outcome) == ("decision.deny", "denied")
    assert (entry.event.actor, entry.event.request_id) == ("person:ann", "request-1")
    assert entry.event.details["decision"] == stored.id


def test_a_dry_run_leaves_nothing_behind(governed: GovernedRegistry) -> None:
    governed.bad_image()
    with governed.registry.records.read() as kept:
        before = kept.audit.head()
    answer = decide(governed.ports, SYSTEM, ask("lab/bad:1.0"), NOON, record=False)
    with governed.registry.records.read() as kept:
        assert (answer.id, kept.audit.head(), kept.governance.decisions().items) == ("", before, ())


def test_a_decision_on_the_same_grounds_stands_for_a_short_while(governed: GovernedRegistry) -> None:
    governed.good_image()
    ports = governed.ports
    first = decide(ports, SYSTEM, ask("shop/app:1.0"), NOON)
    assert decide(ports, SYSTEM, ask("shop/app:1.0"), NOON + timedelta(minutes=4)) == first
    assert decide(ports, SYSTEM, ask("shop/app:1.0"), NOON + timedelta(minutes=5)) != first
    assert decide(ports, SYSTEM, ask("shop/app:1.0", environment="test"), NOON) != first


def test_new_evidence_makes_a_new_decision_at_once(governed: GovernedRegistry) -> None:
    digest = governed.push()
    governed.import_feed()
    governed.analyse(digest)
    governed.add_sbom(digest)
    governed.own()
    assert outcome(governed, "shop/app:1.0") is Outcome.DENY
    governed.sign(digest)
    assert outcome(governed, "shop/app:1.0") is Outcome.WARN


def test_a_scan_grows_old_though_nothing_else_changes(governed: GovernedRegistry) -> None:
    governed.good_image()
    late = decide(governed.ports, SYSTEM, ask("shop/app:1.0"), NOON + timedelta(days=8)).decision
    assert [result.rule for result in late.with_effect(Outcome.DENY)] == ["scan-recent"]


def test_only_who_may_read_evidence_is_answered(governed: GovernedRegistry) -> None:
    governed.good_image()
    assert ask_gate(governed.ports, ANN, ask("shop/app:1.0"), NOON).by == "person:ann"
    with pytest.raises(Forbidden):
        ask_gate(governed.ports, person("eve", ("publisher", "pay/**")), ask("shop/app:1.0"), NOON)


def test_a_waiver_counts_at_every_gate_from_its_approval_to_its_end(governed: GovernedRegistry) -> None:
    digest = governed.push("lab/app")
    governed.import_feed()
    governed.analyse(digest)
    governed.add_sbom(digest)
    governed.own("lab/**")
    ports, gates = governed.ports, [Gate.PROMOTE, Gate.ADMISSION, Gate.CI, Gate.RUNTIME]

    def outcomes(days: float) -> set[Outcome]:
        now = NOON + timedelta(days=days)
        return {
            decide(ports, SYSTEM, replace(ask("lab/app:1.0"), gate=g), now).decision.outcome for g in gates
        }

    assert outcomes(0) == {Outcome.DENY}
    scope = WaiverScope(RepositoryPattern.parse("lab/*"), rules=("signed",))
    asked = WaiverRequest(scope, "key ceremony next week", "SEC-7", NOON + timedelta(days=3))
    waiver = ask_for_waiver(ports, person("ann", ("publisher", "lab/**")), asked, NOON)
    assert outcomes(0) == {Outcome.DENY}
    approve(ports, BEN, waiver.id, NOON)
    assert outcomes(0) == {Outcome.WARN}
    assert outcomes(2.9) == {Outcome.WARN}
    assert outcomes(3) == {Outcome.DENY}
    revoke(ports, BEN, waiver.id, NOON + timedelta(days=1))
    assert outcomes(1.1) == {Outcome.DENY}


def test_a_policy_of_ones_own_takes_the_place_of_the_shipped_one(governed: GovernedRegistry) -> None:
    governed.good_image()
    text = one_rule_text("violated_if: image.layers < 2\nmessage: too few layers")
    activate_policy(governed.registry.records, governed.ports.policy, ROOT, text, NOON, source="mine.yaml")
    decision = decide(governed.ports, SYSTEM, ask("shop/app:1.0"), NOON).decision
    assert [result.rule for result in decision.results] == ["r"]
    assert decision.outcome is Outcome.DENY
    assert decision.policy_digest == str(Digest.of(text))
    with governed.registry.records.read() as kept:
        entries = kept.audit.page(newest_first=False).items
    assert [e.event.action for e in entries][-2:] == ["policy.activate", "decision.deny"]


def test_a_policy_whose_examples_fail_is_not_put_in_force(governed: GovernedRegistry) -> None:
    text = one_rule_text("violated_if: image.root\ntests: [{given: {image.root: true}, expect: pass}]")
    with pytest.raises(Malformed) as refused:
        activate_policy(
            governed.registry.records, governed.ports.policy, ROOT, text, NOON, source="mine.yaml"
        )
    assert refused.value.message == "mine.yaml:8: the rule r says fail, not pass"
    with pytest.raises(Forbidden):
        activate_policy(governed.registry.records, governed.ports.policy, ANN, text, NOON, source="mine.yaml")
    with governed.registry.records.read() as kept:
        assert kept.governance.active_policy() is None
