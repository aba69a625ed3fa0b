"""The page of the policy: what is in force, who signed it, and which gate asks another."""

from lading.ports.records.governance import GateSighting
from lading.workflows.policy_in_force import activate_policy
from tests.support.console import Browser, build_console
from tests.support.policies import one_rule_text
from tests.support.registry import NOON, ROOT

MINE = one_rule_text("violated_if: image.root\nmessage: root").replace(
    b"rules:",
    b'rollout:\n  - {teams: ["<i>shop</i>"], enforce: "2027-01-01", step_back_at: 20}\nrules:',
    1,
)


def test_the_policy_its_rollout_and_a_gate_that_drifted_are_shown() -> None:
    console = build_console()
    console.add_person("ann")
    browser = Browser(console)
    browser.sign_in("ann")
    assert "Shipped" in browser.get("/policy").text
    terms = console.services.gate.policy
    activate_policy(console.records, terms, ROOT, MINE, NOON)
    with console.records.write() as kept:
        kept.governance.see_gate(GateSighting("engine", "<b>host</b>", "sha256:" + "a" * 64, "0.1", NOON))
    page = browser.get("/policy")
    assert page.status_code == 200
    assert "<b>host</b>" not in page.text
    assert "<i>shop</i>" not in page.text
    for said in ("Not signed", "Observes", "20 repositories", "in force", "every rule"):
        assert said in page.text
