"""Private keys in files that only their owner can read."""

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lading.foundation.errors import Forbidden, NotFound


def new_p256_pem() -> bytes:
    """Make an ECDSA P-256 key, as unencrypted PKCS #8 PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_private_key(path: Path) -> bytes:
    """Read a key file; raise NotFound, or Forbidden when others could have read it too."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise Forbidden(
                    "key-file-exposed",
                    f"the private key {path} can be used by others than its owner (mode {mode & 0o777:o})",
                    hint=f"treat the key as known to others; if it is not, chmod 600 {path}",
                )
            return file.read()
    except FileNotFoundError as error:
        raise NotFound("key-file-missing", f"there is no private key at {path}") from error


def load_or_create_private_key(path: Path, make: Callable[[], bytes] = new_p256_pem) -> bytes:
    """Read a key file, first making it where there is none.

    Several processes may start at once: the key is written whole beside its place and linked there, which
    only one of them can do; all read what stands there then.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _create(path, make())
    return load_private_key(path)


def _create(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # created with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        Path(temporary).unlink()
