"""Enforcement that hits more than was expected goes back to warning; pushing bad images does not make it."""

from dataclasses import replace
from datetime import datetime, timedelta

from lading.oci.digest import Digest
from lading.policy.evaluation import evaluate
from lading.policy.evidence_facts import encode, evidence_digest
from lading.policy.example import EXAMPLE
from lading.policy.policy_file import parse_policy
from lading.policy.rollout import Mode, mode_of
from lading.policy.step_back import Overshoot, stepped_back
from lading.ports.records.governance import StoredDecision
from lading.workflows.hygiene import Weakness, hygiene
from lading.workflows.policy_in_force import activate_policy, policy_standing
from lading.workflows.step_back_policy import step_back_policy
from tests.support.governed import GovernedRegistry
from tests.support.registry import NOON, ROOT

DATE = NOON - timedelta(hours=2)
POLICY = f"""policy: shop
rollout:
  # two teams first
  - {{rules: [no-root], teams: [shop], enforce: "{DATE.isoformat()}", step_back_at: 3}}
  - {{enforce: "2020-01-01"}}
rules:
  - id: no-root
    title: Not root
    reason: rollout
    severity: high
    violated_if: image.root
    message: starts as root
    fix: name a user
  - id: small
    title: Small
    reason: |
      so that
      rollout:
        - is quick
    severity: low
    violated_if: image.layers > 90
    message: large
    fix: less
"""


def governed() -> GovernedRegistry:
    made = GovernedRegistry()
    activate_policy(made.registry.records, made.ports.policy, ROOT, POLICY.encode(), DATE - timedelta(days=3))
    return made


def decided(
    made: GovernedRegistry, repository: str, at: datetime, *, root: bool = True, team: str = "shop"
) -> None:
    image = replace(EXAMPLE.image, repository=repository, root=root)
    evidence = replace(EXAMPLE, image=image, owner=replace(EXAMPLE.owner, team=team))
    decision = evaluate(parse_policy(POLICY.encode(), "p"), evidence, now=at)
    name = made.ports.new_id()
    with made.registry.records.write() as kept:
        kept.governance.save_evidence(evidence_digest(evidence), encode(evidence))
        kept.governance.save_decision(StoredDecision(name, decision, repository, "ci", Digest.of(b"")))


def mode(made: GovernedRegistry, now: datetime, team: str = "shop") -> Mode:
    with made.registry.records.read() as kept:
        policy = policy_standing(kept, made.ports.policy).policy
    return mode_of(policy.rollout, "no-root", Mode.ENFORCE, team, now)


def test_more_repositories_than_the_step_says_make_it_warn_for_its_teams() -> None:
    made = governed()
    for number in range(4):
        decided(made, f"shop/app{number}", DATE - timedelta(days=2))
    for number in range(4):
        decided(made, f"shop/app{number}", DATE + timedelta(minutes=number))
    found = step_back_policy(made.ports, NOON)
    assert [one.rules for one in found] == [("no-root",)]
    assert found[0].by_team == {"shop": 4}
    assert mode(made, NOON) is Mode.WARN
    assert mode(made, NOON, team="other") is Mode.ENFORCE
    with made.registry.records.read() as kept:
        told = [entry.event for entry in kept.audit.page(newest_first=True).items][:2]
        document = kept.governance.active_policy()
    assert [event.action for event in told] == ["policy.activate", "policy.step-back"]
    assert told[1].details["by_team"] == {"shop": 4}
    assert document is not None
    assert document.envelope
    weak = [one for one in hygiene(made.ports, ROOT, NOON) if one.weakness is Weakness.STEPPED_BACK]
    assert "warns since" in weak[0].says
    assert step_back_policy(made.ports, NOON + timedelta(minutes=5)) == ()


def test_as_many_as_the_step_says_are_as_was_expected() -> None:
    made = governed()
    for number in range(3):
        decided(made, f"shop/app{number}", DATE - timedelta(days=2))
        decided(made, f"shop/app{number}", DATE + timedelta(minutes=number))
        decided(made, f"shop/app{number}", DATE + timedelta(minutes=number + 10))
    assert step_back_policy(made.ports, NOON) == ()
    assert mode(made, NOON) is Mode.ENFORCE


def test_repositories_that_never_passed_before_do_not_count() -> None:
    made = governed()
    for number in range(50):
        decided(made, f"shop/made-for-this{number}", DATE + timedelta(minutes=number))
    assert step_back_policy(made.ports, NOON) == ()


def test_what_an_older_rule_refuses_does_not_count() -> None:
    made = governed()
    for number in range(9):
        decided(made, f"lab/app{number}", DATE - timedelta(days=2), root=False, team="lab")
        decided(made, f"lab/app{number}", DATE + timedelta(minutes=1), team="lab")
    assert step_back_policy(made.ports, NOON) == ()


def test_after_a_day_enforcement_stands_whatever_it_refuses() -> None:
    made = governed()
    for number in range(9):
        decided(made, f"shop/app{number}", DATE - timedelta(days=2))
        decided(made, f"shop/app{number}", DATE + timedelta(minutes=1))
    assert step_back_policy(made.ports, DATE + timedelta(hours=25)) == ()
    assert step_back_policy(made.ports, DATE + timedelta(hours=23)) != ()


def overshot() -> Overshoot:
    step = parse_policy(POLICY.encode(), "p").rollout[0]
    return Overshoot(step, ("no-root",), ("shop/app",), {"shop": 1})


def test_only_the_rollout_is_changed() -> None:
    text = stepped_back(POLICY, overshot(), NOON)
    assert text is not None
    before, after = POLICY.split("\n"), text.split("\n")
    assert [line for line in after if line not in before] == [
        '  - {rules: [no-root], teams: ["shop"], warn: "2026-03-01T12:00:00Z"}  # stepped back'
    ]


def test_a_rollout_that_is_not_a_block_is_left_and_the_policy_before_it_comes_back() -> None:
    rules = POLICY[POLICY.index("rules:\n") :]
    step = f'{{rules: [no-root], enforce: "{DATE.isoformat()}", step_back_at: 0}}'
    inline = f"policy: shop\nrollout: [{step}]\n{rules}"
    assert stepped_back(inline, overshot(), NOON) is None
    made = governed()
    activate_policy(
        made.registry.records, made.ports.policy, ROOT, inline.encode(), DATE - timedelta(hours=1)
    )
    decided(made, "shop/app", DATE - timedelta(days=2))
    decided(made, "shop/app", DATE + timedelta(minutes=1))
    assert len(step_back_policy(made.ports, NOON)) == 1
    with made.registry.records.read() as kept:
        assert policy_standing(kept, made.ports.policy).text == POLICY
