"""How attacks on signatures and attestations by keys are made, and the step that refuses each."""

import base64
import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from lading.oci.digest import Digest
from lading.signing.cosign import MAX_PAYLOAD_BYTES, build_payload
from lading.signing.sigstore_bundle import BUNDLE_TYPE, COSIGN_SIGN
from lading.signing.statement import build_statement
from lading.signing.verdicts import Step
from tests.attacks.case import ATTESTED, IMAGE, Attack, payload_file
from tests.support.signers import Signing, envelope, p256, trust

ALICE, BOB, MALLORY = p256("alice"), p256("bob"), p256("mallory")
RSA = Signing("rsa", rsa.generate_private_key(65537, 3072))
EDWARDS = Signing("edwards", ed25519.Ed25519PrivateKey.generate())
NAME = "registry.example/team/app"
OTHER = Digest.of(b"another image")
PAYLOAD = build_payload(NAME, IMAGE)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256

TRUST = {
    "alice": trust(ALICE).text,
    "alice-and-bob": trust(ALICE, BOB, need=2).text,
    "rsa": trust(RSA).text,
    "edwards": trust(EDWARDS).text,
    "elsewhere": trust(ALICE, repositories='["other/**"]').text,
    "revoked": trust(ALICE).text.replace(
        'name = "alice"\n', 'name = "alice"\nrevoked = 2026-02-01T00:00:00Z\nreason = "lost"\n'
    ),
    "ended": trust(ALICE).text.replace('name = "alice"\n', 'name = "alice"\nuntil = 2026-02-01T00:00:00Z\n'),
    "not-yet": trust(ALICE).text.replace('name = "alice"\n', 'name = "alice"\nfrom = 2026-04-01T00:00:00Z\n'),
}


def signed(payload: bytes = PAYLOAD, by: Signing = ALICE) -> bytes:
    return payload_file(payload, by.sign_text(payload))


def with_signature(signature: bytes) -> bytes:
    return payload_file(PAYLOAD, base64.b64encode(signature).decode())


def document(**critical: Any) -> bytes:
    """The payload with other members under ``critical``, signed."""
    changed = json.loads(PAYLOAD)
    changed["critical"] |= critical
    return signed(json.dumps(changed).encode())


def other_half() -> bytes:
    """The same signature with the other of its two numbers: still valid mathematics, and strict DER."""
    r, s = decode_dss_signature(ALICE.sign(PAYLOAD))
    return with_signature(encode_dss_signature(r, ORDER - s))


def shared_secret() -> bytes:
    """A code made with the public key as a shared secret."""
    code = hmac.HMAC(ALICE.public.der, hashes.SHA256())
    code.update(PAYLOAD)
    return with_signature(code.finalize())


def wide_digest() -> bytes:
    assert isinstance(ALICE.private, ec.EllipticCurvePrivateKey)
    return with_signature(ALICE.private.sign(PAYLOAD, ec.ECDSA(hashes.SHA512())))


def weak_padding() -> bytes:
    assert isinstance(RSA.private, rsa.RSAPrivateKey)
    return with_signature(RSA.private.sign(PAYLOAD, padding.PKCS1v15(), hashes.SHA1()))


def _attack(
    make: Callable[[], bytes | None], step: Step | None, reason: str = "", key: str = "alice"
) -> Attack:
    return Attack("payload", key, make, step, reason)


PAYLOADS: dict[str, Attack] = {
    "good": _attack(signed, None),
    "good, rsa": _attack(lambda: signed(by=RSA), None, key="rsa"),
    "good, ed25519": _attack(lambda: signed(by=EDWARDS), None, key="edwards"),
    "no rule for the repository": _attack(signed, Step.RULE, "covers the repository", "elsewhere"),
    "not fetched, because huge": _attack(lambda: payload_file(None, ""), Step.SIZE, "larger than"),
    "huge": _attack(lambda: signed(b"x" * (MAX_PAYLOAD_BYTES + 1)), Step.SIZE, "larger than"),
    "no signature": _attack(lambda: payload_file(PAYLOAD, ""), Step.ENCODING, "not base64"),
    "signature that is not base64": _attack(lambda: payload_file(PAYLOAD, "*"), Step.ENCODING, "not base64"),
    "signature beyond measure": _attack(
        lambda: payload_file(PAYLOAD, "A" * 5000), Step.ENCODING, "not base64"
    ),
    "truncated DER": _attack(
        lambda: with_signature(ALICE.sign(PAYLOAD)[:-1]), Step.ENCODING, "any kind of key"
    ),
    "padded DER": _attack(
        lambda: with_signature(ALICE.sign(PAYLOAD) + b"\0"), Step.ENCODING, "any kind of key"
    ),
    "raw numbers instead of DER": _attack(
        lambda: with_signature(b"\1" * 64), Step.ENCODING, "any kind of key"
    ),
    "numbers that are zero": _attack(
        lambda: with_signature(encode_dss_signature(0, 0)), Step.SIGNATURE, "no signer"
    ),
    "algorithm confusion, a public key as a shared secret": _attack(
        shared_secret, Step.ENCODING, "any kind of key"
    ),
    "algorithm confusion, rsa signature for an elliptic key": _attack(
        lambda: signed(by=RSA), Step.ENCODING, "any kind of key"
    ),
    "algorithm confusion, elliptic signature for an rsa key": _attack(
        signed, Step.ENCODING, "any kind of key", "rsa"
    ),
    "algorithm confusion, another digest": _attack(wide_digest, Step.SIGNATURE, "no signer"),
    "weak digest under an rsa key": _attack(weak_padding, Step.SIGNATURE, "no signer", "rsa"),
    "rsa signature of another length": _attack(
        lambda: with_signature(b"x" * 383), Step.ENCODING, "any kind of key", "rsa"
    ),
    "ed25519 signature of another length": _attack(
        lambda: with_signature(b"x" * 63), Step.ENCODING, "any kind of key", "edwards"
    ),
    "signed by nobody who is trusted": _attack(lambda: signed(by=MALLORY), Step.SIGNATURE, "no signer"),
    "signature of another payload": _attack(
        lambda: payload_file(PAYLOAD, ALICE.sign_text(b"other")), Step.SIGNATURE, "no signer"
    ),
    "payload changed by one bit": _attack(
        lambda: payload_file(bytes([PAYLOAD[0] ^ 1, *PAYLOAD[1:]]), ALICE.sign_text(PAYLOAD)),
        Step.SIGNATURE,
        "no signer",
    ),
    "revoked key": _attack(signed, Step.TIME, "was revoked", "revoked"),
    "key whose time has ended": _attack(signed, Step.TIME, "counted until", "ended"),
    "key whose time has not come": _attack(signed, Step.TIME, "counts from", "not-yet"),
    "timestamp of nobody beside a revoked key": _attack(
        lambda: payload_file(
            PAYLOAD, ALICE.sign_text(PAYLOAD), timestamp='{"SignedRFC3161Timestamp":"MIIBAA=="}'
        ),
        Step.TIME,
        "was revoked",
        "revoked",
    ),
    "payload that is no JSON": _attack(lambda: signed(b"{"), Step.PAYLOAD, "not JSON"),
    "duplicate JSON keys": _attack(
        lambda: signed(PAYLOAD.replace(b'{"critical":', b'{"critical":{},"critical":', 1)),
        Step.PAYLOAD,
        "stands twice",
    ),
    "payload of another type": _attack(lambda: document(type="x"), Step.PAYLOAD, "critical.type"),
    "payload without an identity": _attack(lambda: document(identity={}), Step.PAYLOAD, "docker-reference"),
    "payload whose digest is none": _attack(
        lambda: document(image={"docker-manifest-digest": "sha256:x"}), Step.PAYLOAD, "a sha256 digest"
    ),
    "wrong digest in payload (replay)": _attack(
        lambda: signed(build_payload(NAME, OTHER)), Step.DIGEST, "not of"
    ),
    "signature for another repository": _attack(
        lambda: signed(build_payload("registry.example/team/other", IMAGE)), Step.IDENTITY, "not for"
    ),
    "repository that only begins the same": _attack(
        lambda: signed(build_payload("registry.example/team/app2", IMAGE)), Step.IDENTITY, "not for"
    ),
    "repository that is no name": _attack(
        lambda: signed(build_payload("registry.example/../app", IMAGE)), Step.IDENTITY, "not for"
    ),
    "one signer where two are needed": _attack(signed, Step.THRESHOLD, "needs 2", "alice-and-bob"),
    "good, the other of two equal numbers": _attack(other_half, None),
}


def statement(digest: Digest = IMAGE, type_: str = ATTESTED, name: str = NAME) -> bytes:
    return build_statement([(name, digest)], type_, b'{"checked":true}')


def attested(content: bytes, *signers: Signing, payload_type: str = "application/vnd.in-toto+json") -> bytes:
    return envelope(content, *signers, payload_type=payload_type)


def resealed(**changes: Any) -> bytes:
    return json.dumps({**json.loads(attested(statement(), ALICE)), **changes}).encode()


def _statement(make: Callable[[], bytes], step: Step | None, reason: str = "", key: str = "alice") -> Attack:
    return Attack("attestation", key, make, step, reason)


ATTESTATIONS: dict[str, Attack] = {
    "good": _statement(lambda: attested(statement(), ALICE), None),
    "several signatures of which one is good": _statement(
        lambda: attested(statement(), MALLORY, ALICE), None
    ),
    "several signatures of which one is good, where two are needed": _statement(
        lambda: attested(statement(), MALLORY, ALICE), Step.THRESHOLD, "needs 2", "alice-and-bob"
    ),
    "one signer twice, where two are needed": _statement(
        lambda: attested(statement(), ALICE, ALICE), Step.THRESHOLD, "needs 2", "alice-and-bob"
    ),
    "signed by nobody who is trusted": _statement(
        lambda: attested(statement(), MALLORY), Step.SIGNATURE, "no signer"
    ),
    "key id of somebody trusted over a signature of somebody else": _statement(
        lambda: attested(statement(), Signing("alice", MALLORY.private)), Step.SIGNATURE, "no signer"
    ),
    "no signatures": _statement(lambda: resealed(signatures=[]), Step.ENCODING, "signatures"),
    "more signatures than are read": _statement(
        lambda: resealed(signatures=[{"sig": "AA=="}] * 65), Step.ENCODING, "signatures"
    ),
    "payload of another envelope": _statement(
        lambda: resealed(payload=json.loads(attested(statement(OTHER), ALICE))["payload"]),
        Step.SIGNATURE,
        "no signer",
    ),
    "payload type that was not signed": _statement(
        lambda: resealed(payloadType="text/plain"), Step.ENCODING, "no statement"
    ),
    "signed text that is no statement": _statement(
        lambda: attested(statement(), ALICE, payload_type="text/plain"), Step.ENCODING, "no statement"
    ),
    "type and payload with the border moved": _statement(
        lambda: resealed(payloadType="application/vnd.in-toto+json "), Step.ENCODING, "no statement"
    ),
    "duplicate JSON keys in the envelope": _statement(
        lambda: attested(statement(), ALICE).replace(b'{"', b'{"payload":"","', 1), Step.ENCODING, "twice"
    ),
    "duplicate JSON keys in the statement": _statement(
        lambda: attested(statement().replace(b'{"_type"', b'{"_type":"","_type"', 1), ALICE),
        Step.PAYLOAD,
        "stands twice",
    ),
    "statement of an unknown kind": _statement(
        lambda: attested(b'{"_type":"x"}', ALICE), Step.PAYLOAD, "_type"
    ),
    "subject is another image": _statement(
        lambda: attested(statement(OTHER), ALICE), Step.DIGEST, "other content"
    ),
    "bill of materials of another platform": _statement(
        lambda: attested(statement(Digest.of(b"an image for arm64")), ALICE), Step.DIGEST, "other content"
    ),
    "subject with a digest of another algorithm": _statement(
        lambda: attested(statement(Digest.of(b"an image", "sha512")), ALICE), Step.DIGEST, "other content"
    ),
    "statement of another type": _statement(
        lambda: attested(statement(type_="https://x"), ALICE), Step.PRESENT, "there is no attestation"
    ),
    "revoked key": _statement(lambda: attested(statement(), ALICE), Step.TIME, "was revoked", "revoked"),
    "nested beyond measure": _statement(lambda: b"[" * 100_000, Step.ENCODING),
    "truncated": _statement(lambda: attested(statement(), ALICE)[:-9], Step.ENCODING, "not JSON"),
}


def bundled(content: bytes, **members: Any) -> bytes:
    return json.dumps(
        {
            "mediaType": BUNDLE_TYPE,
            "verificationMaterial": {"publicKey": {"hint": "x"}},
            "dsseEnvelope": json.loads(content),
            **members,
        }
    ).encode()


def _bundle(make: Callable[[], bytes], step: Step | None, reason: str = "", key: str = "alice") -> Attack:
    return Attack("signature-bundle", key, make, step, reason)


SIGNED = statement(type_=COSIGN_SIGN)
BUNDLES: dict[str, Attack] = {
    "good": _bundle(lambda: bundled(attested(SIGNED, ALICE)), None),
    "of an unknown version": _bundle(
        lambda: bundled(attested(SIGNED, ALICE), mediaType="application/vnd.dev.sigstore.bundle.v9+json"),
        Step.ENCODING,
        "mediaType",
    ),
    "two contents in one": _bundle(
        lambda: bundled(attested(SIGNED, ALICE), messageSignature={}), Step.ENCODING, "nothing else"
    ),
    "no envelope": _bundle(
        lambda: bundled(attested(SIGNED, ALICE), dsseEnvelope=1), Step.ENCODING, "one DSSE envelope"
    ),
    "signed by nobody who is trusted": _bundle(
        lambda: bundled(attested(SIGNED, MALLORY)), Step.SIGNATURE, "no signer"
    ),
    "attestation in place of a signature": _bundle(
        lambda: bundled(attested(statement(), ALICE)), Step.PAYLOAD, "and no signature"
    ),
    "another image": _bundle(
        lambda: bundled(attested(statement(OTHER, COSIGN_SIGN), ALICE)), Step.DIGEST, "other content"
    ),
    "another repository": _bundle(
        lambda: bundled(attested(statement(type_=COSIGN_SIGN, name="registry.example/x"), ALICE)),
        Step.IDENTITY,
        "does not say",
    ),
    "no repository": _bundle(
        lambda: bundled(attested(statement(type_=COSIGN_SIGN, name=""), ALICE)), Step.IDENTITY, "does not say"
    ),
    "certificate beside a signature by a key": _bundle(
        lambda: bundled(attested(SIGNED, ALICE), verificationMaterial={"certificate": {"rawBytes": "AA=="}}),
        Step.SIGNATURE,
        "no signer",
    ),
}
