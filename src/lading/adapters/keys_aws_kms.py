"""Signing with an asymmetric key of AWS Key Management Service, by its JSON API.

``awskms:///KEY`` with a key id, ARN or ``alias/NAME``; ``awskms://HOST/KEY`` for another endpoint, as cosign
names it. AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY say where and who. Requests are signed by
Signature Version 4 (AWS General Reference, "Signing AWS API requests").
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from lading.adapters.remote_keys import KeyStoreClient, digest_for, from_base64, key_of_der
from lading.foundation.errors import Malformed
from lading.signing.keys import KeyAlgorithm, PublicKey

_ALGORITHMS = {
    KeyAlgorithm.ECDSA_P256: "ECDSA_SHA_256",
    KeyAlgorithm.ECDSA_P384: "ECDSA_SHA_384",
    KeyAlgorithm.RSA: "RSASSA_PKCS1_V1_5_SHA_256",
}


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """Who asks, and in which region."""

    region: str
    key_id: str
    secret: str
    session_token: str = ""


class AwsKmsSigner:
    """The ``Signer`` port over one key."""

    def __init__(
        self,
        name: str,
        client: KeyStoreClient,
        key: tuple[str, str],
        credentials: AwsCredentials,
        clock: Callable[[], datetime],
    ) -> None:
        """``key`` is the service's host, and the key's id there."""
        self._name = name
        self._client = client
        self._host, self._key = key
        self._credentials = credentials
        self._clock = clock
        self._public = self._read()

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
        answer = self._ask(
            "Sign",
            {
                "KeyId": self._key,
                "Message": base64.b64encode(digest_for(algorithm, message)).decode(),
                "MessageType": "DIGEST",
                "SigningAlgorithm": _ALGORITHMS[algorithm],
            },
        )
        signature = from_base64(answer.get("Signature"))
        if signature is None:
            raise self._client.nonsense("signature")
        return signature

    def _read(self) -> PublicKey:
        der = from_base64(self._ask("GetPublicKey", {"KeyId": self._key}).get("PublicKey"))
        if der is None:
            raise self._client.nonsense("public key")
        key = key_of_der(der)
        if key.algorithm not in _ALGORITHMS:
            raise Malformed("public-key-unsupported", f"{key.algorithm} keys of this service are not used")
        return key

    def _ask(self, action: str, body: dict[str, str]) -> dict[str, Any]:
        content = json.dumps(body).encode()
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"TrentService.{action}",
            "Host": self._host,
        }
        signed = sign_request(headers, content, self._credentials, self._clock())
        return self._client.ask("POST", "/", content=content, headers=signed)


def open_aws_key(
    name: str,
    uri: str,
    environment: Mapping[str, str],
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    transport: httpx.BaseTransport | None = None,
) -> AwsKmsSigner:
    """Find a key. Raises Malformed, or Upstream where the service does not answer."""
    host, _, key = uri.removeprefix("awskms://").partition("/")
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION", "")
    credentials = AwsCredentials(
        region,
        environment.get("AWS_ACCESS_KEY_ID", ""),
        environment.get("AWS_SECRET_ACCESS_KEY", ""),
        environment.get("AWS_SESSION_TOKEN", ""),
    )
    if not key or not region or not credentials.key_id or not credentials.secret:
        raise Malformed(
            "key-uri-invalid",
            "a KMS key needs awskms:///KEY, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    host = host or f"kms.{region}.amazonaws.com"
    client = KeyStoreClient(f"https://{host}", transport=transport)
    return AwsKmsSigner(name, client, (host, key), credentials, clock)


def sign_request(
    headers: Mapping[str, str], content: bytes, credentials: AwsCredentials, now: datetime
) -> dict[str, str]:
    """Give the headers of a POST to ``/`` with those that sign it."""
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    every = {**headers, "X-Amz-Date": moment}
    if credentials.session_token:
        every["X-Amz-Security-Token"] = credentials.session_token
    listed = sorted((name.lower(), value.strip()) for name, value in every.items())
    names = ";".join(name for name, _ in listed)
    lines = "".join(f"{name}:{value}\n" for name, value in listed)
    request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(content).hexdigest()}"
    scope = f"{moment[:8]}/{credentials.region}/kms/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{credentials.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    parts = (f"Credential={credentials.key_id}/{scope}", f"SignedHeaders={names}", f"Signature={signature}")
    every["Authorization"] = f"AWS4-HMAC-SHA256 {', '.join(parts)}"
    return every
