"""Signing with a key of the transit engine of HashiCorp Vault or OpenBao.

``hashivault://KEY`` or ``hashivault://MOUNT/KEY``, as cosign names it; VAULT_ADDR and VAULT_TOKEN say where
and who. The newest version of the key at the start is used until the next start, so that signatures and
public key are of one version.
"""

import base64
from collections.abc import Mapping

import httpx

from lading.adapters.remote_keys import (
    KeyStoreClient,
    digest_for,
    digest_name,
    from_base64,
    key_of_library,
    key_of_pem,
)
from lading.foundation.errors import Malformed
from lading.signing.keys import KeyAlgorithm, PublicKey


class VaultSigner:
    """The ``Signer`` port over one version of a transit key."""

    def __init__(
        self, name: str, client: KeyStoreClient, path: tuple[str, str], headers: dict[str, str]
    ) -> None:
        self._name = name
        self._client = client
        self._mount, self._key = path
        self._headers = headers
        self._version, self._public = self._read()

    @property
    def name(self) -> str:
        """What people call the key."""
        return self._name

    @property
    def public_key(self) -> PublicKey:
        """The half that verifies."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Ask the engine. Of ECDSA and RSA keys only the digest leaves this process."""
        algorithm = self._public.algorithm
        body: dict[str, object] = {"key_version": self._version}
        if algorithm is KeyAlgorithm.ED25519:
            body |= {"input": base64.b64encode(message).decode()}
            path = f"/v1/{self._mount}/sign/{self._key}"
        else:
            digest = digest_for(algorithm, message)
            body |= {
                "input": base64.b64encode(digest).decode(),
                "prehashed": True,
                "marshaling_algorithm": "asn1",
                "signature_algorithm": "pkcs1v15",
            }
            path = f"/v1/{self._mount}/sign/{self._key}/{digest_name(algorithm).replace('sha', 'sha2-')}"
        answer = self._client.ask("POST", path, json=body, headers=self._headers)
        text = (answer.get("data") or {}).get("signature", "")
        prefix = f"vault:v{self._version}:"
        signature = from_base64(text.removeprefix(prefix)) if str(text).startswith(prefix) else None
        if signature is None:
            raise self._client.nonsense("signature of the version that was asked for")
        return signature

    def _read(self) -> tuple[int, PublicKey]:
        path = f"/v1/{self._mount}/keys/{self._key}"
        data = self._client.ask("GET", path, headers=self._headers).get("data") or {}
        version, versions = data.get("latest_version"), data.get("keys")
        entry = versions.get(str(version)) if isinstance(versions, dict) else None
        text = entry.get("public_key") if isinstance(entry, dict) else None
        if not isinstance(version, int) or not isinstance(text, str):
            raise self._client.nonsense("public key")
        if data.get("type") == "ed25519":
            raw = from_base64(text)
            if raw is None:
                raise self._client.nonsense("public key")
            return version, _ed25519(raw)
        return version, key_of_pem(text)


def open_vault_key(
    name: str, uri: str, environment: Mapping[str, str], *, transport: httpx.BaseTransport | None = None
) -> VaultSigner:
    """Find a transit key. Raises Malformed, or Upstream where the engine does not answer."""
    address, token = environment.get("VAULT_ADDR", ""), environment.get("VAULT_TOKEN", "")
    mount, _, key = uri.removeprefix("hashivault://").rpartition("/")
    if not address or not token or not key:
        raise Malformed("key-uri-invalid", "a Vault key needs hashivault://KEY, VAULT_ADDR and VAULT_TOKEN")
    headers = {"X-Vault-Token": token}
    if environment.get("VAULT_NAMESPACE"):
        headers["X-Vault-Namespace"] = environment["VAULT_NAMESPACE"]
    client = KeyStoreClient(address, transport=transport)
    return VaultSigner(name, client, (mount or "transit", key), headers)


def _ed25519(raw: bytes) -> PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    return key_of_library(Ed25519PublicKey.from_public_bytes(raw))
