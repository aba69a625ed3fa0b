"""Signing with a private key that lies in a file."""

import os
from pathlib import Path
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)

from lading.adapters.cosign_private_key import decrypt_cosign_private_key, is_cosign_private_key
from lading.adapters.private_key_file import load_or_create_private_key, load_private_key
from lading.foundation.errors import Malformed, Unauthenticated
from lading.signing.keys import PublicKey, public_key

_PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class FileSigner:
    """The ``Signer`` port over a key in memory, which came from a file."""

    def __init__(self, name: str, private: _PrivateKey) -> None:
        self._name = name
        self._private = private
        self._public = public_key(private.public_key())

    @property
    def name(self) -> str:
        """What people call the key."""
        return self._name

    @property
    def public_key(self) -> PublicKey:
        """The half that verifies."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Sign in this process."""
        if isinstance(self._private, ed25519.Ed25519PrivateKey):
            return self._private.sign(message)
        wide = isinstance(self._private.curve, ec.SECP384R1)
        return self._private.sign(message, ec.ECDSA(hashes.SHA384() if wide else hashes.SHA256()))


def open_signing_key(path: Path, *, name: str, passphrase: bytes | None = None) -> FileSigner:
    """Read a key that signs: PKCS #8 or SEC 1 in PEM, or as cosign writes it.

    Raises NotFound, Forbidden where others can read the file, Malformed, or Unauthenticated
    ``passphrase-wrong`` or ``passphrase-missing``.
    """
    return FileSigner(name, _read(load_private_key(path), passphrase))


def open_or_create_signing_key(path: Path, *, name: str, passphrase: bytes | None = None) -> FileSigner:
    """Read a key that signs, first making one (ECDSA P-256, PKCS #8, encrypted if there is a passphrase).

    The public half is written beside it, with the suffix ``.pub``, for ``cosign verify --key``.
    """
    content = load_or_create_private_key(path, lambda: new_signing_key(passphrase))
    signer = FileSigner(name, _read(content, passphrase))
    beside = path.with_suffix(".pub")
    if not beside.exists():
        whole = beside.with_name(f"{beside.name}.{os.getpid()}")  # so that no reader sees half of it
        whole.write_bytes(signer.public_key.to_pem())
        whole.replace(beside)
    return signer


def new_signing_key(passphrase: bytes | None) -> bytes:
    """Make an ECDSA P-256 key, as PKCS #8 PEM."""
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase:
        encryption = BestAvailableEncryption(passphrase)
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, encryption
    )


def _read(content: bytes, passphrase: bytes | None) -> _PrivateKey:
    needs_passphrase = is_cosign_private_key(content) or b"ENCRYPTED" in content
    if needs_passphrase and passphrase is None:
        raise Unauthenticated(
            "passphrase-missing", "the private key is encrypted", hint="give its passphrase"
        )
    try:
        if is_cosign_private_key(content):
            key = load_der_private_key(decrypt_cosign_private_key(content, passphrase or b""), None)
        else:
            # A passphrase for a key that is not encrypted is an error of the library, not of ours.
            key = load_pem_private_key(content, passphrase if needs_passphrase else None)
    except (ValueError, UnsupportedAlgorithm) as error:
        if needs_passphrase:
            raise Unauthenticated(
                "passphrase-wrong", "the passphrase does not open the private key"
            ) from error
        raise Malformed("private-key-invalid", "this is not a private key in PEM") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise Malformed("private-key-unsupported", "sign with an ECDSA P-256 or P-384 or an Ed25519 key")
    return key
