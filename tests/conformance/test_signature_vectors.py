"""Public vectors of other projects: what they sign is verified, what they broke is refused.

Each folder has a floor of cases that may not fall, and every case that is left out is named with the reason.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lading.foundation.errors import LadingError
from lading.oci.digest import Digest
from lading.signing.claims import ClaimedAttestation, ClaimedNotarySignature, ClaimedSignature, Subject
from lading.signing.file_verification import verify_file
from lading.signing.proofs import Trying
from lading.signing.provenance import PROVENANCE_TYPES, provenance_of
from lading.signing.signers import TrustedIdentity, TrustedKey
from lading.signing.statement import parse_statement
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import parse_trust_policy
from lading.signing.verdicts import Rejected, Step, Verdict, Verified
from lading.signing.verification import judge_attestations, verify_signatures

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def vectors(shared_data: Path) -> Path:
    return shared_data / "signatures"


def root_table(text: str) -> str:
    return f"[[roots]]\nname = \"root\"\ntrusted-root = '''\n{text}'''\n"


def identity_table(issuer: str = "*", subject: str = "*") -> str:
    return (
        f'[[identities]]\nname = "whoever"\nroot = "root"\nissuer = "{issuer}"\nsubject = "{subject}"\n'
        '[[trust]]\nname = "all"\nrepositories = ["**"]\nsigned-as = ["**"]\nsigners = ["whoever"]\n'
    )


def by_root(root: Path, issuer: str = "*", subject: str = "*") -> Trying | str:
    try:
        policy = parse_trust_policy(root_table(root.read_text()) + identity_table(issuer, subject))
    except LadingError as error:
        return str(error)
    return trying(policy)


def trying(policy: TrustPolicy) -> Trying:
    return Trying(policy, "all", policy.signers, NOW)


def key_table(name: str, pem: str, more: str = "") -> str:
    return f'[[keys]]\nname = "{name}"\npem = """\n{pem}"""\n{more}\n'


def rule_table(*names: str, need: int = 1) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    return (
        '[[trust]]\nname = "all"\nrepositories = ["**"]\nsigned-as = ["**"]\n'
        f"signers = [{listed}]\nneed = {need}\n"
    )


# sigstore-conformance

CONFORMANCE_FLOOR = 70
CONFORMANCE_LEFT_OUT = {
    "intoto-with-custom-trust-root": "its log entry is of the retired kind intoto 0.0.2, whose time the "
    "library takes from nobody but a timestamp authority",
    "trust-root-tsa-validity-end-inclusive": "the library ends the validity of a timestamp authority one "
    "instant early, which refuses too much and never too little",
}


def conformance_cases(vectors: Path) -> Iterator[Path]:
    folder = vectors / "sigstore-conformance" / "bundle-verify"
    return (case for case in sorted(folder.iterdir()) if case.is_dir())


def conformance_verdict(case: Path, vectors: Path) -> Verdict:
    artifact = case / "artifact"
    content = (artifact if artifact.exists() else case.parent / "a.txt").read_bytes()
    bundle = (case / "bundle.sigstore.json").read_bytes()
    key = case / "key.pub"
    if key.exists():
        try:
            policy = parse_trust_policy(key_table("key", key.read_text()) + rule_table("key"))
        except LadingError as error:
            return Rejected(Step.RULE, str(error))
        return verify_file(content, bundle, trying(policy))
    own = case / "trusted_root.json"
    root = own if own.exists() else vectors / "sigstore-go" / "trusted-roots" / "public-good.json"
    identity, issuer = case / "identity", case / "issuer"
    subject = identity.read_text().strip() if identity.exists() else "*"
    found = by_root(root, issuer.read_text().strip() if issuer.exists() else "*", subject)
    return Rejected(Step.RULE, found) if isinstance(found, str) else verify_file(content, bundle, found)


def test_sigstore_conformance_bundles(vectors: Path) -> None:
    cases = list(conformance_cases(vectors))
    assert len(cases) >= CONFORMANCE_FLOOR
    wrong = []
    for case in cases:
        found = conformance_verdict(case, vectors)
        good = isinstance(found, Verified)
        if case.name in CONFORMANCE_LEFT_OUT:
            assert not good, f"{case.name} passes now: take it from the list of what is left out"
        elif good is case.name.endswith("_fail"):
            wrong.append(f"{case.name}: {found}")
    assert not wrong


# sigstore-go and sigstore-python

PYTHON_REFUSED = {
    "bundle_no_log_entry.txt.sigstore",
    "bundle_invalid_version.txt.sigstore",
    "bundle_v3_no_signed_time.txt.sigstore.json",
    "bundle_no_cert_v1.txt.sigstore",
    "bundle_cve_2022_36056.txt.sigstore",
    "bundle_no_checkpoint.txt.sigstore",
    "a.dsse.staging-rekor-v2.txt.sigstore.json",  # its statement is about another file than the one beside it
}


def test_bundles_of_sigstore_python_under_its_staging_root(vectors: Path) -> None:
    folder = vectors / "sigstore-python"
    older = by_root(next((folder / "staging-tuf" / "targets").glob("*.trusted_root.json")))
    newer = by_root(vectors / "sigstore-conformance/bundle-verify/rekor2-happy-path/trusted_root.json")
    assert isinstance(older, Trying)
    assert isinstance(newer, Trying)
    outcomes = {}
    for bundle in sorted(folder.glob("*.sigstore*")):
        artifact = folder / bundle.name.partition(".sigstore")[0]
        if artifact.exists():
            found = newer if "rekor-v2" in bundle.name else older
            outcomes[bundle.name] = verify_file(artifact.read_bytes(), bundle.read_bytes(), found)
    refused = {name for name, outcome in outcomes.items() if not isinstance(outcome, Verified)}
    assert len(outcomes) >= 11
    assert refused == PYTHON_REFUSED, {name: outcomes[name] for name in refused ^ PYTHON_REFUSED}


GO_LEFT_OUT = {
    "bundle-provenance.json": "its log entry is of the retired kind intoto",
    "sigstore.js@2.0.0-provenance.sigstore.json": "its log entry is of the retired kind intoto",
    "dsse.sigstore.json": "its log entry is of the retired kind intoto",
}


def test_bundles_of_sigstore_go_that_must_be_refused_are(vectors: Path) -> None:
    folder = vectors / "sigstore-go"
    # The root of the scaffolding has no "uri", without which the library reads no authority; so othername,
    # which it would verify, is left out.
    assert isinstance(by_root(folder / "trusted-roots" / "scaffolding.json"), str)
    public = by_root(folder / "trusted-roots" / "public-good.json")
    assert isinstance(public, Trying)
    two = (folder / "bundles" / "dsse-2sigs.sigstore.json").read_bytes()
    assert isinstance(verify_file(b"", two, public), Rejected)
    for name in GO_LEFT_OUT:
        path = next(folder.rglob(name))
        assert isinstance(verify_file(b"", path.read_bytes(), public), Rejected)


def test_a_key_with_a_validity_and_a_timestamp_of_sigstore_go(vectors: Path) -> None:
    folder = vectors / "sigstore-go"
    bundle = (folder / "bundles" / "public-key-validity.sigstore.json").read_bytes()
    pem = (folder / "public-keys" / "public-key-validity.pem").read_text()
    roots = json.loads((folder / "trusted-roots" / "public-key-validity.json").read_text())
    chain = roots["timestampAuthorities"][0]["certChain"]["certificates"]
    stamps = "".join(
        f"-----BEGIN CERTIFICATE-----\n{entry['rawBytes']}\n-----END CERTIFICATE-----\n" for entry in chain
    )
    tsa = f'[[timestamp-authorities]]\nname = "tsa"\ncertificates = """\n{stamps}"""\n'
    named = json.loads(bundle)["messageSignature"]["messageDigest"]["digest"]
    assert len(base64.b64decode(named)) == 32
    # The signed file is not among the vectors: what the timestamp proves is looked at on its own.
    policy = parse_trust_policy(tsa + key_table("key", pem, 'timestamped-by = ["tsa"]') + rule_table("key"))
    key = policy.signers[0]
    assert isinstance(key, TrustedKey)
    document = json.loads(bundle)
    stamp = document["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"][0]
    signature = base64.b64decode(document["messageSignature"]["signature"])
    moment = key.timestamped_by[0].moment(base64.b64decode(stamp["signedTimestamp"]), signature)
    assert moment is not None
    assert moment.year == 2026
    assert key.timestamped_by[0].moment(base64.b64decode(stamp["signedTimestamp"]), signature + b"x") is None


# cosign's own, and what connaisseur keeps of cosign signatures


def test_the_attestation_bundle_of_cosign_under_its_own_root(vectors: Path) -> None:
    folder = vectors / "cosign" / "pkg-cosign"
    content = (folder / "oci-attestation.sigstore.json").read_bytes()
    policy = parse_trust_policy(
        root_table((folder / "trusted_root_pgi.json").read_text()) + identity_table("https://*", "*@*")
    )
    payload = base64.b64decode(json.loads(content)["dsseEnvelope"]["payload"])
    statement = parse_statement(payload)
    digest = Digest.parse(f"sha256:{statement.subjects[0].digests['sha256']}")
    judged = judge_attestations(
        Subject("any/thing", digest), [ClaimedAttestation(content, in_bundle=True)], (), policy, at=NOW
    )
    outcome = judged.of_type(statement.predicate_type).verdict
    assert isinstance(outcome, Verified), outcome
    assert outcome.signers[0].signed_at is not None
    other = Subject("any/thing", Digest.of(b"another image"))
    refused = judge_attestations(other, [ClaimedAttestation(content, in_bundle=True)], (), policy, at=NOW)
    verdict = refused.of_type(statement.predicate_type).verdict
    assert isinstance(verdict, Rejected)
    assert verdict.step is Step.DIGEST


def connaisseur_claims(folder: Path, name: str) -> list[ClaimedSignature]:
    manifest = json.loads((folder / "manifests" / name).read_text())
    claims = []
    for layer in manifest["layers"]:
        blob = folder / "blobs" / (layer["digest"].replace(":", "_") + ".json")
        beside: Mapping[str, str] = layer["annotations"]
        claims.append(
            ClaimedSignature(
                blob.read_bytes(),
                beside["dev.cosignproject.cosign/signature"],
                certificate=beside.get("dev.sigstore.cosign/certificate", ""),
                log_entry=beside.get("dev.sigstore.cosign/bundle", ""),
            )
        )
    return claims


SIGNED = "sha256-071bf7a986f1ca9cb2a1f0bc8392822a7777f90d58f2d2c6f271913e08de7c81.sig.json"
MULTI = "sha256-bfec161fecb0a887df7cb85e4da327c65986ccda7060cf3cd92171c6c90d7533.sig.json"
KEYLESS = "sha256-31dc72a13a0c34b40eb95419d2b2fd67320c856baf3b72da518023ee8d370aee.sig.json"


def test_cosign_signatures_that_connaisseur_keeps(vectors: Path) -> None:
    folder = vectors / "connaisseur" / "cosign"
    image = folder / "securesystemsengineering" / "testimage"
    names = ("alice", "bob", "charlie", "default")
    keys = {name: (folder / f"{name}.key").read_text() for name in names}

    def verdict(manifest: str, *trusted: str, need: int = 1) -> Verdict:
        tables = "".join(key_table(name, keys[name]) for name in trusted)
        digest = Digest.parse(manifest.removesuffix(".sig.json").replace("-", ":", 1))
        return verify_signatures(
            Subject("securesystemsengineering/testimage", digest),
            connaisseur_claims(image, manifest),
            (),
            parse_trust_policy(tables + rule_table(*trusted, need=need)),
            at=NOW,
        )

    assert isinstance(verdict(SIGNED, "alice"), Verified)
    assert isinstance(verdict(SIGNED, "default"), Rejected)
    assert isinstance(verdict(MULTI, "alice", "bob", "charlie", need=3), Verified)
    missing = verdict(MULTI, "alice", "default", need=2)
    assert isinstance(missing, Rejected)
    assert missing.step is Step.THRESHOLD
    assert isinstance(verdict(KEYLESS, *names), Rejected)


def test_the_keyless_cosign_signature_that_connaisseur_keeps(vectors: Path) -> None:
    folder = vectors / "connaisseur" / "cosign" / "securesystemsengineering" / "testimage"
    root = (vectors / "sigstore-go" / "trusted-roots" / "public-good.json").read_text()
    digest = Digest.parse(KEYLESS.removesuffix(".sig.json").replace("-", ":", 1))
    subject = Subject("securesystemsengineering/testimage", digest)
    claims = connaisseur_claims(folder, KEYLESS)
    policy = parse_trust_policy(root_table(root) + identity_table("https://github.com/login/oauth", "*@*"))
    verdict = verify_signatures(subject, claims, (), policy, at=NOW)
    assert isinstance(verdict, Verified), verdict
    assert isinstance(policy.signers[0], TrustedIdentity)
    stranger = parse_trust_policy(root_table(root) + identity_table("https://github.com/*", "eve@*"))
    refused = verify_signatures(subject, claims, (), stranger, at=NOW)
    assert isinstance(refused, Rejected)
    assert refused.step is Step.SIGNER
    changed = [
        ClaimedSignature((claim.payload or b"") + b" ", claim.signature, claim.certificate, claim.log_entry)
        for claim in claims
    ]
    tampered = verify_signatures(subject, changed, (), policy, at=NOW)
    assert isinstance(tampered, Rejected)
    assert tampered.step is Step.CERTIFICATE


# Notary Project


def notary_table(pem: str, more: str = "allow-rsa-2048 = true") -> str:
    return (
        f'[[authorities]]\nname = "ca"\ncertificates = """\n{pem}"""\n{more}\n'
        '[[certificates]]\nname = "whoever"\nauthority = "ca"\nsubject = "*"\n' + rule_table("whoever")
    )


def test_the_notary_signature_that_connaisseur_keeps(vectors: Path) -> None:
    folder = vectors / "connaisseur" / "notation"
    content = next((folder / "sse-secure-systems" / "testimage" / "blobs").iterdir()).read_bytes()
    digest = Digest.parse("sha256:a136cc4e785798e5e8483047cf621cf0a0300a93d47703a3f066c340c070f5cf")
    listed = (folder / "01_notation.yaml").read_text().split("cert: |")[1].split("- name")[0]
    pem = "".join(line.strip() + "\n" for line in listed.splitlines() if line.strip())
    claims = [ClaimedNotarySignature(content)]
    verdict = verify_signatures(
        Subject("x/y", digest), claims, (), parse_trust_policy(notary_table(pem)), at=NOW
    )
    assert isinstance(verdict, Verified), verdict
    steps: dict[str, Any] = {
        "another image": (Subject("x/y", Digest.of(b"other")), pem, Step.DIGEST),
        "another authority": (
            Subject("x/y", digest),
            (folder / "ca.pem").read_text(),
            Step.CERTIFICATE,
        ),
    }
    for name, (subject, trusted, step) in steps.items():
        policy = parse_trust_policy(notary_table(trusted))
        refused = verify_signatures(subject, claims, (), policy, at=NOW)
        assert isinstance(refused, Rejected), name
        assert refused.step is step, refused
    strict = parse_trust_policy(notary_table(pem, ""))
    refused = verify_signatures(Subject("x/y", digest), claims, (), strict, at=NOW)
    assert isinstance(refused, Rejected)
    assert "3072" in refused.reason


# SLSA provenance, whoever signed it


def statements_in(value: Any) -> Iterator[bytes]:
    """The statements of every envelope in a document of any layout."""
    if isinstance(value, dict):
        payload = value.get("payload")
        if isinstance(payload, str) and "payloadType" in value:
            yield base64.b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_")
        for member in value.values():
            yield from statements_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from statements_in(member)


def test_provenance_of_slsa_verifier_vectors_is_read(vectors: Path) -> None:
    seen: set[str] = set()
    read = 0
    for path in sorted((vectors / "slsa-verifier").rglob("*.json")):
        try:
            document = json.loads(path.read_text())
        except ValueError:
            assert path.parts[-3] == "gcb_container", path.name  # written by hand, and no JSON
            continue
        for raw in statements_in(document):
            try:
                statement = parse_statement(raw)
            except LadingError:
                continue
            if statement.predicate_type not in PROVENANCE_TYPES:
                continue
            try:
                provenance = provenance_of(statement)
            except LadingError:
                assert "mismatch" in path.name or "invalid" in path.name, path.name
                continue
            assert provenance.builder
            assert provenance.source.startswith("https://github.com/"), (path.name, provenance)
            assert len(provenance.commit) == 40, (path.name, provenance)
            seen.add(statement.predicate_type)
            read += 1
    assert seen == set(PROVENANCE_TYPES)
    assert read >= 10
