"""Signing with a key version of Google Cloud KMS, by its REST API.

``gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/V``. Who asks: the access token in
GOOGLE_OAUTH_ACCESS_TOKEN, or the service account whose key file GOOGLE_APPLICATION_CREDENTIALS names.
"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from lading.adapters.remote_keys import (
    KeyStoreClient,
    digest_for,
    digest_name,
    from_base64,
    key_of_pem,
)
from lading.foundation.errors import Malformed
from lading.signing.keys import KeyAlgorithm, PublicKey

_URL = "https://cloudkms.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/cloudkms"
_LIFETIME = 3600  # seconds that a token may be used
Authorize = Callable[[], str]


class GcpKmsSigner:
    """The ``Signer`` port over one key version."""

    def __init__(self, name: str, client: KeyStoreClient, key: str, authorize: Authorize) -> None:
        self._name = name
        self._client = client
        self._key = key
        self._authorize = authorize
        pem = client.ask("GET", f"/v1/{key}/publicKey", headers=self._headers()).get("pem")
        if not isinstance(pem, str):
            raise client.nonsense("public key")
        self._public = key_of_pem(pem)
        if self._public.algorithm is KeyAlgorithm.ED25519:
            raise Malformed("public-key-unsupported", "Ed25519 keys of this service are not used")

    @property
    def name(self) -> str:
        """What people call the key."""
        return self._name

    @property
    def public_key(self) -> PublicKey:
        """The half that verifies."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Ask the service; only the digest leaves this process."""
        algorithm = self._public.algorithm
        digest = base64.b64encode(digest_for(algorithm, message)).decode()
        body = {"digest": {digest_name(algorithm): digest}}
        answer = self._client.ask(
            "POST", f"/v1/{self._key}:asymmetricSign", json=body, headers=self._headers()
        )
        signature = from_base64(answer.get("signature"))
        if signature is None:
            raise self._client.nonsense("signature")
        return signature

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._authorize()}"}


def open_gcp_key(
    name: str,
    uri: str,
    environment: Mapping[str, str],
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    transport: httpx.BaseTransport | None = None,
) -> GcpKmsSigner:
    """Find a key version. Raises Malformed, or Upstream where the service does not answer."""
    key = uri.removeprefix("gcpkms://").replace("/versions/", "/cryptoKeyVersions/")
    if not key.startswith("projects/") or "/cryptoKeyVersions/" not in key:
        raise Malformed("key-uri-invalid", "a KMS key needs gcpkms://projects/…/cryptoKeyVersions/N")
    authorize = _authorization(environment, clock, transport)
    return GcpKmsSigner(name, KeyStoreClient(_URL, transport=transport), key, authorize)


def _authorization(
    environment: Mapping[str, str], clock: Callable[[], datetime], transport: httpx.BaseTransport | None
) -> Authorize:
    if token := environment.get("GOOGLE_OAUTH_ACCESS_TOKEN", ""):
        return lambda: token
    file = environment.get("GOOGLE_APPLICATION_CREDENTIALS", "")
    try:
        account = json.loads(Path(file).read_text(encoding="utf-8")) if file else {}
        return _ServiceAccount(
            account["client_email"], account["private_key"], account["token_uri"], clock, transport
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Malformed(
            "credentials-missing",
            "there are no usable credentials for Google Cloud",
            hint="set GOOGLE_OAUTH_ACCESS_TOKEN or GOOGLE_APPLICATION_CREDENTIALS",
        ) from error


class _ServiceAccount:
    """Access tokens for a service account, each used until shortly before its end."""

    def __init__(
        self,
        email: str,
        private_key: str,
        token_uri: str,
        clock: Callable[[], datetime],
        transport: httpx.BaseTransport | None,
    ) -> None:
        self._email = email
        self._key = RSAKey.import_key(private_key)
        self._token_uri = token_uri
        self._clock = clock
        self._client = KeyStoreClient(token_uri, transport=transport)
        self._token, self._until = "", 0

    def __call__(self) -> str:
        now = int(self._clock().timestamp())
        if now >= self._until:
            claims = {
                "iss": self._email,
                "scope": _SCOPE,
                "aud": self._token_uri,
                "iat": now,
                "exp": now + _LIFETIME,
            }
            form = {
                "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "assertion": jwt.encode({"alg": "RS256"}, claims, self._key),
            }
            token = self._client.ask("POST", self._token_uri, data=form).get("access_token")
            if not isinstance(token, str):
                raise self._client.nonsense("access token")
            self._token, self._until = token, now + _LIFETIME - 300
        return self._token
