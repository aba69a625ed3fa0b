"""How attacks on signatures under certificates are made, with logs and without."""

import base64
import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from lading.oci.digest import Digest
from lading.signing import dsse
from lading.signing.cosign import build_payload
from lading.signing.sigstore_bundle import COSIGN_SIGN, encode_certified_bundle
from lading.signing.statement import PAYLOAD_TYPE, build_statement
from lading.signing.verdicts import Step
from tests.attacks.case import AT, IMAGE, Attack, payload_file
from tests.support.certificates import Authority, openssl_tsa
from tests.support.sigstore_log import ISSUER, WHO, Certified, Log, SigstoreLog, payload_body, text

NAME = "registry.example/team/app"
PAYLOAD = build_payload(NAME, IMAGE)
STATEMENT = build_statement([(NAME, IMAGE)], COSIGN_SIGN, b"{}")
OTHER = build_statement([(NAME, Digest.of(b"another image"))], COSIGN_SIGN, b"{}")
LOGGED = SigstoreLog()
BUILDER = LOGGED.certify()
STRANGE_LOG, STRANGE_AUTHORITY = (
    Log(origin=LOGGED.signatures.origin),
    SigstoreLog(certificates=LOGGED.certificates),
)
LATER = AT + timedelta(days=1)


def policy_of(root: str, subject: str = WHO, issuer: str = ISSUER) -> str:
    return (
        f"[[roots]]\nname = \"acme\"\ntrusted-root = '''{root}'''\n[[identities]]\nname = \"builder\"\n"
        f'root = "acme"\nissuer = "{issuer}"\nsubject = "{subject}"\n[[trust]]\nname = "all"\n'
        'repositories = ["**"]\nsigners = ["builder"]\n'
    )


# Under a root with logs


def bundle(statement: bytes = STATEMENT, who: Certified = BUILDER, **options: Any) -> dict[str, Any]:
    return LOGGED.bundle(statement, who, **options)


def raw(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def entry_of(document: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = document["verificationMaterial"]["tlogEntries"][0]
    return entry


def falsified(change: Callable[[dict[str, Any]], object], **options: Any) -> Callable[[], bytes]:
    """A good bundle whose log entry is changed in place."""

    def make() -> bytes:
        document = bundle(**options)
        change(entry_of(document))
        return raw(document)

    return make


def checkpoint_of(log: Log, size: int = 1) -> Callable[[dict[str, Any]], object]:
    def change(entry: dict[str, Any]) -> None:
        root = base64.b64decode(entry["inclusionProof"]["rootHash"])
        entry["inclusionProof"]["checkpoint"]["envelope"] = log.checkpoint(root, size)

    return change


def entry_of_another(entry: dict[str, Any]) -> None:
    """A real entry of the log, about another statement."""
    entry.clear()
    entry.update(entry_of(bundle(OTHER)))


def another_root(entry: dict[str, Any]) -> None:
    entry["inclusionProof"]["rootHash"] = text(b"\0" * 32)


def certified(**options: Any) -> Callable[[], bytes]:
    return lambda: raw(bundle(who=LOGGED.certify(**options)))


def _bundle(
    make: Callable[[], bytes | None], step: Step | None, reason: str = "", trust: str = "logged"
) -> Attack:
    return Attack("signature-bundle", trust, make, step, reason)


BUNDLES: dict[str, Attack] = {
    "good": _bundle(lambda: raw(bundle()), None),
    "somebody whom the rule does not name": _bundle(
        certified(who=[x509.RFC822Name("mallory@acme.example")]), Step.SIGNER, "does not name"
    ),
    "issuer whom the rule does not name": _bundle(
        lambda: raw(bundle()), Step.SIGNER, "does not name", "another-issuer"
    ),
    "certificate of another authority": _bundle(
        lambda: raw(bundle(who=STRANGE_AUTHORITY.certify())), Step.CERTIFICATE, "chain"
    ),
    "certificate that had ended when it was logged": _bundle(
        lambda: raw(bundle(at=LATER)), Step.CERTIFICATE, "chain"
    ),
    "certificate that was in no log": _bundle(certified(logged=False), Step.CERTIFICATE, "SCT"),
    "certificate that another log took in": _bundle(
        lambda: raw(bundle(who=SigstoreLog(authority=LOGGED.authority).certify())), Step.CERTIFICATE, "SCT"
    ),
    "certificate for servers": _bundle(
        certified(purpose=ExtendedKeyUsageOID.SERVER_AUTH), Step.CERTIFICATE, "code signing"
    ),
    "certificate whose key is not for signatures": _bundle(
        certified(signs=False), Step.CERTIFICATE, "digital signature"
    ),
    "certificate that names nobody": _bundle(certified(who=[]), Step.CERTIFICATE),
    "certificate that names a host": _bundle(
        certified(who=[x509.DNSName("acme.example")]), Step.CERTIFICATE, "whom it was issued to"
    ),
    "certificate without an issuer of identities": _bundle(
        certified(issuer=b""), Step.CERTIFICATE, "whom it was issued to"
    ),
    "issuer of identities that is no text": _bundle(
        certified(issuer=b"\x04\x01x"), Step.CERTIFICATE, "not text"
    ),
    "log entry that is missing": _bundle(
        lambda: raw({**bundle(), "verificationMaterial": {"certificate": {"rawBytes": text(BUILDER.der)}}}),
        Step.CERTIFICATE,
    ),
    "log entry that does not match": _bundle(falsified(entry_of_another), Step.CERTIFICATE, "does not match"),
    "log entry under the promise of another log": _bundle(
        falsified(
            lambda entry: entry["inclusionPromise"].update(
                signedEntryTimestamp=text(STRANGE_LOG.sign(b"promise"))
            )
        ),
        Step.CERTIFICATE,
        "log entry",
    ),
    "log entry whose time was moved": _bundle(
        falsified(lambda entry: entry.update(integratedTime=str(int(entry["integratedTime"]) + 1))),
        Step.CERTIFICATE,
        "log entry",
    ),
    "checkpoint for another log": _bundle(
        falsified(checkpoint_of(STRANGE_LOG)), Step.CERTIFICATE, "checkpoint"
    ),
    "checkpoint of another root": _bundle(falsified(another_root), Step.CERTIFICATE, "log entry"),
    "proof of inclusion in a larger log": _bundle(
        falsified(lambda entry: entry["inclusionProof"].update(treeSize="2")), Step.CERTIFICATE, "log entry"
    ),
    "envelope with another statement": _bundle(
        lambda: raw({**bundle(), "dsseEnvelope": bundle(OTHER)["dsseEnvelope"]}), Step.CERTIFICATE
    ),
    "another image": _bundle(lambda: raw(bundle(OTHER)), Step.DIGEST, "other content"),
    "two certificates' worth of signatures": _bundle(
        lambda: raw(
            {
                **bundle(),
                "dsseEnvelope": {
                    **bundle()["dsseEnvelope"],
                    "signatures": bundle()["dsseEnvelope"]["signatures"] * 2,
                },
            }
        ),
        Step.CERTIFICATE,
    ),
    "bundle of another root": _bundle(lambda: raw(bundle()), Step.CERTIFICATE, "", "another-root"),
}


# As cosign 1 and 2 keep it: the log's promise beside the payload


def promised(
    payload: bytes = PAYLOAD,
    who: Certified = BUILDER,
    *,
    body: bytes | None = None,
    signature: bytes | None = None,
    log: SigstoreLog = LOGGED,
    **options: Any,
) -> bytes:
    made = who.sign(payload) if signature is None else signature
    entry = payload_body(payload, made, who) if body is None else body
    return payload_file(payload, text(made), certificate=who.pem, log_entry=log.annotation(entry, **options))


def with_entry(change: Callable[[dict[str, Any]], object]) -> Callable[[], bytes]:
    """A good one whose logged body is changed before the log promised it."""

    def make() -> bytes:
        signature = BUILDER.sign(PAYLOAD)
        body = json.loads(payload_body(PAYLOAD, signature, BUILDER))
        change(body)
        return promised(signature=signature, body=json.dumps(body).encode())

    return make


def _promised(
    make: Callable[[], bytes | None], step: Step | None, reason: str = "", trust: str = "logged"
) -> Attack:
    return Attack("payload", trust, make, step, reason)


def of_other_key(key: Any) -> Callable[[], bytes]:
    return lambda: promised(who=LOGGED.certify(key=key), signature=b"x", body=b"{}")


PROMISED: dict[str, Attack] = {
    "good": _promised(promised, None),
    "promise of another log": _promised(
        lambda: promised(log=SigstoreLog(authority=LOGGED.authority, certificates=LOGGED.certificates)),
        Step.CERTIFICATE,
        "invalid signature",
    ),
    "promise under a root without logs": _promised(promised, Step.CERTIFICATE, "names no log", "unlogged"),
    "no log entry": _promised(
        lambda: payload_file(PAYLOAD, text(BUILDER.sign(PAYLOAD)), certificate=BUILDER.pem),
        Step.CERTIFICATE,
        "no log entry",
    ),
    "damaged log entry": _promised(
        lambda: payload_file(
            PAYLOAD, text(BUILDER.sign(PAYLOAD)), certificate=BUILDER.pem, log_entry='{"Payload":{}}'
        ),
        Step.ENCODING,
        "Payload must have",
    ),
    "certificate of another authority": _promised(
        lambda: promised(who=STRANGE_AUTHORITY.certify()), Step.CERTIFICATE, "chain"
    ),
    "certificate that had ended when it was logged": _promised(
        lambda: promised(at=LATER), Step.CERTIFICATE, "chain"
    ),
    "certificate that was in no log": _promised(
        lambda: promised(who=LOGGED.certify(logged=False)), Step.CERTIFICATE, "certificate timestamp"
    ),
    "certificate that does not say what it is for": _promised(
        lambda: promised(who=LOGGED.certify(says_usage=False)), Step.CERTIFICATE, "what its key is for"
    ),
    "certificate for servers": _promised(
        lambda: promised(who=LOGGED.certify(purpose=ExtendedKeyUsageOID.SERVER_AUTH)),
        Step.CERTIFICATE,
        "not for signing code",
    ),
    "certificate whose key is not for signatures": _promised(
        lambda: promised(who=LOGGED.certify(signs=False)), Step.CERTIFICATE, "not for signing code"
    ),
    "certificate with a key of another kind": _promised(
        of_other_key(ed448.Ed448PrivateKey.generate()), Step.CERTIFICATE
    ),
    "certificate with a key of another curve": _promised(
        of_other_key(ec.generate_private_key(ec.SECP521R1())), Step.CERTIFICATE, "not used"
    ),
    "signature of another payload": _promised(
        lambda: promised(signature=BUILDER.sign(b"other")), Step.CERTIFICATE, "did not make"
    ),
    "log entry of another kind": _promised(
        with_entry(lambda body: body.update(kind="intoto")), Step.CERTIFICATE, "of another signature"
    ),
    "log entry without a specification": _promised(
        with_entry(lambda body: body.update(spec={})), Step.CERTIFICATE, "of another signature"
    ),
    "log entry of another signature": _promised(
        with_entry(lambda body: body["spec"]["signature"].update(content=text(BUILDER.sign(b"other")))),
        Step.CERTIFICATE,
        "of another signature",
    ),
    "log entry of another certificate": _promised(
        with_entry(
            lambda body: body["spec"]["signature"]["publicKey"].update(
                content=text(LOGGED.certify().pem.encode())
            )
        ),
        Step.CERTIFICATE,
        "of another signature",
    ),
    "log entry of another payload": _promised(
        with_entry(lambda body: body["spec"]["data"]["hash"].update(value="00" * 32)),
        Step.CERTIFICATE,
        "of another signature",
    ),
    "log entry with another digest algorithm": _promised(
        with_entry(lambda body: body["spec"]["data"]["hash"].update(algorithm="sha1")),
        Step.CERTIFICATE,
        "of another signature",
    ),
    "certificate that names a host": _promised(
        lambda: promised(who=LOGGED.certify(who=[x509.DNSName("acme.example")])),
        Step.CERTIFICATE,
        "whom it was issued to",
    ),
    "another image": _promised(
        lambda: promised(build_payload(NAME, Digest.of(b"another image"))), Step.DIGEST, "not of"
    ),
}


# Under a root that names no log: a timestamp authority says when


@lru_cache(maxsize=1)
def stamping() -> tuple[Callable[[bytes], bytes], str, str]:
    """Two timestamp authorities of openssl: what the first stamps, and the roots of both."""
    # The folder must outlive every stamp of this run; the system clears its temporary files.
    stamp, root = openssl_tsa(Path(tempfile.mkdtemp(prefix="stamps-")))
    _, other = openssl_tsa(Path(tempfile.mkdtemp(prefix="stamps-")), common="Other TSA")
    return stamp, root, other


def authority_json(pem: str, **valid: str) -> dict[str, Any]:
    ders = [each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(pem.encode())]
    return {
        "certChain": {"certificates": [{"rawBytes": text(der)} for der in ders]},
        "validFor": {"start": "2020-01-01T00:00:00Z", **valid},
    }


PRIVATE = SigstoreLog(
    authority=Authority("Acme Fulcio", issuer=Authority("Acme Private Root"), path_length=0)
)


def unlogged_root(*, stamps: str = "", ended: str = "", stamps_ended: str = "", between: bool = True) -> str:
    _, root, _ = stamping()
    issuer = PRIVATE.authority.issuer
    assert issuer is not None
    chain = (PRIVATE.authority.pem + issuer.pem) if between else PRIVATE.authority.pem
    return json.dumps(
        {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "certificateAuthorities": [authority_json(chain, **({"end": ended} if ended else {}))],
            "timestampAuthorities": [
                authority_json(stamps or root, **({"end": stamps_ended} if stamps_ended else {}))
            ],
        }
    )


def now_certified(**options: Any) -> Certified:
    """Under a certificate of this moment: openssl stamps with the clock of the machine."""
    from datetime import UTC, datetime  # noqa: PLC0415

    options.setdefault("start", datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1))
    return PRIVATE.certify(logged=False, **options)


def stamped(
    statement: bytes = STATEMENT,
    who: Certified | None = None,
    *,
    stamp_of: Callable[[bytes], bytes] = lambda signature: signature,
    signature: bytes | None = None,
) -> bytes:
    signer = who or now_certified()
    made = signer.sign(dsse.pre_authentication_encoding(PAYLOAD_TYPE, statement))
    made = made if signature is None else signature
    sealed = dsse.Envelope(PAYLOAD_TYPE, statement, (dsse.EnvelopeSignature(made),))
    return encode_certified_bundle(sealed, signer.der, stamping()[0](stamp_of(made)))


def without_stamp() -> bytes:
    document = json.loads(stamped())
    del document["verificationMaterial"]["timestampVerificationData"]
    return raw(document)


def with_material(**material: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        document = json.loads(stamped())
        document["verificationMaterial"] |= material
        return raw(document)

    return make


def twice_signed() -> bytes:
    document = json.loads(stamped())
    document["dsseEnvelope"]["signatures"] *= 2
    return raw(document)


def beside(**given: str) -> bytes:
    """As cosign 2 keeps it, with a timestamp and no log entry."""
    who = now_certified()
    made = who.sign(PAYLOAD)
    stamp = json.dumps({"SignedRFC3161Timestamp": text(stamping()[0](made))})
    return payload_file(PAYLOAD, text(made), **{"certificate": who.pem, "timestamp": stamp, **given})


def _unlogged(
    make: Callable[[], bytes | None], step: Step | None, reason: str = "", trust: str = "unlogged"
) -> Attack:
    return Attack("signature-bundle", trust, make, step, reason)


LONG_AGO = AT - timedelta(days=60)
UNLOGGED: dict[str, Attack] = {
    "good": _unlogged(stamped, None),
    "good, authority without its root": _unlogged(stamped, None, trust="unlogged-between"),
    "chain of another certificate": _unlogged(
        with_material(x509CertificateChain={"certificates": [{"rawBytes": text(now_certified().der)}]}),
        Step.CERTIFICATE,
        "did not make",
    ),
    "no timestamp": _unlogged(without_stamp, Step.CERTIFICATE, "says when it was signed"),
    "timestamp of another signature": _unlogged(
        lambda: stamped(stamp_of=lambda _: b"other"), Step.CERTIFICATE, "says when it was signed"
    ),
    "timestamp of an authority that is not in the root": _unlogged(
        stamped, Step.CERTIFICATE, "says when it was signed", "unlogged-other-stamps"
    ),
    "timestamp authority that no longer counted": _unlogged(
        stamped, Step.CERTIFICATE, "says when it was signed", "unlogged-stamps-ended"
    ),
    "certificate authority that no longer counted": _unlogged(
        stamped, Step.CERTIFICATE, "does not count at that moment", "unlogged-ended"
    ),
    "certificate that had ended when it was stamped": _unlogged(
        lambda: stamped(who=now_certified(start=LONG_AGO)), Step.CERTIFICATE, "does not lead to"
    ),
    "certificate that is not yet valid": _unlogged(
        lambda: stamped(who=now_certified(start=AT + timedelta(days=3000))),
        Step.CERTIFICATE,
        "does not lead to",
    ),
    "certificate of another authority": _unlogged(
        lambda: stamped(who=STRANGE_AUTHORITY.certify()), Step.CERTIFICATE, "does not lead to"
    ),
    "certificate for servers": _unlogged(
        lambda: stamped(who=now_certified(purpose=ExtendedKeyUsageOID.SERVER_AUTH)),
        Step.CERTIFICATE,
        "not for code signing",
    ),
    "certificate for no purpose": _unlogged(
        lambda: stamped(who=now_certified(purpose=None)), Step.CERTIFICATE, "not for signing code"
    ),
    "certificate that names nobody": _unlogged(lambda: stamped(who=now_certified(who=[])), Step.CERTIFICATE),
    "certificate without an issuer of identities": _unlogged(
        lambda: stamped(who=now_certified(issuer=b"")), Step.CERTIFICATE, "whom it was issued to"
    ),
    "certificate with a key of another kind": _unlogged(
        lambda: stamped(who=_Stiff(now_certified(key=ed448.Ed448PrivateKey.generate()))),
        Step.CERTIFICATE,
        "kind that is not used",
    ),
    "signature of another statement": _unlogged(
        lambda: stamped(signature=now_certified().sign(b"other")), Step.CERTIFICATE, "did not make"
    ),
    "two signatures": _unlogged(twice_signed, Step.CERTIFICATE, "exactly one signature"),
    "certificates that are no list": _unlogged(
        with_material(x509CertificateChain={"certificates": 1}), Step.CERTIFICATE, "must be a list"
    ),
    "certificate that is not base64": _unlogged(
        with_material(certificate={"rawBytes": "*"}), Step.CERTIFICATE, "must be base64"
    ),
    "somebody whom the rule does not name": _unlogged(
        lambda: stamped(who=now_certified(who=[x509.RFC822Name("mallory@acme.example")])),
        Step.SIGNER,
        "does not name",
    ),
    "another image": _unlogged(lambda: stamped(OTHER), Step.DIGEST, "other content"),
    "bundle without a log entry under a root with logs": _unlogged(stamped, Step.CERTIFICATE, "", "logged"),
}
STAMPED_PAYLOADS: dict[str, Attack] = {
    "good": Attack("payload", "unlogged", beside, None),
    "no timestamp": Attack(
        "payload", "unlogged", lambda: beside(timestamp=""), Step.CERTIFICATE, "says when it was signed"
    ),
    "certificate that is none": Attack(
        "payload", "unlogged", lambda: beside(certificate="x"), Step.ENCODING, "not certificates"
    ),
}


class _Stiff(Certified):
    """Signs nothing: its key is of a kind that ECDSA is not for."""

    def __init__(self, other: Certified) -> None:
        super().__init__(other.key, other.leaf)

    def sign(self, message: bytes) -> bytes:
        return b"signature of " + message[:8]


@contextlib.contextmanager
def trusts() -> Iterator[dict[str, str]]:
    """The policies that these are held against."""
    _, _, other = stamping()
    yield {
        "logged": policy_of(LOGGED.trusted_root),
        "another-issuer": policy_of(LOGGED.trusted_root, issuer="https://other.example"),
        "another-root": policy_of(SigstoreLog().trusted_root),
        "unlogged": policy_of(unlogged_root()),
        "unlogged-between": policy_of(unlogged_root(between=False)),
        "unlogged-other-stamps": policy_of(unlogged_root(stamps=other)),
        "unlogged-ended": policy_of(unlogged_root(ended="2021-01-01T00:00:00Z")),
        "unlogged-stamps-ended": policy_of(unlogged_root(stamps_ended="2021-01-01T00:00:00Z")),
    }
