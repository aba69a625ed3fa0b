"""Notary Project signatures: one value for both envelopes, and whether a trusted certificate made one.

Signature specification of the Notary Project: the payload names the target artifact; what else is signed says
how to judge the time (the signing scheme) and until when the signature holds. The key decides the algorithm,
and the envelope must name just that one (section "Signature Algorithm Requirements").
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from lading.foundation import strict_json
from lading.foundation.errors import Malformed
from lading.foundation.instants import rfc3339
from lading.oci.digest import Digest
from lading.signing.certificates import CertificateAuthority, load_chain, subject_of
from lading.signing.revocation_lists import NO_LISTS, RevocationLists
from lading.signing.timestamps import TimestampAuthority, first_moment, response_of_token

ARTIFACT_TYPE = "application/vnd.cncf.notary.signature"
JWS_TYPE = "application/jose+json"
COSE_TYPE = "application/cose"
PAYLOAD_TYPE = "application/vnd.cncf.notary.payload.v1+json"
THUMBPRINTS_ANNOTATION = "io.cncf.notary.x509chain.thumbprint#S256"
SCHEME_X509 = "notary.x509"
SCHEME_AUTHORITY = "notary.x509.signingAuthority"
SCHEME = "io.cncf.notary.signingScheme"
SIGNING_TIME = "io.cncf.notary.signingTime"
AUTHENTIC_TIME = "io.cncf.notary.authenticSigningTime"
EXPIRY = "io.cncf.notary.expiry"
TIMESTAMP = "io.cncf.notary.timestampSignature"
SIGNING_AGENT = "io.cncf.notary.signingAgent"
MAX_ENVELOPE_BYTES = 1 << 20  # an envelope with its chain has some 4 KiB
_KNOWN_CRITICAL = frozenset({SCHEME, AUTHENTIC_TIME, EXPIRY})
_SHA256, _SHA384, _SHA512 = hashes.SHA256(), hashes.SHA384(), hashes.SHA512()


@dataclass(frozen=True, slots=True)
class NotarySignature:
    """An envelope that was read. Nothing of it is believed yet."""

    algorithm: str  # as JWS names it: ES256, PS384 …
    signed_bytes: bytes
    signature: bytes
    payload: bytes
    chain: tuple[x509.Certificate, ...]
    scheme: str
    authentic_time: datetime | None
    expiry: datetime | None
    timestamp: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotaryTrust:
    """An authority whose chains count, and who may prove when something was signed.

    ``vouches_for_time`` also accepts signatures whose moment the signing service itself vouches for.
    """

    authority: CertificateAuthority
    timestamped_by: tuple[TimestampAuthority, ...]
    vouches_for_time: bool = False
    revocation: RevocationLists = NO_LISTS


@dataclass(frozen=True, slots=True)
class SigningMoment:
    """The moment that a chain was judged at; ``proven`` by a timestamp or by the signing authority."""

    at: datetime
    proven: bool


def check_headers(
    *, content_type: object, critical: object, present: Sequence[object], scheme: object
) -> str:
    """Check what both envelopes have in their protected headers; give the scheme, or raise Malformed."""
    if content_type != PAYLOAD_TYPE:
        raise Malformed("notary-invalid", f"the content type must be {PAYLOAD_TYPE}")
    if not isinstance(scheme, str) or scheme not in {SCHEME_X509, SCHEME_AUTHORITY}:
        raise Malformed("notary-invalid", f"the signing scheme must be {SCHEME_X509} or {SCHEME_AUTHORITY}")
    if not isinstance(critical, list) or len(critical) > 32:
        raise Malformed("notary-invalid", "the critical headers must be a list")
    for name in critical:
        if not isinstance(name, str) or name not in _KNOWN_CRITICAL:
            raise Malformed("notary-invalid", f"the critical header {str(name)[:160]!r} is not understood")
        if name not in present:
            raise Malformed("notary-invalid", f"the critical header {str(name)[:160]!r} is not there")
    for name in (SCHEME, EXPIRY, AUTHENTIC_TIME):
        if (name in present or name == SCHEME) and name not in critical:
            raise Malformed("notary-invalid", f"the header {name} must be critical")
    if (scheme == SCHEME_AUTHORITY) != (AUTHENTIC_TIME in present):
        raise Malformed("notary-invalid", f"{AUTHENTIC_TIME} belongs to the scheme {SCHEME_AUTHORITY}, alone")
    return scheme


def read_chain(ders: object) -> tuple[x509.Certificate, ...]:
    """Read the certificates beside a signature; raise Malformed."""
    if not isinstance(ders, list) or not all(isinstance(der, bytes) for der in ders):
        raise Malformed("notary-invalid", "the certificate chain must be a list of certificates")
    return load_chain(ders)


def is_signed(envelope: NotarySignature) -> bool:
    """Whether the first certificate's key made the signature, in the one algorithm that is the key's."""
    key = envelope.chain[0].public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            digest = algorithm_of(key)[1]
            size = (key.key_size + 7) // 8
            if envelope.algorithm != algorithm_of(key)[0] or len(envelope.signature) != 2 * size:
                return False
            numbers = (envelope.signature[:size], envelope.signature[size:])
            der = encode_dss_signature(*(int.from_bytes(number, "big") for number in numbers))
            key.verify(der, envelope.signed_bytes, ec.ECDSA(digest))
        elif isinstance(key, rsa.RSAPublicKey):
            name, digest = algorithm_of(key)
            if envelope.algorithm != name:
                return False
            key.verify(envelope.signature, envelope.signed_bytes, pss(digest), digest)
        else:
            return False
    except (InvalidSignature, Malformed):
        return False
    return True


def algorithm_of(
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
) -> tuple[str, hashes.HashAlgorithm]:
    """The one algorithm of a key, as JWS names it; raise Malformed for a key that may not sign here."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        if isinstance(key.curve, ec.SECP256R1):
            return "ES256", _SHA256
        if isinstance(key.curve, ec.SECP384R1):
            return "ES384", _SHA384
        raise Malformed(
            "public-key-unsupported", f"the curve {key.curve.name} is not used; use P-256 or P-384"
        )
    sizes: dict[int, tuple[str, hashes.HashAlgorithm]] = {
        2048: ("PS256", _SHA256),
        3072: ("PS384", _SHA384),
        4096: ("PS512", _SHA512),
    }
    if key.key_size not in sizes:
        raise Malformed("public-key-unsupported", "an RSA key has 2048, 3072 or 4096 bits here")
    return sizes[key.key_size]


def pss(digest: hashes.HashAlgorithm) -> padding.PSS:
    """RSASSA-PSS as RFC 7518, section 3.5, wants it: one digest throughout, and a salt as long."""
    return padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)


def moment_of(envelope: NotarySignature, trust: NotaryTrust, now: datetime) -> SigningMoment | str:
    """The moment to judge the chain at, or why there is none."""
    if envelope.expiry is not None and now >= envelope.expiry:
        return f"the signature has expired at {rfc3339(envelope.expiry)}"
    if envelope.authentic_time is not None:
        if not trust.vouches_for_time:
            return f"the authority {trust.authority.name!r} may not vouch for the time of signing"
        if envelope.authentic_time > now:
            return "the signature says that it was made in the future"
        return SigningMoment(envelope.authentic_time, proven=True)
    if envelope.timestamp is None or not trust.timestamped_by:
        return SigningMoment(now, proven=False)
    token = response_of_token(envelope.timestamp)
    moment = first_moment(trust.timestamped_by, (token,), envelope.signature)
    if moment is None:
        return "no timestamp authority of the rule has stamped the signature"
    return SigningMoment(moment, proven=True)


def refusal(envelope: NotarySignature, trust: NotaryTrust, moment: SigningMoment) -> str:
    """Say why the chain does not lead to the authority at that moment, or nothing."""
    refused = trust.authority.refusal(envelope.chain, moment.at)
    return f"{subject_of(envelope.chain[0])}: {refused}" if refused else ""


def parse_payload(payload: bytes) -> Digest:
    """The digest that was signed; raise Malformed where the payload is not as specified."""
    document = strict_json.decode_object(payload, what="Notary payload", max_bytes=MAX_ENVELOPE_BYTES)
    target = document.get("targetArtifact")
    if set(document) != {"targetArtifact"} or not isinstance(target, dict):
        raise Malformed("notary-invalid", "the payload must hold a targetArtifact and nothing else")
    digest, media_type, size = target.get("digest"), target.get("mediaType"), target.get("size")
    if not isinstance(digest, str) or not isinstance(media_type, str) or type(size) is not int:
        raise Malformed("notary-invalid", "targetArtifact must be a descriptor")
    return Digest.parse(digest)


def build_payload(media_type: str, digest: Digest, size: int) -> bytes:
    """Write the payload that names an artifact."""
    target: dict[str, Any] = {"digest": str(digest), "mediaType": media_type, "size": size}
    return strict_json.encode_canonical({"targetArtifact": target})
