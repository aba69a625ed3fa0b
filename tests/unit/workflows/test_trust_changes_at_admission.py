"""What a change of trust means where workloads are admitted, over the real admission workflow.

A revoked signer's images are refused from the next start on; what runs already is listed, not stopped.
"""

import itertools
from datetime import timedelta

import pytest

from lading.adapters.jobs_memory import MemoryJobs
from lading.admission.admission_review import AdmissionResponse, parse_review
from lading.admission.namespaces import NamespaceMap
from lading.foundation.errors import Forbidden, Malformed
from lading.signing.trust_rotation import Rotation
from lading.workflows.admit import admit
from lading.workflows.show_signers import what_signer_signed
from lading.workflows.trust_in_force import REEVALUATE, TrustPorts, revoke_signer, rotate_signer
from tests.support.governed import KEY, GovernedRegistry, person
from tests.support.registry import NOON, ROOT
from tests.support.signers import p256
from tests.unit.workflows.test_admit import GOOD, review

NAMESPACES = NamespaceMap.of([("shop-*", "prod")], "prod")
HALF_A_MINUTE = timedelta(seconds=30)


@pytest.fixture
def governed() -> GovernedRegistry:
    made = GovernedRegistry()
    made.good_image()
    return made


def trust_ports(governed: GovernedRegistry) -> TrustPorts:
    jobs = MemoryJobs({REEVALUATE: lambda _arguments: None}, workers=1)
    return TrustPorts(governed.registry.records, governed.ports.sources.shipped_trust, jobs)


def start(governed: GovernedRegistry, after: timedelta = timedelta()) -> AdmissionResponse:
    return admit(governed.ports, NAMESPACES, parse_review(review(GOOD)), NOON + after, pin=False)


def test_a_start_is_refused_at_once_when_its_signer_is_revoked(governed: GovernedRegistry) -> None:
    assert start(governed).allowed
    revoke_signer(trust_ports(governed), ROOT, KEY.name, "the key was lost", NOON)
    for after in (timedelta(), HALF_A_MINUTE):
        said = start(governed, after)
        assert not said.allowed
        assert "was revoked" in said.message
        assert "the key was lost" in said.message


def test_a_new_server_refuses_it_too(governed: GovernedRegistry) -> None:
    assert start(governed).allowed
    revoke_signer(trust_ports(governed), ROOT, KEY.name, "lost", NOON)
    other = GovernedRegistry(
        governed.registry, shipped_trust=governed.shipped_trust, _ids=itertools.count(1000)
    )
    assert not start(other).allowed


def test_what_a_revoked_signer_signed_is_listed_with_the_environments_that_have_it(
    governed: GovernedRegistry,
) -> None:
    assert start(governed).allowed
    revoke_signer(trust_ports(governed), ROOT, KEY.name, "lost", NOON)
    policy = governed.ports.sources.verdicts.policy(NOON)
    signed = what_signer_signed(governed.registry.records, ROOT, policy, KEY.name).items
    assert {entry.fact.repository for entry in signed} == {"shop/app"}


def test_while_a_key_is_rotated_no_start_is_refused_and_afterwards_only_what_was_not_signed_again(
    governed: GovernedRegistry,
) -> None:
    new = p256("release-2027")
    until = NOON + timedelta(minutes=10)
    rotation = Rotation(KEY.name, "release-2027", new.public, until)
    rotate_signer(trust_ports(governed), ROOT, rotation, "yearly", NOON)
    assert start(governed, timedelta(minutes=9)).allowed
    said = start(governed, timedelta(minutes=10))
    assert not said.allowed
    assert "counted until" in said.message


def test_rotating_is_for_who_may_edit_the_policy_and_needs_a_reason_and_an_overlap(
    governed: GovernedRegistry,
) -> None:
    ports = trust_ports(governed)
    rotation = Rotation(KEY.name, "new", p256("new").public, NOON + timedelta(days=1))
    with pytest.raises(Forbidden):
        rotate_signer(ports, person("ann", ("maintainer", "**")), rotation, "yearly", NOON)
    with pytest.raises(Malformed):
        rotate_signer(ports, ROOT, rotation, " ", NOON)
    with pytest.raises(Malformed):
        rotate_signer(ports, ROOT, rotation, "yearly", NOON + timedelta(days=2))
    with governed.registry.records.read() as kept:
        assert kept.trust.active_trust() is None
