"""Policies as messages."""

from lading.api import approvals as api
from lading.api import gates
from lading.foundation.instants import rfc3339
from lading.policy.replay import ReplayTally
from lading.policy.rule import Policy
from lading.workflows.change_policy import effect_lines
from lading.workflows.policy_in_force import PolicyStanding


def policy_text(standing: PolicyStanding) -> gates.PolicyText:
    """The policy in force, and what it rests on."""
    document = standing.document
    return gates.PolicyText(
        name=standing.policy.name,
        digest=str(standing.policy.digest),
        rules=[rule.id for rule in standing.policy.rules],
        text=standing.text,
        number=document.number if document else 0,
        set_at=rfc3339(document.set_at) if document else "",
        set_by=document.set_by if document else "",
        signed_by=standing.signed_by,
        passed_over=list(standing.passed_over),
    )


def policy_effect(policy: Policy, since: str, tally: ReplayTally) -> api.PolicyEffect:
    """What a replay has found."""
    return api.PolicyEffect.model_validate(
        {
            "name": policy.name,
            "digest": str(policy.digest),
            "since": since,
            **effect_lines(tally),
            "examples": [
                {
                    "id": one.id,
                    "reference": one.reference,
                    "team": one.team,
                    "environment": one.environment,
                    "was": one.was.value,
                    "would_be": one.would_be.value,
                    "rules": list(one.rules),
                }
                for one in tally.examples
            ],
        }
    )
