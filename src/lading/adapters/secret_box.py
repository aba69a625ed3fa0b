"""Secrets sealed with AES-256-GCM under a key in a file that only the server can read.

The database holds nonce and ciphertext: a copy of it gives no password away. Servers that share a database
must share the key file, as they share the key that signs tokens.
"""

import base64
import binascii
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lading.adapters.private_key_file import load_or_create_private_key
from lading.foundation.errors import Upstream

_KEY, _NONCE = 32, 12  # bytes
_VERSION = "v1:"


class KeyedSecretBox:
    """See ``lading.ports.secret_box.SecretBox``."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        """``key`` gives 32 bytes; it is asked when it is needed first."""
        self._key = key

    def seal(self, secret: str, *, purpose: str) -> str:
        """Seal for a purpose."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self._key()).encrypt(nonce, secret.encode(), purpose.encode())
        return _VERSION + base64.b64encode(nonce + sealed).decode("ascii")

    def open(self, sealed: str, *, purpose: str) -> str:
        """Open for the same purpose."""
        try:
            raw = base64.b64decode(sealed.removeprefix(_VERSION), validate=True)
            opened = AESGCM(self._key()).decrypt(raw[:_NONCE], raw[_NONCE:], purpose.encode())
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise Upstream(
                "secret-unreadable",
                f"what was kept for {purpose} cannot be read with the key of this server",
                hint="share secrets.key of the data folder among servers, or give the password again",
            ) from error
        return opened.decode()


def file_secret_box(path: Path) -> KeyedSecretBox:
    """A box whose key lies in a file, which is made when it is needed first."""
    return KeyedSecretBox(lambda: load_or_create_private_key(path, lambda: secrets.token_bytes(_KEY)))
