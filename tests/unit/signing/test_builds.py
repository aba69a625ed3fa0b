"""How an image was built, as far as a trusted signer says."""

import json
from datetime import datetime, timedelta

import pytest

from lading.foundation.errors import Malformed
from lading.signing.builds import KnownBuild, build_from_json, build_to_json, known_build
from lading.signing.ci_provenance import BuildFacts, provenance_predicate
from lading.signing.claims import ClaimedAttestation
from lading.signing.provenance import SLSA_V1
from lading.signing.statement import build_statement
from lading.signing.trust_policy_file import parse_trust_policy
from lading.signing.verification import judge_attestations
from tests.attacks.case import AT, IMAGE, SUBJECT
from tests.support.signers import Signing, envelope, p256, trust

ALICE, MALLORY = p256("alice"), p256("mallory")
BUILDER = "https://ci.acme.example"
LISTED = '[[builders]]\nname = "ci"\nid = "https://ci.acme.*"\nowner = "platform"\n'
FACTS = BuildFacts("jenkins", BUILDER, "urn:t", "https://git.example/app", "c0ffee", "", "", "", "ann", {})


def attested(predicate: bytes, by: Signing = ALICE) -> ClaimedAttestation:
    statement = build_statement([("registry.example/team/app", IMAGE)], SLSA_V1, predicate)
    return ClaimedAttestation(envelope(statement, by))


def provenance() -> bytes:
    return json.dumps(provenance_predicate(FACTS, [], started=None, finished=AT)).encode()


def build(*claims: ClaimedAttestation, more: str = "", at: datetime = AT) -> KnownBuild | None:
    policy = parse_trust_policy(trust(ALICE).text + more)
    return known_build(judge_attestations(SUBJECT, claims, (), policy, at=at), policy)


def test_a_build_is_what_a_trusted_signer_says_and_nobody_else() -> None:
    found = build(attested(provenance()))
    assert found is not None
    assert (found.provenance.builder, found.signers, found.listed_as) == (BUILDER, ("alice",), "")
    assert build(attested(provenance(), by=MALLORY)) is None
    assert build() is None


def test_a_builder_on_the_list_counts_until_its_time_has_passed() -> None:
    until = f"until = {(AT + timedelta(days=1)).isoformat()}\n"
    listed = build(attested(provenance()), more=LISTED + until)
    assert listed is not None
    assert (listed.listed_as, listed.owner) == ("ci", "platform")
    late = build(attested(provenance()), more=LISTED + until, at=AT + timedelta(days=2))
    assert late is not None
    assert (late.listed_as, late.owner) == ("", "platform")


def test_provenance_that_is_none_tells_of_no_build() -> None:
    assert build(attested(b'{"buildDefinition":1}')) is None


def test_a_build_is_read_back_and_nothing_else_is() -> None:
    found = build(attested(provenance()), more=LISTED)
    assert found is not None
    assert build_from_json(build_to_json(found)) == found
    for document in ({}, {**build_to_json(found), "materials": 1}):
        with pytest.raises(Malformed):
            build_from_json(document)
