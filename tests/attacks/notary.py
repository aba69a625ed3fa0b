"""How attacks on envelopes of the Notary Project are made, and the step that refuses each."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from lading.oci.digest import Digest
from lading.signing import cbor, notary
from lading.signing.cbor import Tagged
from lading.signing.verdicts import Step
from tests.support.certificates import END, START, Authority, Holder
from tests.support.notary_envelopes import (
    BY_AUTHORITY,
    EXPIRED,
    GOOD_HEADERS,
    HOLDER,
    PAYLOAD,
    ROOT,
    cose,
    cose_headers,
    jws,
)


def changed(**headers: Any) -> bytes:
    return jws({**GOOD_HEADERS, **headers})


def without(*names: str) -> bytes:
    return jws({key: value for key, value in GOOD_HEADERS.items() if key not in names})


def with_text(member: str, value: Any) -> bytes:
    return json.dumps({**json.loads(jws()), member: value}).encode()


def broken() -> bytes:
    holder = Authority("Middle", issuer=ROOT).issue()
    return jws(holder=holder, chain=holder.ders[:1])


def _issued_by_leaf() -> Holder:
    """A certificate whose issuer is a leaf that calls itself an authority (basic constraints bypass)."""
    leaf = ROOT.issue("Acme Root")
    false = Authority("Acme Root", key=leaf.key)
    holder = false.issue()
    return Holder(holder.key, [holder.chain[0], leaf.chain[0], ROOT.certificate])


def _constrained(host: str) -> Holder:
    names = x509.NameConstraints([x509.DNSName("acme.example")], None)
    return Authority("Constrained", issuer=ROOT, constraints=names).issue(host=host)


def _too_long() -> Holder:
    short = Authority("Short", issuer=ROOT, path_length=0)
    return Authority("Deeper", issuer=short).issue()


JWS_ATTACKS: dict[str, tuple[Callable[[], bytes | None], Step, str]] = {
    "not fetched, because huge": (lambda: None, Step.SIZE, "larger than"),
    "huge": (lambda: b"x" * (notary.MAX_ENVELOPE_BYTES + 1), Step.SIZE, "larger than"),
    "no JSON": (lambda: b"{", Step.ENCODING, "is not JSON"),
    "duplicate keys in the envelope": (
        lambda: jws().replace(b'{"payload"', b'{"payload":"","payload"', 1),
        Step.ENCODING,
        "stands twice",
    ),
    "duplicate keys in the protected header": (
        lambda: jws(json.dumps(GOOD_HEADERS).replace("{", '{"alg":"none",', 1).encode()),
        Step.ENCODING,
        "stands twice",
    ),
    "algorithm none": (lambda: changed(alg="none"), Step.SIGNATURE, "as none"),
    "algorithm confusion: a public key as a shared secret": (
        lambda: changed(alg="HS256"),
        Step.SIGNATURE,
        "as HS256",
    ),
    "algorithm of another curve": (lambda: changed(alg="ES384"), Step.SIGNATURE, "as ES384"),
    "algorithm that is no text": (lambda: changed(alg=1), Step.ENCODING, "alg must be a string"),
    "another content type": (lambda: changed(cty="text/plain"), Step.ENCODING, "content type"),
    "an unknown signing scheme": (lambda: changed(**{notary.SCHEME: "x"}), Step.ENCODING, "signing scheme"),
    "a signing scheme that is a list": (lambda: changed(**{notary.SCHEME: ["x"]}), Step.ENCODING, "scheme"),
    "no critical headers": (lambda: without("crit"), Step.ENCODING, "must be a list"),
    "a critical header that nobody knows": (
        lambda: changed(crit=[notary.SCHEME, "plugin"], plugin="x"),
        Step.ENCODING,
        "is not understood",
    ),
    "a critical header that is not there": (
        lambda: changed(crit=[notary.SCHEME, notary.EXPIRY]),
        Step.ENCODING,
        "is not there",
    ),
    "an expiry that is not critical, to be skipped": (
        lambda: changed(**{notary.EXPIRY: "2026-01-01T00:00:00Z"}),
        Step.ENCODING,
        "must be critical",
    ),
    "an authentic time under the wrong scheme": (
        lambda: jws({**BY_AUTHORITY, notary.SCHEME: notary.SCHEME_X509}),
        Step.ENCODING,
        "belongs to the scheme",
    ),
    "a protected header among the unprotected": (
        lambda: jws(beside={notary.EXPIRY: "2099-01-01T00:00:00Z"}),
        Step.ENCODING,
        "must be protected",
    ),
    "an unprotected header that is no object": (lambda: jws(header=1), Step.ENCODING, "must be an object"),
    "no chain": (lambda: jws(header={}), Step.ENCODING, "x5c must be a list"),
    "an empty chain": (lambda: jws(chain=[]), Step.ENCODING, "brings 1 to"),
    "an endless chain": (lambda: jws(chain=HOLDER.ders * 6), Step.ENCODING, "brings 1 to"),
    "a huge certificate": (lambda: jws(chain=[b"x" * 70_000]), Step.ENCODING, "too large"),
    "a truncated certificate": (lambda: jws(chain=[HOLDER.ders[0][:-9]]), Step.ENCODING, "cannot be read"),
    "a padded certificate": (lambda: jws(chain=[HOLDER.ders[0] + b"\0"]), Step.ENCODING, "cannot be read"),
    "a chain that is not base64": (lambda: jws(header={"x5c": ["*"]}), Step.ENCODING, "must be base64"),
    "a chain of numbers": (lambda: jws(header={"x5c": [1]}), Step.ENCODING, "must be base64"),
    "a payload that is no text": (lambda: with_text("payload", 1), Step.ENCODING, "must be base64url"),
    "a signature with stray bits": (
        lambda: with_text("signature", "A" * 85 + "B"),
        Step.ENCODING,
        "stray bits",
    ),
    "a critical header that is a list": (lambda: changed(crit=[[]]), Step.ENCODING, "is not understood"),
    "a signature of odd length": (lambda: jws(signature=b"x"), Step.SIGNATURE, "did not make"),
    "base64 with an impossible length": (
        lambda: with_text("signature", "AAAAA"),
        Step.ENCODING,
        "base64url",
    ),
    "a timestamp that is not base64": (
        lambda: jws(beside={notary.TIMESTAMP: "*"}),
        Step.ENCODING,
        "must be base64",
    ),
    "a signing time without zone": (
        lambda: changed(**{notary.SIGNING_TIME: "2026-01-01T00:00:00"}),
        Step.ENCODING,
        "must be a moment",
    ),
    "a signing time that is no moment": (
        lambda: changed(**{notary.SIGNING_TIME: "yesterday"}),
        Step.ENCODING,
        "must be a moment",
    ),
    "a signing time that is a number": (lambda: changed(**{notary.SIGNING_TIME: 1}), Step.ENCODING, "moment"),
    "the payload of another signature": (
        lambda: with_text("payload", json.loads(jws(payload=b"{}"))["payload"]),
        Step.SIGNATURE,
        "did not make",
    ),
    "a key that is not used here": (
        lambda: jws(holder=ROOT.issue(key=ec.generate_private_key(ec.SECP521R1())), signature=b"x" * 132),
        Step.SIGNATURE,
        "did not make",
    ),
    "an RSA key of an odd size": (
        lambda: jws(holder=ROOT.issue(key=rsa.generate_private_key(65537, 2560)), signature=b"x" * 320),
        Step.SIGNATURE,
        "did not make",
    ),
    "an RSA signature under another algorithm": (
        lambda: jws(
            {**GOOD_HEADERS, "alg": "PS256"},
            holder=ROOT.issue(key=rsa.generate_private_key(65537, 3072)),
        ),
        Step.SIGNATURE,
        "did not make",
    ),
    "expired": (lambda: jws(EXPIRED), Step.CERTIFICATE, "has expired"),
    "an authority that may not vouch for time": (
        lambda: jws(BY_AUTHORITY),
        Step.CERTIFICATE,
        "may not vouch",
    ),
    "a chain that leads elsewhere": (
        lambda: jws(holder=Authority("Acme Root").issue()),
        Step.CERTIFICATE,
        "does not lead to",
    ),
    "a broken chain": (broken, Step.CERTIFICATE, "does not lead to"),
    "a certificate that has expired": (
        lambda: jws(holder=ROOT.issue(end=START + timedelta(days=1))),
        Step.CERTIFICATE,
        "does not lead to",
    ),
    "a certificate that is not yet valid": (
        lambda: jws(holder=ROOT.issue(start=END - timedelta(days=9))),
        Step.CERTIFICATE,
        "does not lead to",
    ),
    "an authority that was made by a leaf": (
        lambda: jws(holder=_issued_by_leaf()),
        Step.CERTIFICATE,
        "does not lead to",
    ),
    "a certificate for servers": (
        lambda: jws(holder=ROOT.issue(purpose=ExtendedKeyUsageOID.SERVER_AUTH)),
        Step.CERTIFICATE,
        "not for code signing",
    ),
    "a certificate whose key is not for signatures": (
        lambda: jws(holder=ROOT.issue(signs=False)),
        Step.CERTIFICATE,
        "not for signatures",
    ),
    "an authority's own certificate as the signer's": (
        lambda: jws(holder=Holder(ROOT.key, [ROOT.certificate])),
        Step.CERTIFICATE,
        "not for signatures",
    ),
    "a certificate for another name": (
        lambda: jws(holder=_constrained("evil.example")),
        Step.CERTIFICATE,
        "does not lead to",
    ),
    "a path that is too long": (lambda: jws(holder=_too_long()), Step.CERTIFICATE, "does not lead to"),
    "a weak RSA key": (
        lambda: jws(
            {**GOOD_HEADERS, "alg": "PS256"}, holder=ROOT.issue(key=rsa.generate_private_key(65537, 2048))
        ),
        Step.CERTIFICATE,
        "3072",
    ),
    "another image (replay)": (
        lambda: jws(payload=notary.build_payload("x", Digest.of(b"other"), 1)),
        Step.DIGEST,
        "not of",
    ),
    "a payload with more than a target": (
        lambda: jws(payload=PAYLOAD[:-1] + b',"more":1}'),
        Step.PAYLOAD,
        "nothing else",
    ),
    "a target that is no descriptor": (
        lambda: jws(payload=b'{"targetArtifact":{"digest":1}}'),
        Step.PAYLOAD,
        "must be a descriptor",
    ),
    "a payload that is no JSON": (lambda: jws(payload=b"x"), Step.PAYLOAD, "is not JSON"),
}


COSE_ATTACKS: dict[str, tuple[Callable[[], bytes], Step, str]] = {
    "another tag": (lambda: cose(tag=98), Step.ENCODING, "COSE_Sign1"),
    "no tag": (lambda: cbor.encode([b"", {}, b"", b""]), Step.ENCODING, "COSE_Sign1"),
    "three parts": (lambda: cbor.encode(Tagged(18, [b"", {}, b""])), Step.ENCODING, "two headers"),
    "a protected header that is no map": (lambda: cose(cbor.encode([])), Step.ENCODING, "must be a map"),
    "duplicate keys": (
        lambda: cose(b"\xa2\x01\x26\x01\x26"),
        Step.ENCODING,
        "stands twice",
    ),
    "a protected header among the unprotected": (
        lambda: cose(beside={33: HOLDER.ders, 1: -7}),
        Step.ENCODING,
        "must be protected",
    ),
    "an unknown algorithm": (lambda: cose(cose_headers(alg=-999)), Step.ENCODING, "is not used"),
    "no algorithm": (lambda: cose(cose_headers(alg=None)), Step.ENCODING, "is not used"),
    "an algorithm of another key": (lambda: cose(cose_headers(alg=-37)), Step.SIGNATURE, "as PS256"),
    "a timestamp that is no bytes": (
        lambda: cose(beside={33: HOLDER.ders, notary.TIMESTAMP: "x"}),
        Step.ENCODING,
        "must be bytes",
    ),
    "no chain": (lambda: cose(beside={}), Step.ENCODING, "must be a list"),
    "a chain of texts": (lambda: cose(beside={33: ["x"]}), Step.ENCODING, "must be a list"),
    "a time that is a text": (
        lambda: cose(cose_headers(**{notary.SIGNING_TIME: "2026"})),
        Step.ENCODING,
        "must be a moment",
    ),
    "a time beyond all calendars": (
        lambda: cose(cose_headers(**{notary.SIGNING_TIME: Tagged(1, 1 << 62)})),
        Step.ENCODING,
        "must be a moment",
    ),
    "a text that is not UTF-8": (lambda: b"\x61\xff", Step.ENCODING, "not UTF-8"),
    "nested beyond measure": (lambda: b"\x81" * 20 + b"\x00", Step.ENCODING, "levels deep"),
    "an array of a million": (lambda: b"\x9a\x00\x10\x00\x00", Step.ENCODING, "parts"),
    "an indefinite length": (lambda: b"\x9f\xff", Step.ENCODING, "no definite length"),
    "a float": (lambda: b"\xf9\x00\x00", Step.ENCODING, "no definite length"),
    "an undefined value": (lambda: b"\xf7", Step.ENCODING, "not used here"),
    "a number that could be shorter": (lambda: b"\x18\x01", Step.ENCODING, "could be shorter"),
    "a wide number that could be shorter": (lambda: b"\x19\x00\x18", Step.ENCODING, "could be shorter"),
    "truncated": (lambda: cose()[:-1], Step.ENCODING, "ends too early"),
    "padded": (lambda: cose() + b"\x00", Step.ENCODING, "something follows it"),
    "a key that is a list": (lambda: b"\xa1\x80\x00", Step.ENCODING, "neither a number nor a text"),
}
