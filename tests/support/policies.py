"""Policies written for one test."""

from lading.adapters.shipped_policy import default_policy_text
from lading.policy.policy_file import parse_policy
from lading.policy.rule import Policy


def shipped_policy() -> Policy:
    """The policy that Lading ships."""
    return parse_policy(default_policy_text(), "default.yaml")


def one_rule(body: str, *, rule_id: str = "r", severity: str = "high") -> Policy:
    """A policy of one rule; ``body`` are its lines after the first four, indented by four."""
    return parse_policy(one_rule_text(body, rule_id=rule_id, severity=severity), "one.yaml")


def one_rule_text(body: str, *, rule_id: str = "r", severity: str = "high") -> bytes:
    """The text of such a policy: ``body`` begins on line 7."""
    lines = [
        "policy: one",
        "rules:",
        f"  - id: {rule_id}",
        "    title: t",
        "    reason: why",
        f"    severity: {severity}",
        *(f"    {line}" for line in body.strip("\n").split("\n")),
    ]
    names = {line.partition(":")[0].strip() for line in lines}
    lines.extend(f"    {name}: text" for name in ("message", "fix") if name not in names)
    return "\n".join(lines).encode()
