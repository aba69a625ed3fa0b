"""A Sigstore in memory: an authority, a log of certificates and a log of signatures with one entry each.

What it makes the library believes, so that each way to falsify it can be tried.
"""

import base64
import hashlib
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from lading.foundation import strict_json
from lading.signing import dsse
from lading.signing.statement import PAYLOAD_TYPE
from tests.support.certificates import Authority, key_usage

WHO, ISSUER = "builder@acme.example", "https://issuer.acme.example"
AT = datetime(2026, 3, 1, 11, tzinfo=UTC)
_ISSUER_OID = ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_SCT_OID = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
ECDSA = ec.ECDSA(hashes.SHA256())


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


@dataclass
class Log:
    """A key, and the name by which others know it."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    origin: str = "log.acme.example"

    @property
    def der(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.der).digest()

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message, ECDSA)

    def to_json(self) -> dict[str, Any]:
        return {
            "baseUrl": f"https://{self.origin}",
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": text(self.der),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "validFor": {"start": "2020-01-01T00:00:00Z"},
            },
            "logId": {"keyId": text(self.id)},
        }

    def checkpoint(self, root: bytes, size: int = 1) -> str:
        note = f"{self.origin}\n{size}\n{text(root)}\n"
        return f"{note}\n— {self.origin} {text(self.id[:4] + self.sign(note.encode()))}\n"


@dataclass
class Certified:
    """A key under a certificate that lives for minutes."""

    key: Any
    leaf: x509.Certificate

    @property
    def pem(self) -> str:
        return self.leaf.public_bytes(Encoding.PEM).decode()

    @property
    def der(self) -> bytes:
        return self.leaf.public_bytes(Encoding.DER)

    def sign(self, message: bytes) -> bytes:
        signed: bytes = self.key.sign(message, ECDSA)
        return signed


@dataclass
class SigstoreLog:
    """The authority and both logs."""

    authority: Authority = field(default_factory=lambda: Authority("Acme Fulcio", path_length=0))
    certificates: Log = field(default_factory=lambda: Log(origin="ct.acme.example"))
    signatures: Log = field(default_factory=Log)

    @property
    def trusted_root(self) -> str:
        der = self.authority.certificate.public_bytes(Encoding.DER)
        return json.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "certificateAuthorities": [
                    {
                        "subject": {"organization": "acme", "commonName": "acme"},
                        "uri": "https://fulcio.acme.example",
                        "certChain": {"certificates": [{"rawBytes": text(der)}]},
                        "validFor": {"start": "2020-01-01T00:00:00Z"},
                    }
                ],
                "tlogs": [self.signatures.to_json()],
                "ctlogs": [self.certificates.to_json()],
            }
        )

    def certify(
        self,
        *,
        who: Sequence[x509.GeneralName] | None = None,
        issuer: bytes | None = None,
        key: Any = None,
        purpose: ObjectIdentifier | None = ExtendedKeyUsageOID.CODE_SIGNING,
        signs: bool = True,
        says_usage: bool = True,
        start: datetime = AT - timedelta(minutes=1),
        issuer_oid: ObjectIdentifier = _ISSUER_OID,
        logged: bool = True,
    ) -> Certified:
        own = key or new_key()
        names = [x509.RFC822Name(WHO)] if who is None else list(who)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.authority.certificate.subject)
            .public_key(own.public_key())
            .serial_number(4711)
            .not_valid_before(start)
            .not_valid_after(start + timedelta(minutes=10))
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.authority.key.public_key()),
                critical=False,
            )
        )
        if says_usage:
            builder = builder.add_extension(
                key_usage(digital_signature=signs, key_agreement=not signs), critical=True
            )
        if purpose is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
        raw = b"\x0c" + bytes([len(ISSUER)]) + ISSUER.encode() if issuer is None else issuer
        if raw:
            builder = builder.add_extension(x509.UnrecognizedExtension(issuer_oid, raw), critical=False)
        if logged:
            before = builder.sign(self.authority.key, hashes.SHA256())
            entry = self._certificate_entry(before)
            builder = builder.add_extension(x509.UnrecognizedExtension(_SCT_OID, entry), critical=False)
        return Certified(own, builder.sign(self.authority.key, hashes.SHA256()))

    def _certificate_entry(self, before: x509.Certificate) -> bytes:
        """The list of one signed certificate timestamp (RFC 6962, sections 3.2 and 3.3)."""
        spki = self.authority.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        tbs = before.tbs_certificate_bytes
        moment = struct.pack("!Q", int(AT.timestamp() * 1000))
        entry = hashlib.sha256(spki).digest() + len(tbs).to_bytes(3, "big") + tbs
        signature = self.certificates.sign(b"\x00\x00" + moment + b"\x00\x01" + entry + b"\x00\x00")
        timestamp = b"\x00" + self.certificates.id + moment + b"\x00\x00"
        timestamp += b"\x04\x03" + struct.pack("!H", len(signature)) + signature
        listed = struct.pack("!H", len(timestamp)) + timestamp
        whole = struct.pack("!H", len(listed)) + listed
        return b"\x04" + (bytes([len(whole)]) if len(whole) < 128 else b"\x81" + bytes([len(whole)])) + whole

    def promise(self, body: bytes, at: datetime = AT) -> tuple[dict[str, Any], bytes]:
        """What is promised, and the log's signature over it."""
        promised: dict[str, Any] = {
            "body": text(body),
            "integratedTime": int(at.timestamp()),
            "logID": self.signatures.id.hex(),
            "logIndex": 0,
        }
        return promised, self.signatures.sign(strict_json.encode_canonical(promised))

    def annotation(self, body: bytes, at: datetime = AT) -> str:
        """A log entry as cosign 1 and 2 keep it beside a signature."""
        promised, signed = self.promise(body, at)
        return json.dumps({"Payload": promised, "SignedEntryTimestamp": text(signed)})

    def bundle(self, statement: bytes, who: Certified, *, at: datetime = AT) -> dict[str, Any]:
        """A bundle of version 0.3 around a statement, as a decoded object."""
        signature = who.sign(dsse.pre_authentication_encoding(PAYLOAD_TYPE, statement))
        body = dsse_body(statement, signature, who)
        promised, signed = self.promise(body, at)
        root = hashlib.sha256(b"\x00" + body).digest()
        return {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {"rawBytes": text(who.der)},
                "tlogEntries": [
                    {
                        "logIndex": "0",
                        "logId": {"keyId": text(self.signatures.id)},
                        "kindVersion": {"kind": "dsse", "version": "0.0.1"},
                        "integratedTime": str(promised["integratedTime"]),
                        "inclusionPromise": {"signedEntryTimestamp": text(signed)},
                        "inclusionProof": {
                            "logIndex": "0",
                            "rootHash": text(root),
                            "treeSize": "1",
                            "hashes": [],
                            "checkpoint": {"envelope": self.signatures.checkpoint(root)},
                        },
                        "canonicalizedBody": text(body),
                    }
                ],
            },
            "dsseEnvelope": {
                "payload": text(statement),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"sig": text(signature)}],
            },
        }


def dsse_body(statement: bytes, signature: bytes, who: Certified) -> bytes:
    """What the log keeps of an envelope."""
    return strict_json.encode_canonical(
        {
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {
                "envelopeHash": {"algorithm": "sha256", "value": hashlib.sha256(b"envelope").hexdigest()},
                "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(statement).hexdigest()},
                "signatures": [{"signature": text(signature), "verifier": text(who.pem.encode())}],
            },
        }
    )


def payload_body(payload: bytes, signature: bytes, who: Certified, **changed: Any) -> bytes:
    """What the log keeps of a signature over a payload."""
    document: dict[str, Any] = {
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": {"hash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()}},
            "signature": {"content": text(signature), "publicKey": {"content": text(who.pem.encode())}},
        },
    }
    return strict_json.encode_canonical({**document, **changed})
