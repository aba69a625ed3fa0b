"""Public keys, and verifying with them.

The key decides the algorithm; nothing in a message does. So a message cannot talk a verifier into a weaker
algorithm, or into taking a public key for a shared secret.
"""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from lading.foundation.errors import Malformed

MAX_KEY_PEM = 16 << 10  # bytes; RSA of 16,384 bits has 2.8 KiB
MIN_RSA_BITS = 3072  # 128 bits of security (NIST SP 800-57 part 1, table 2)
WEAK_RSA_BITS = 2048  # still met; a trust policy must say that it counts. Fewer are disallowed altogether
MAX_RSA_BITS = 16_384  # more only make verifying slow


class KeyAlgorithm(StrEnum):
    """Kinds of keys that signatures are verified with."""

    ECDSA_P256 = "ecdsa-p256"
    ECDSA_P384 = "ecdsa-p384"
    ED25519 = "ed25519"
    RSA = "rsa"


_Key: TypeAlias = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey

# cosign signs with SHA-256 whatever the curve up to 2.4, and with the curve's own digest later.
_CURVE_DIGESTS: dict[KeyAlgorithm, tuple[hashes.HashAlgorithm, ...]] = {
    KeyAlgorithm.ECDSA_P256: (hashes.SHA256(),),
    KeyAlgorithm.ECDSA_P384: (hashes.SHA384(), hashes.SHA256()),
}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key to verify with; ``id`` is ``sha256:`` and the digest of its SubjectPublicKeyInfo in DER."""

    id: str
    algorithm: KeyAlgorithm
    der: bytes = field(repr=False)
    _key: _Key = field(repr=False, compare=False)

    def accepts_form(self, signature: bytes) -> bool:
        """Whether ``signature`` has the form that signatures by this kind of key have."""
        if isinstance(self._key, ec.EllipticCurvePublicKey):
            return is_strict_der(signature)
        if isinstance(self._key, rsa.RSAPublicKey):
            return len(signature) == (self._key.key_size + 7) // 8  # RFC 8017, section 8.2.2, step 1
        return len(signature) == 64  # RFC 8032, section 5.1.7

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether this key made ``signature`` over ``message``; never raises for bad content."""
        if not self.accepts_form(signature):
            return False
        if isinstance(self._key, ec.EllipticCurvePublicKey):
            digests = _CURVE_DIGESTS[self.algorithm]
            return any(_holds_ecdsa(self._key, signature, message, digest) for digest in digests)
        try:
            if isinstance(self._key, rsa.RSAPublicKey):
                self._key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            else:
                self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    @property
    def raw(self) -> "ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey":
        """The key as the library has it."""
        return self._key

    def to_pem(self) -> bytes:
        """Give the key as SubjectPublicKeyInfo in PEM, as ``cosign verify --key`` reads it."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def parse_public_key(pem: bytes, *, min_rsa_bits: int = MIN_RSA_BITS) -> PublicKey:
    """Read one public key in PEM; raise Malformed when it is none, too weak, or of a kind not used here."""
    if len(pem) > MAX_KEY_PEM:
        raise Malformed("public-key-invalid", f"a public key has at most {MAX_KEY_PEM} bytes")
    if b"PRIVATE KEY" in pem:
        raise Malformed(
            "public-key-is-private",
            "this is a private key, where a public key was expected",
            hint="if it was sent or stored by mistake, others may know it: replace it",
        )
    if pem.count(b"-----BEGIN") > 1:
        raise Malformed("public-key-invalid", "there is more than one key; give one")
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Malformed(
            "public-key-invalid",
            "this is not a public key in PEM",
            hint="it starts with -----BEGIN PUBLIC KEY-----",
        ) from error
    if not isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey):
        raise Malformed("public-key-unsupported", "use an ECDSA P-256 or P-384, Ed25519 or RSA key")
    return public_key(key, min_rsa_bits=min_rsa_bits)


def public_key(key: _Key, *, min_rsa_bits: int = MIN_RSA_BITS) -> PublicKey:
    """Take a key that has been read; raise Malformed when it is too weak or of a curve not used here."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(f"sha256:{hashlib.sha256(der).hexdigest()}", _algorithm(key, min_rsa_bits), der, key)


def is_strict_der(signature: bytes) -> bool:
    """Whether an ECDSA signature is the one DER encoding of its two numbers (X.690, section 10).

    Other encodings of the same numbers would let one signature be spelt in many ways, and what follows it
    would be signed by nobody.
    """
    try:
        return encode_dss_signature(*decode_dss_signature(signature)) == signature
    except ValueError:
        return False


def _algorithm(key: _Key, min_rsa_bits: int) -> KeyAlgorithm:
    if isinstance(key, ed25519.Ed25519PublicKey):
        return KeyAlgorithm.ED25519
    if isinstance(key, rsa.RSAPublicKey):
        if not min_rsa_bits <= key.key_size <= MAX_RSA_BITS:
            raise Malformed(
                "public-key-weak",
                f"an RSA key has {min_rsa_bits} to {MAX_RSA_BITS} bits, this one {key.key_size}",
                hint="a trust policy can accept 2048 bits with allow-rsa-2048 = true"
                if key.key_size >= WEAK_RSA_BITS
                else "",
            )
        return KeyAlgorithm.RSA
    if isinstance(key.curve, ec.SECP256R1):
        return KeyAlgorithm.ECDSA_P256
    if isinstance(key.curve, ec.SECP384R1):
        return KeyAlgorithm.ECDSA_P384
    raise Malformed("public-key-unsupported", f"the curve {key.curve.name} is not used; use P-256 or P-384")


def _holds_ecdsa(
    key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes, digest: hashes.HashAlgorithm
) -> bool:
    try:
        key.verify(signature, message, ec.ECDSA(digest))
    except InvalidSignature:
        return False
    return True
