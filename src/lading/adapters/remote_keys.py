"""What every key store in the network needs: asking it, and reading its public keys."""

import base64
import binascii
import hashlib
from typing import Any

import httpx
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from lading.foundation.errors import Malformed, Upstream
from lading.signing.keys import KeyAlgorithm, PublicKey, public_key

_SECONDS = 10.0
_MAX_ANSWER = 256 << 10


class KeyStoreClient:
    """Asks one key store over HTTP. What it does not answer as documented raises Upstream."""

    def __init__(self, url: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(base_url=url, timeout=_SECONDS, transport=transport)
        self._host = httpx.URL(url).host

    def ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Ask, and give the JSON object of the answer."""
        try:
            answer = self._client.request(method, path, **request)
        except httpx.HTTPError as error:
            raise Upstream("key-store-unreachable", f"{self._host} does not answer: {error}") from error
        if not answer.is_success:
            raise Upstream(
                "key-store-refused", f"{self._host} answered {answer.status_code}: {answer.text[:200]}"
            )
        try:
            document = answer.json() if len(answer.content) <= _MAX_ANSWER else None
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise Upstream("key-store-nonsense", f"{self._host} did not answer as documented")
        return document

    def nonsense(self, what: str) -> Upstream:
        """The error for an answer without what it must have."""
        return Upstream("key-store-nonsense", f"{self._host} gave no {what}")


def key_of_pem(pem: str) -> PublicKey:
    """Read a public key as a store gives it. Raises Malformed for a kind that is not used here."""
    try:
        return key_of_library(load_pem_public_key(pem.encode()))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Malformed(
            "public-key-invalid", "the key store gave no public key that is known here"
        ) from error


def key_of_der(der: bytes) -> PublicKey:
    """Read a public key as a store gives it. Raises Malformed for a kind that is not used here."""
    try:
        return key_of_library(load_der_public_key(der))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Malformed(
            "public-key-invalid", "the key store gave no public key that is known here"
        ) from error


def key_of_library(key: object) -> PublicKey:
    """Take a key that has been read."""
    if not isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey):
        raise Malformed("public-key-unsupported", "use an ECDSA P-256 or P-384, Ed25519 or RSA key")
    return public_key(key)


def digest_for(algorithm: KeyAlgorithm, message: bytes) -> bytes:
    """The digest that a key of this kind signs."""
    wide = algorithm is KeyAlgorithm.ECDSA_P384
    return (hashlib.sha384 if wide else hashlib.sha256)(message).digest()


def digest_name(algorithm: KeyAlgorithm) -> str:
    """Its name, as most interfaces write it."""
    return "sha384" if algorithm is KeyAlgorithm.ECDSA_P384 else "sha256"


def der_of_raw(raw: bytes) -> bytes:
    """ECDSA in DER, from both numbers at full length."""
    half = len(raw) // 2
    return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


def from_base64(value: object, *, url_safe: bool = False) -> bytes | None:
    """Decode what a store sent; None where it is not base64."""
    if not isinstance(value, str) or not value:
        return None
    try:
        if url_safe:
            return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
