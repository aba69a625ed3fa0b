"""The policy that every gate asks, and how it is changed."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from lading.access.verbs import Verb
from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.policy.policy_file import parse_policy
from lading.policy.rule import Policy
from lading.policy.rule_tests import RuleTestOutcome, iter_rule_tests
from lading.ports.records.governance import PolicyDocument
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.workflows.rights import require_on_installation


@dataclass(frozen=True, slots=True)
class CheckedPolicy:
    """A policy that was read, and what its own examples say of it."""

    policy: Policy
    tests: tuple[RuleTestOutcome, ...]

    @property
    def failed(self) -> tuple[RuleTestOutcome, ...]:
        """The examples that did not come out as written."""
        return tuple(test for test in self.tests if not test.as_expected)


def policy_in_force(kept: RecordSet, shipped: bytes) -> Policy:
    """Give the active policy, or the shipped one before any was activated."""
    active = kept.governance.active_policy()
    return _parsed(shipped if active is None else active.text.encode())


def check_policy(content: bytes, source: str) -> CheckedPolicy:
    """Read a policy and run its examples; raise Malformed or OverLimit where it cannot be read."""
    policy = parse_policy(content, source)
    return CheckedPolicy(policy, tuple(iter_rule_tests(policy)))


def activate_policy(records: Records, caller: Caller, content: bytes, source: str, now: datetime) -> Policy:
    """Put a policy in force.

    Raises as ``check_policy`` does, Malformed ``policy-test-failed`` where an example does not come out as
    written, and Forbidden.
    """
    require_on_installation(caller, Verb.EDIT_POLICY)
    checked = check_policy(content, source)
    for test in checked.failed:
        raise Malformed(
            "policy-test-failed",
            f"{source}:{test.test.line}: the rule {test.rule} says {test.got}, not {test.test.expect}",
            hint="correct the rule or its example",
        )
    document = PolicyDocument(
        checked.policy.digest, content.decode("utf-8"), now, str(caller.principal), active=True
    )
    with records.write() as kept:
        before = kept.governance.active_policy()
        kept.governance.activate_policy(document)
        details = {"digest": str(document.digest), "before": str(before.digest) if before else ""}
        kept.audit.append(caller.did("policy.activate", checked.policy.name, now, **details))
    return checked.policy


@lru_cache(maxsize=8)
def _parsed(content: bytes) -> Policy:
    """Reading is a function of the bytes, and takes longer than asking the whole policy."""
    return parse_policy(content, f"policy {Digest.of(content).short}")
