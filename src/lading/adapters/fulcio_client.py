"""A client of a Sigstore certificate authority (Fulcio, API v2): a certificate for whom a token names."""

import base64
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from lading.adapters.keys_file import FileSigner
from lading.foundation.errors import Unauthenticated, Upstream
from lading.signing.certificates import MAX_CERTIFICATES_PEM, load_certificates

_SECONDS = 30.0
_CHAINS = ("signedCertificateEmbeddedSct", "signedCertificateDetachedSct")


@dataclass(frozen=True, slots=True)
class CertifiedKey:
    """A key that lives in this process and signs a few things, and the certificate that says for whom."""

    signer: FileSigner
    certificate: bytes  # DER


class FulcioClient:
    """Asks one authority."""

    def __init__(self, url: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._url = url.rstrip("/")
        self._client = httpx.Client(timeout=_SECONDS, transport=transport)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def certify(self, token: str) -> CertifiedKey:
        """Make a key and have it certified for whom the identity token names.

        Raises Unauthenticated where the authority does not accept the token, and Upstream.
        """
        private = ec.generate_private_key(ec.SECP256R1())
        # The request is signed by the new key: that is what proves its possession.
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
        pem = request.sign(private, hashes.SHA256()).public_bytes(Encoding.PEM)
        asked = {
            "credentials": {"oidcIdentityToken": token},
            "certificateSigningRequest": base64.b64encode(pem).decode("ascii"),
        }
        leaf = self._leaf(self._post(asked))
        if leaf.public_key() != private.public_key():
            raise _nonsense(self._url, "the certificate is for another key")
        return CertifiedKey(FileSigner("keyless", private), leaf.public_bytes(Encoding.DER))

    def _post(self, asked: dict[str, Any]) -> Any:
        try:
            answer = self._client.post(f"{self._url}/api/v2/signingCert", json=asked)
        except httpx.HTTPError as error:
            raise Upstream("authority-unreachable", f"{self._url} does not answer: {error}") from error
        if answer.status_code in {400, 401, 403}:
            raise Unauthenticated(
                "identity-refused",
                f"{self._url} gave no certificate: {answer.text[:300]}",
                hint="the token must be fresh, from an issuer that the authority knows, and made for it "
                "(audience sigstore)",
            )
        if not answer.is_success or len(answer.content) > MAX_CERTIFICATES_PEM:
            raise Upstream("authority-refused", f"{self._url} answered {answer.status_code}")
        try:
            return answer.json()
        except ValueError as error:
            raise _nonsense(self._url, "the answer is not JSON") from error

    def _leaf(self, document: Any) -> x509.Certificate:
        try:
            given = next(document[name] for name in _CHAINS if name in document)
            pem = "".join(f"{certificate.strip()}\n" for certificate in given["chain"]["certificates"])
        except (StopIteration, KeyError, TypeError, AttributeError) as error:
            raise _nonsense(self._url, "there is no chain in the answer") from error
        return load_certificates(pem)[0]


def _nonsense(url: str, what: str) -> Upstream:
    return Upstream("authority-nonsense", f"{url}: {what}")
