"""What a verdict says beside yes and no: until when it holds, what is proven, and which reason wins."""

import json
from datetime import timedelta

from lading.oci.digest import Digest
from lading.signing import notary
from lading.signing.claims import ClaimedAttestation, ClaimedNotarySignature, ClaimedSignature
from lading.signing.cosign import build_payload
from lading.signing.file_verification import verify_file
from lading.signing.proofs import Trying
from lading.signing.statement import build_statement
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import parse_trust_policy
from lading.signing.verdicts import Rejected, Signer, Step, Verdict, Verified
from lading.signing.verification import judge_attestations, verify_signatures, with_demands
from tests.attacks import keyless
from tests.attacks.case import ATTESTED, IMAGE, SUBJECT
from tests.support.certificates import END, Authority
from tests.support.notary_envelopes import AT, BY_AUTHORITY, GOOD_HEADERS, HOLDER, ROOT, jws
from tests.support.signers import envelope, p256, trust
from tests.support.sigstore_log import text

ALICE, BOB = p256("alice"), p256("bob")
NAME = "registry.example/team/app"


def notary_policy(*holders: str, more: str = "") -> TrustPolicy:
    tables = "".join(
        f'[[certificates]]\nname = "who{at}"\nauthority = "ca"\nsubject = "{subject}"\n'
        for at, subject in enumerate(holders)
    )
    signers = ", ".join(f'"who{at}"' for at in range(len(holders)))
    return parse_trust_policy(
        f'[[authorities]]\nname = "ca"\n{more}certificates = """\n{ROOT.pem}"""\n{tables}'
        f'[[trust]]\nname = "all"\nrepositories = ["**"]\nsigners = [{signers}]\n'
    )


def of_notary(content: bytes, policy: TrustPolicy) -> Verdict:
    return verify_signatures(SUBJECT, [ClaimedNotarySignature(content)], (), policy, at=AT)


def test_a_notary_signature_holds_until_the_first_certificate_or_the_signature_itself_ends() -> None:
    found = of_notary(jws(), notary_policy("*"))
    assert isinstance(found, Verified)
    assert found.until == END, "the leaf ends before its authority"
    (signer,) = found.signers
    assert signer.signed_at is None, "nobody but the signer says when"
    assert signer.key_id.startswith("CN=build,")
    soon = AT + timedelta(days=1)
    ends = {**GOOD_HEADERS, "crit": [notary.SCHEME, notary.EXPIRY], notary.EXPIRY: soon.isoformat()}
    short = of_notary(jws(ends), notary_policy("*"))
    assert isinstance(short, Verified)
    assert short.until == soon
    brief = Authority("Acme Root", key=ROOT.key, end=soon)
    chained = of_notary(jws(chain=[HOLDER.ders[0], brief.der]), notary_policy("*"))
    assert isinstance(chained, Verified)
    assert chained.until == soon, "an authority in the chain ends before the leaf"


def test_a_moment_that_an_authority_vouches_for_is_proven_and_outlives_the_certificate() -> None:
    found = of_notary(jws(BY_AUTHORITY), notary_policy("*", more="signing-authority = true\n"))
    assert isinstance(found, Verified)
    assert found.until is None
    assert found.signers[0].signed_at is not None


def test_of_several_holders_that_do_not_fit_the_reason_of_the_one_that_got_furthest_is_given() -> None:
    other = Authority("Other")
    policy = parse_trust_policy(
        notary_policy("CN=release")
        .text.replace(
            "[[trust]]",
            f'[[authorities]]\nname = "other"\ncertificates = """\n{other.pem}"""\n[[certificates]]\n'
            'name = "stranger"\nauthority = "other"\nsubject = "*"\n[[trust]]',
        )
        .replace('["who0"]', '["stranger", "who0"]')
    )
    found = of_notary(jws(), policy)
    assert isinstance(found, Rejected)
    assert found.step is Step.SIGNER
    assert "CN=build" in found.reason
    assert "who0 is CN=release" in found.reason


RULES = (
    '[[trust]]\nname = "all"\nrepositories = ["**"]\nsigned-as = ["**"]\nsigners = ["alice"]\n'
    f'[[trust.attestations]]\ntype = "{ATTESTED}"\nsigners = ["alice"]\n%s'
)


def attested(digest: Digest = IMAGE, type_: str = ATTESTED, predicate: bytes = b'{"ok":"yes"}') -> bytes:
    return envelope(build_statement([(NAME, digest)], type_, predicate), ALICE)


def judged(*contents: bytes, policy: TrustPolicy, environment: str = "") -> Verdict:
    claims = [ClaimedAttestation(content) for content in contents]
    found = judge_attestations(SUBJECT, claims, (), policy, at=AT, environment=environment)
    return found.of_type(ATTESTED).verdict


def test_one_that_does_not_meet_the_condition_does_not_hide_one_that_does() -> None:
    policy = trust(ALICE, rules=RULES % 'fields = { ok = "yes" }\n')
    bad, other = attested(predicate=b'{"ok":"no"}'), attested(type_="https://other")
    for order in ((bad, other, attested()), (other, bad, attested()), (attested(), bad, other)):
        assert isinstance(judged(*order, policy=policy), Verified)
    refused = judged(other, bad, policy=policy)
    assert isinstance(refused, Rejected)
    assert refused.step is Step.CONDITION
    assert "ok" in refused.reason


def test_two_signers_of_one_envelope_are_both_looked_at() -> None:
    content = envelope(build_statement([(NAME, IMAGE)], ATTESTED, b"{}"), BOB, ALICE)
    assert isinstance(judged(content, policy=trust(ALICE, BOB, rules=RULES % "")), Verified)


def test_attestations_are_judged_by_the_rule_of_the_environment_and_of_the_moment() -> None:
    text_ = (
        trust(ALICE, BOB).text.replace('keys = ["alice", "bob"]', 'keys = ["alice"]')
        + '[[trust]]\nname = "prod"\nenvironments = ["prod"]\nrepositories = ["**"]\nsigners = ["bob"]\n'
        + '[[trust]]\nname = "old"\nenvironments = ["test"]\nrepositories = ["**"]\nsigners = ["bob"]\n'
        + f"until = {(AT - timedelta(days=1)).isoformat()}\n"
    )
    policy = parse_trust_policy(text_)
    assert isinstance(judged(attested(), policy=policy), Verified)
    assert isinstance(judged(attested(), policy=policy, environment="prod"), Rejected)
    assert isinstance(judged(attested(), policy=policy, environment="test"), Verified)


def test_no_rule_is_said_of_the_repository_and_the_environment() -> None:
    policy = trust(ALICE, repositories='["other/**"]')
    found = judged(attested(), policy=policy, environment="prod")
    assert found == Rejected(
        Step.RULE, "no rule of the trust policy covers the repository 'team/app' in prod"
    )


def test_the_whole_says_who_signed_and_ends_when_the_first_of_its_parts_ends() -> None:
    policy = trust(ALICE, rules=RULES % "max-age-hours = 1\n")
    payload = build_payload(NAME, IMAGE)
    own = verify_signatures(SUBJECT, [ClaimedSignature(payload, ALICE.sign_text(payload))], (), policy, at=AT)
    assert isinstance(own, Verified)
    whole = with_demands(own, judge_attestations(SUBJECT, [], (), trust(ALICE), at=AT))
    assert whole == own
    missing = with_demands(own, judge_attestations(SUBJECT, [], (), policy, at=AT))
    assert missing == Rejected(
        Step.ATTESTATIONS,
        f"the attestation of type {ATTESTED} is not verified at step present: "
        f"there is no attestation of type {ATTESTED}",
    )
    refused = Rejected(Step.SIGNATURE, "x")
    assert with_demands(refused, judge_attestations(SUBJECT, [], (), policy, at=AT)) == refused
    uncovered = judge_attestations(SUBJECT, [], (), trust(ALICE, repositories='["other"]'), at=AT)
    assert with_demands(own, uncovered) == own
    ends = Verified((Signer("alice", "id"),), AT, "all", AT + timedelta(days=2))
    good = judge_attestations(
        SUBJECT, [ClaimedAttestation(attested())], (), trust(ALICE, rules=RULES % ""), at=AT
    )
    assert with_demands(ends, good) == ends


def test_an_authority_that_no_longer_counts_does_not_hide_one_that_does() -> None:
    root = json.loads(keyless.unlogged_root())
    ended = {
        **keyless.authority_json(Authority("Old Root").pem),
        "validFor": {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"},
    }
    both = json.dumps({**root, "certificateAuthorities": [ended, *root["certificateAuthorities"]]})
    policy = parse_trust_policy(keyless.policy_of(both))
    found = verify_signatures(
        SUBJECT, [ClaimedAttestation(keyless.stamped(), in_bundle=True)], (), policy, at=AT
    )
    assert isinstance(found, Verified)


def test_a_chain_that_is_brought_along_may_lead_to_a_root_that_is_named_alone() -> None:
    top = keyless.PRIVATE.authority.issuer
    assert top is not None
    root = json.loads(keyless.unlogged_root())
    alone = json.dumps({**root, "certificateAuthorities": [keyless.authority_json(top.pem)]})
    policy = parse_trust_policy(keyless.policy_of(alone))
    bundle = json.loads(keyless.stamped())
    leaf = bundle["verificationMaterial"].pop("certificate")
    between = {"rawBytes": text(keyless.PRIVATE.authority.der)}
    claim = ClaimedAttestation(json.dumps(bundle).encode(), in_bundle=True)
    for chain, good in (([leaf, between], True), ([leaf], False)):
        bundle["verificationMaterial"]["x509CertificateChain"] = {"certificates": chain}
        claim = ClaimedAttestation(json.dumps(bundle).encode(), in_bundle=True)
        found = verify_signatures(SUBJECT, [claim], (), policy, at=AT)
        assert isinstance(found, Verified) is good, found


def test_a_file_under_no_root_is_not_ours() -> None:
    policy = trust(ALICE)
    found = verify_file(b"file", keyless.stamped(), Trying(policy, "all", policy.signers, AT))
    assert isinstance(found, Rejected)
    assert found.reason.endswith("(signers: alice)")
