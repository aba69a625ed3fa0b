"""Which policy gates ask: the newest, or the newest that a key which counts has signed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lading.approvals.approval import ApprovalKind, ApprovalRules
from lading.foundation.errors import Conflict, Forbidden, NotFound
from lading.oci.digest import Digest
from lading.policy.decision import Outcome
from lading.policy.signed_policy import Unsealed
from lading.ports.records.governance import PolicyDocument
from lading.workflows.change_policy import sign_policy
from lading.workflows.gate import Asker, decide
from lading.workflows.policy_in_force import activate_policy, policy_standing, sealed_by
from tests.support.governed import SERVER, GovernedRegistry, ask, person
from tests.support.policies import one_rule_text
from tests.support.registry import NOON, ROOT

ANN = person("ann", ("maintainer", "shop/**"))
SYSTEM = Asker("person:ann", "request-1")

STRICT = one_rule_text("violated_if: image.layers < 2\nmessage: too few layers")
OPEN = one_rule_text("violated_if: image.layers > 100\nmessage: too many layers")


@pytest.fixture
def governed() -> GovernedRegistry:
    made = GovernedRegistry(policy_keys=(SERVER.public_key,))
    made.good_image()
    return made


def set_policy(governed: GovernedRegistry, text: bytes) -> None:
    activate_policy(governed.registry.records, governed.ports.policy, ROOT, text, NOON)


def write_unsigned(governed: GovernedRegistry, text: bytes, envelope: str = "") -> None:
    """As somebody does who can write into the records, and into nothing else."""
    with governed.registry.records.write() as kept:
        digest = Digest.of(text)
        document = PolicyDocument(digest, text.decode(), NOON, "person:mallory", active=True)
        number = kept.governance.activate_policy(document)
        if envelope:
            kept.governance.seal_policy(number, envelope)


def outcome(governed: GovernedRegistry, minutes: int = 0) -> Outcome:
    now = NOON + timedelta(minutes=minutes)
    return decide(governed.ports, SYSTEM, ask("shop/app:1.0"), now).decision.outcome


def test_every_activation_is_signed_by_the_server(governed: GovernedRegistry) -> None:
    set_policy(governed, STRICT)
    with governed.registry.records.read() as kept:
        standing = policy_standing(kept, governed.ports.policy)
        told = kept.audit.page(newest_first=True).items[0].event
    assert standing.signed_by == SERVER.public_key.id
    assert standing.passed_over == ()
    assert told.details["key"] == SERVER.public_key.id
    assert outcome(governed) is Outcome.DENY


def test_a_policy_that_was_written_into_the_records_is_passed_over(governed: GovernedRegistry) -> None:
    set_policy(governed, STRICT)
    write_unsigned(governed, OPEN)
    with governed.registry.records.read() as kept:
        standing = policy_standing(kept, governed.ports.policy)
    assert str(standing.policy.digest) == str(Digest.of(STRICT))
    assert standing.passed_over[0].endswith("it is not signed")
    assert outcome(governed) is Outcome.DENY


def test_an_old_policy_that_is_written_down_again_does_not_come_back(governed: GovernedRegistry) -> None:
    set_policy(governed, OPEN)
    with governed.registry.records.read() as kept:
        old = kept.governance.active_policy()
    assert old is not None
    set_policy(governed, STRICT)
    write_unsigned(governed, OPEN, old.envelope)
    with governed.registry.records.read() as kept:
        standing = policy_standing(kept, governed.ports.policy)
    assert str(standing.policy.digest) == str(Digest.of(STRICT))
    assert "another number" in standing.passed_over[0]


def test_the_envelope_of_one_text_does_not_vouch_for_another(governed: GovernedRegistry) -> None:
    set_policy(governed, STRICT)
    with governed.registry.records.read() as kept:
        document = kept.governance.active_policy()
    assert document is not None
    # The number is right, the text is another one.
    found = sealed_by(replace(document, text=OPEN.decode()), governed.ports.policy)
    assert found == Unsealed("another text was signed")


def test_where_nothing_is_signed_nothing_passes_and_signing_it_ends_that(governed: GovernedRegistry) -> None:
    write_unsigned(governed, OPEN)
    decision = decide(governed.ports, SYSTEM, ask("shop/app:1.0"), NOON).decision
    assert decision.outcome is Outcome.DENY
    assert [result.rule for result in decision.results] == ["policy-signed"]
    with pytest.raises(Forbidden):
        sign_policy(governed.ports, ANN, Digest.of(OPEN), NOON)
    standing = sign_policy(governed.ports, ROOT, Digest.of(OPEN), NOON)
    assert standing.signed_by == SERVER.public_key.id
    assert outcome(governed, 1) is Outcome.ALLOW


def test_before_any_was_set_the_shipped_policy_is_asked_without_a_signature(
    governed: GovernedRegistry,
) -> None:
    with governed.registry.records.read() as kept:
        standing = policy_standing(kept, governed.ports.policy)
    assert standing.document is None
    assert standing.policy.name == "default"
    with pytest.raises(NotFound):
        sign_policy(governed.ports, ROOT, Digest.of(OPEN), NOON)


def test_signing_alone_is_no_way_round_a_second_person() -> None:
    rules = ApprovalRules({ApprovalKind.POLICY: 1})
    governed = GovernedRegistry(policy_keys=(SERVER.public_key,), approvals=rules)
    write_unsigned(governed, OPEN)
    with pytest.raises(Conflict, match="somebody else"):
        sign_policy(governed.ports, ROOT, Digest.of(OPEN), NOON)


def test_where_no_signature_is_asked_for_the_newest_is_in_force_signed_or_not() -> None:
    governed = GovernedRegistry()
    governed.good_image()
    set_policy(governed, STRICT)
    write_unsigned(governed, OPEN)
    with governed.registry.records.read() as kept:
        standing = policy_standing(kept, governed.ports.policy)
    assert standing.signed_by == ""
    assert outcome(governed) is Outcome.ALLOW
