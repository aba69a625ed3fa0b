"""Each refusal is a case named after the attack, and is refused at the step that it should be."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.oci.digest import Digest
from lading.signing import dsse
from lading.signing.claims import ClaimedAttestation, FailedLookup, Subject
from lading.signing.statement import PAYLOAD_TYPE, STATEMENT_V01, PredicateType, build_statement
from lading.signing.trust_policy import TrustPolicy
from lading.signing.verdicts import Rejected, Step, Undetermined, Verified
from lading.signing.verification import AttestationOutcome, judge_attestations, with_demands
from tests.support.signers import envelope, p256, trust

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
IMAGE = Digest.of(b"an image")
OTHER_IMAGE = Digest.of(b"another image")
SUBJECT = Subject("team/app", IMAGE)
ALICE, BOB, MALLORY = p256("alice"), p256("bob"), p256("mallory")
SBOM = b'{"bomFormat":"CycloneDX","specVersion":"1.6"}'
STATEMENT = build_statement([("team/app", IMAGE)], PredicateType.CYCLONEDX, SBOM)
TRUST_ALICE = trust(ALICE)


def outcome(
    *envelopes: bytes | None, policy: TrustPolicy = TRUST_ALICE, failed: tuple[FailedLookup, ...] = ()
) -> AttestationOutcome:
    claims = [ClaimedAttestation(raw) for raw in envelopes]
    return judge_attestations(SUBJECT, claims, failed, policy, at=AT).of_type(PredicateType.CYCLONEDX)


def rejected_at(*envelopes: bytes | None, **options: Any) -> Step:
    found = outcome(*envelopes, **options)
    assert isinstance(found.verdict, Rejected), found
    assert found.verdict.reason
    assert found.statements == ()
    return found.verdict.step


def changed_envelope(**changes: object) -> bytes:
    document = json.loads(envelope(STATEMENT, ALICE)) | changes
    return json.dumps({name: value for name, value in document.items() if value != "DROP"}).encode()


def changed_statement(**changes: object) -> bytes:
    return envelope(json.dumps(json.loads(STATEMENT) | changes).encode(), ALICE)


def test_an_attestation_by_a_trusted_key_is_verified_and_its_statement_given() -> None:
    found = outcome(envelope(STATEMENT, ALICE))
    assert isinstance(found.verdict, Verified)
    assert found.verdict.signers[0].name == "alice"
    (statement,) = found.statements
    assert statement.raw == STATEMENT
    assert statement.predicate == json.loads(SBOM)


def test_a_statement_of_version_0_1_is_read_as_well() -> None:
    assert isinstance(outcome(changed_statement(_type=STATEMENT_V01)).verdict, Verified)


def test_the_url_safe_alphabet_is_read_as_well() -> None:
    document = json.loads(envelope(STATEMENT, ALICE))
    document["payload"] = base64.urlsafe_b64encode(STATEMENT).decode()
    document["signatures"][0]["sig"] = document["signatures"][0]["sig"].replace("+", "-").replace("/", "_")
    assert isinstance(outcome(json.dumps(document).encode()).verdict, Verified)


def test_repository_that_no_rule_covers() -> None:
    policy = trust(ALICE, repositories='["other/**"]')
    assert rejected_at(envelope(STATEMENT, ALICE), policy=policy) is Step.RULE


def test_no_attestation() -> None:
    reason = "there is no attestation of type https://cyclonedx.org/bom"
    assert outcome().verdict == Rejected(Step.PRESENT, reason)


def test_nothing_found_because_a_lookup_failed_is_not_absent() -> None:
    assert outcome(failed=(FailedLookup("referrers", "late"),)).verdict == Undetermined("referrers", "late")


def test_huge_envelope_that_was_not_even_fetched() -> None:
    assert rejected_at(None) is Step.SIZE


def test_huge_envelope() -> None:
    assert rejected_at(b" " * (dsse.MAX_ENVELOPE_BYTES + 1)) is Step.SIZE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        changed_envelope(payloadType=1),
        changed_envelope(payload="DROP"),
        changed_envelope(payload="*"),
        changed_envelope(payload="a-b+"),
        changed_envelope(signatures=[]),
        changed_envelope(signatures="DROP"),
        changed_envelope(signatures=[1]),
        changed_envelope(signatures=[{"sig": 1}]),
        changed_envelope(signatures=[{"sig": "AAAA", "keyid": 1}]),
        changed_envelope(signatures=[{"sig": "AAAA"}] * 65),
        changed_envelope()[:-1] + b',"payload":""}',
    ],
    ids=[
        "empty", "list", "type-number", "no-payload", "payload-not-base64", "two-alphabets", "no-signatures",
        "signatures-missing", "signature-number", "sig-number", "keyid-number", "too-many", "duplicate-keys",
    ],
)  # fmt: skip
def test_envelope_that_cannot_be_read(raw: bytes) -> None:
    assert rejected_at(raw) is Step.ENCODING


def test_payload_of_another_type_even_if_signed() -> None:
    raw = envelope(STATEMENT, ALICE, payload_type="application/vnd.cyclonedx+json")
    assert rejected_at(raw) is Step.ENCODING


def test_payload_type_changed_after_signing() -> None:
    raw = envelope(STATEMENT, ALICE, payload_type="text/plain")
    assert rejected_at(raw.replace(b"text/plain", PAYLOAD_TYPE.encode())) is Step.SIGNATURE


def test_statement_changed_after_signing() -> None:
    forged = build_statement([("team/app", IMAGE)], PredicateType.CYCLONEDX, b"{}")
    assert rejected_at(changed_envelope(payload=base64.b64encode(forged).decode())) is Step.SIGNATURE


def test_attestation_by_a_key_that_is_not_trusted() -> None:
    assert rejected_at(envelope(STATEMENT, MALLORY)) is Step.SIGNATURE


def test_key_id_of_a_trusted_key_on_the_signature_of_another() -> None:
    document = json.loads(envelope(STATEMENT, MALLORY))
    document["signatures"][0]["keyid"] = ALICE.public.id
    assert rejected_at(json.dumps(document).encode()) is Step.SIGNATURE


def test_signature_over_the_statement_without_its_type() -> None:
    """What signs the bare payload would sign a payload of any type."""
    signature = base64.b64encode(ALICE.sign(STATEMENT)).decode()
    assert rejected_at(changed_envelope(signatures=[{"sig": signature}])) is Step.SIGNATURE


def test_envelope_with_several_signatures_of_which_one_is_good() -> None:
    for signers in ((ALICE, MALLORY), (MALLORY, ALICE), (MALLORY, ALICE, MALLORY)):
        assert isinstance(outcome(envelope(STATEMENT, *signers)).verdict, Verified)


def test_several_envelopes_of_which_one_is_good() -> None:
    found = outcome(b"", envelope(STATEMENT, ALICE), envelope(STATEMENT, MALLORY), None)
    assert isinstance(found.verdict, Verified)
    assert len(found.statements) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"_type": "https://in-toto.io/Statement/v2"},
        {"predicateType": ""},
        {"subject": []},
        {"subject": {}},
        {"subject": [1]},
        {"subject": [{"name": 1, "digest": {}}]},
        {"subject": [{"name": "x"}]},
        {"subject": [{"name": "x", "digest": {"sha256": 1}}]},
    ],
    ids=str,
)
def test_signed_statement_that_cannot_be_read(changes: dict[str, object]) -> None:
    assert rejected_at(changed_statement(**changes)) is Step.PAYLOAD


def test_duplicate_keys_in_the_statement() -> None:
    raw = STATEMENT[:-1] + b',"subject":[{"digest":{"sha256":"00"}}]}'
    assert rejected_at(envelope(raw, ALICE)) is Step.PAYLOAD


def test_attestation_whose_subject_is_another_image() -> None:
    raw = build_statement([("team/app", OTHER_IMAGE)], PredicateType.CYCLONEDX, SBOM)
    assert rejected_at(envelope(raw, ALICE)) is Step.DIGEST


@pytest.mark.parametrize(
    "digest", [{"sha512": IMAGE.hex}, {"sha256": IMAGE.hex.upper()}, {"sha256": IMAGE.hex[:-1]}, {}], ids=str
)
def test_attestation_whose_subject_only_looks_like_the_image(digest: dict[str, str]) -> None:
    raw = changed_statement(subject=[{"name": str(IMAGE), "digest": digest}])
    assert rejected_at(raw) is Step.DIGEST


def test_one_of_several_subjects_is_enough() -> None:
    raw = build_statement([("a", OTHER_IMAGE), ("b", IMAGE)], PredicateType.CYCLONEDX, SBOM)
    assert isinstance(outcome(envelope(raw, ALICE)).verdict, Verified)


def test_attestation_of_another_type_than_was_asked_for() -> None:
    raw = build_statement([("team/app", IMAGE)], PredicateType.VULNERABILITY_SCAN, b"{}")
    assert rejected_at(envelope(raw, ALICE)) is Step.PRESENT


def test_the_types_that_somebody_trusted_signed_are_known() -> None:
    scan = build_statement([("team/app", IMAGE)], PredicateType.VULNERABILITY_SCAN, b"{}")
    stranger = build_statement([("team/app", IMAGE)], PredicateType.SPDX, b"{}")
    claims = [
        ClaimedAttestation(raw)
        for raw in (envelope(STATEMENT, ALICE), envelope(scan, ALICE), envelope(stranger, MALLORY))
    ]
    judged = judge_attestations(SUBJECT, claims, (), TRUST_ALICE, at=AT)
    assert judged.predicate_types == {PredicateType.CYCLONEDX, PredicateType.VULNERABILITY_SCAN}
    assert isinstance(judged.of_type(PredicateType.VULNERABILITY_SCAN).verdict, Verified)


def test_two_signers_of_one_statement_in_one_envelope_or_in_two() -> None:
    policy = trust(ALICE, BOB, need=2)
    assert isinstance(outcome(envelope(STATEMENT, ALICE, BOB), policy=policy).verdict, Verified)
    two = outcome(envelope(STATEMENT, ALICE), envelope(STATEMENT, BOB), policy=policy)
    assert isinstance(two.verdict, Verified)
    assert len(two.statements) == 1


def test_two_signers_of_different_statements_vouch_for_neither() -> None:
    other = build_statement([("team/app", IMAGE)], PredicateType.CYCLONEDX, b"{}")
    policy = trust(ALICE, BOB, need=2)
    assert rejected_at(envelope(STATEMENT, ALICE), envelope(other, BOB), policy=policy) is Step.THRESHOLD


def test_only_statements_with_enough_signers_are_given() -> None:
    other = build_statement([("team/app", IMAGE)], PredicateType.CYCLONEDX, b"{}")
    found = outcome(envelope(other, ALICE), envelope(STATEMENT, ALICE, BOB), policy=trust(ALICE, BOB, need=2))
    assert [statement.raw for statement in found.statements] == [STATEMENT]


@given(st.binary(max_size=400))
def test_no_envelope_whatever_makes_the_verifier_raise_or_believe(raw: bytes) -> None:
    assert isinstance(outcome(raw).verdict, Rejected)


@given(st.binary(max_size=400))
def test_no_signed_payload_whatever_makes_the_verifier_raise_or_believe(payload: bytes) -> None:
    assert isinstance(outcome(envelope(payload, ALICE)).verdict, Rejected)


def test_a_condition_that_the_statement_does_not_meet_is_the_reason() -> None:
    rules = (
        '[[trust]]\nname = "all"\nrepositories = ["**"]\nsigners = ["alice"]\n[[trust.attestations]]\n'
        f'type = "{PredicateType.CYCLONEDX}"\nfields = {{ bomFormat = "%s" }}\n'
    )
    for wanted, step in (("CycloneDX", None), ("SPDX", Step.CONDITION)):
        policy = trust(ALICE, rules=rules % wanted)
        found = outcome(envelope(STATEMENT, ALICE), policy=policy).verdict
        assert (found.step if isinstance(found, Rejected) else None) is step


def test_what_is_attested_of_an_index_counts_beside_what_is_attested_of_the_image() -> None:
    listing = Subject("team/app", OTHER_IMAGE)
    about_index = build_statement([("team/app", OTHER_IMAGE)], PredicateType.SPDX, b"{}")
    of_image = judge_attestations(
        SUBJECT, [ClaimedAttestation(envelope(STATEMENT, ALICE))], (), TRUST_ALICE, at=AT
    )
    of_index = judge_attestations(
        listing, [ClaimedAttestation(envelope(about_index, ALICE))], (), TRUST_ALICE, at=AT
    )
    both = of_image.joined(of_index)
    for type_ in (PredicateType.CYCLONEDX, PredicateType.SPDX):
        assert isinstance(both.of_type(type_).verdict, Verified)
    assert isinstance(of_image.of_type(PredicateType.SPDX).verdict, Rejected)


def test_every_attestation_that_is_demanded_must_be_there_and_the_first_to_end_ends_it() -> None:
    demands = "".join(
        f'[[trust.attestations]]\ntype = "{type_}"\n'
        for type_ in (PredicateType.CYCLONEDX, PredicateType.SPDX)
    )
    rules = f'[[trust]]\nname = "all"\nrepositories = ["**"]\nsigners = ["alice"]\n{demands}'
    policy = trust(ALICE, rules=rules)
    spdx = build_statement([("team/app", IMAGE)], PredicateType.SPDX, b"{}")
    signed = Verified((), AT, "all")

    def whole(*statements: bytes) -> Verified | Rejected | Undetermined:
        claims = [ClaimedAttestation(envelope(each, ALICE)) for each in statements]
        return with_demands(signed, judge_attestations(SUBJECT, claims, (), policy, at=AT))

    assert isinstance(whole(STATEMENT, spdx), Verified)
    for missing in ((STATEMENT,), (spdx,), ()):
        found = whole(*missing)
        assert isinstance(found, Rejected)
        assert found.step is Step.ATTESTATIONS
