"""Signing with a key of Azure Key Vault, by its REST API (version 7.4).

``azurekms://VAULT.vault.azure.net/KEY`` or with ``/VERSION``, as cosign names it. Who asks: the application
of AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, by the client credentials flow.
"""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import httpx
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lading.adapters.remote_keys import KeyStoreClient, der_of_raw, digest_for, from_base64, key_of_library
from lading.foundation.errors import Malformed
from lading.signing.keys import KeyAlgorithm, PublicKey

_VERSION = {"api-version": "7.4"}
_ALGORITHMS = {
    KeyAlgorithm.ECDSA_P256: "ES256",
    KeyAlgorithm.ECDSA_P384: "ES384",
    KeyAlgorithm.RSA: "RS256",
}
_CURVES: Mapping[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}


class AzureSigner:
    """The ``Signer`` port over one version of a key."""

    def __init__(self, name: str, client: KeyStoreClient, key: str, authorize: Callable[[], str]) -> None:
        self._name = name
        self._client = client
        self._authorize = authorize
        found = client.ask("GET", f"/keys/{key}", params=_VERSION, headers=self._headers()).get("key")
        if not isinstance(found, dict) or not isinstance(found.get("kid"), str):
            raise client.nonsense("public key")
        # The answer names the version; signing by it keeps signatures and public key together.
        self._path = httpx.URL(found["kid"]).path
        self._public = _key_of_jwk(found, client)

    @property
    def name(self) -> str:
        """What people call the key."""
        return self._name

    @property
    def public_key(self) -> PublicKey:
        """The half that verifies."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Ask the vault; only the digest leaves this process."""
        algorithm = self._public.algorithm
        digest = base64.urlsafe_b64encode(digest_for(algorithm, message)).rstrip(b"=").decode()
        body = {"alg": _ALGORITHMS[algorithm], "value": digest}
        answer = self._client.ask(
            "POST", f"{self._path}/sign", params=_VERSION, json=body, headers=self._headers()
        )
        signature = from_base64(answer.get("value"), url_safe=True)
        if signature is None:
            raise self._client.nonsense("signature")
        return signature if algorithm is KeyAlgorithm.RSA else der_of_raw(signature)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._authorize()}"}


def open_azure_key(
    name: str,
    uri: str,
    environment: Mapping[str, str],
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    transport: httpx.BaseTransport | None = None,
) -> AzureSigner:
    """Find a key. Raises Malformed, or Upstream where the vault does not answer."""
    host, _, key = uri.removeprefix("azurekms://").partition("/")
    names = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
    tenant, client_id, secret = (environment.get(variable, "") for variable in names)
    if not host or not key or not tenant or not client_id or not secret:
        raise Malformed(
            "key-uri-invalid",
            f"a Key Vault key needs azurekms://VAULT.vault.azure.net/KEY, {', '.join(names)}",
        )
    authority = environment.get("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com")
    entry = KeyStoreClient(authority, transport=transport)
    authorize = _Application(entry, tenant, client_id, secret, clock)
    return AzureSigner(name, KeyStoreClient(f"https://{host}", transport=transport), key, authorize)


class _Application:
    """Access tokens for an application, each used until shortly before its end."""

    def __init__(
        self, client: KeyStoreClient, tenant: str, client_id: str, secret: str, clock: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._path = f"/{tenant}/oauth2/v2.0/token"
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
            "scope": "https://vault.azure.net/.default",
        }
        self._clock = clock
        self._token, self._until = "", datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> str:
        now = self._clock()
        if now >= self._until:
            answer = self._client.ask("POST", self._path, data=self._form)
            token, seconds = answer.get("access_token"), answer.get("expires_in")
            if not isinstance(token, str) or not isinstance(seconds, int):
                raise self._client.nonsense("access token")
            self._token, self._until = token, now + timedelta(seconds=max(seconds - 300, 0))
        return self._token


def _key_of_jwk(jwk: Mapping[str, object], client: KeyStoreClient) -> PublicKey:
    kind = str(jwk.get("kty", "")).removesuffix("-HSM")
    members = ("x", "y") if kind == "EC" else ("n", "e")
    numbers = [from_base64(jwk.get(member), url_safe=True) for member in members]
    first, second = (int.from_bytes(number, "big") if number else 0 for number in numbers)
    curve = _CURVES.get(str(jwk.get("crv")))
    try:
        if kind == "EC" and curve is not None:
            return key_of_library(ec.EllipticCurvePublicNumbers(first, second, curve).public_key())
        if kind == "RSA":
            return key_of_library(rsa.RSAPublicNumbers(second, first).public_key())
    except ValueError as error:
        raise client.nonsense("public key") from error
    raise Malformed("public-key-unsupported", "use an EC key of P-256 or P-384, or an RSA key")
