"""Private keys as ``cosign generate-key-pair`` writes them: PEM around JSON around an encrypted PKCS #8 key.

The passphrase goes through scrypt (RFC 7914) to a key for NaCl's secretbox, which is XSalsa20 with Poly1305
("Cryptography in NaCl", section 9; "Extending the Salsa20 nonce"). The cipher is written out here because no
library of ours has it; it is only ever run over one small key file, on the machine of who owns the key.
"""

import base64
import binascii
import hashlib
import re
import struct
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.poly1305 import Poly1305

from lading.foundation import strict_json
from lading.foundation.errors import LadingError, Malformed, Unauthenticated

MAX_FILE = 64 << 10  # bytes
MAX_SCRYPT_MEMORY = 256 << 20  # bytes; cosign's own parameters need 64 MiB
_BLOCK = re.compile(
    rb"-----BEGIN ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)"
    rb"-----END ENCRYPTED \1 PRIVATE KEY-----\s*\Z"
)
_CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")


def is_cosign_private_key(content: bytes) -> bool:
    """Whether a key file is of this kind."""
    return content.startswith((b"-----BEGIN ENCRYPTED SIGSTORE", b"-----BEGIN ENCRYPTED COSIGN"))


def decrypt_cosign_private_key(content: bytes, passphrase: bytes) -> bytes:
    """Return the PKCS #8 key in DER.

    Raises Malformed for a file that is damaged or asks for too much memory, and Unauthenticated
    ``passphrase-wrong``.
    """
    document = _parse(content)
    kdf, cipher = document.get("kdf"), document.get("cipher")
    if not isinstance(kdf, dict) or not isinstance(cipher, dict):
        raise _damaged("it has no kdf or cipher")
    if kdf.get("name") != "scrypt" or cipher.get("name") != "nacl/secretbox":
        raise _damaged("it uses other algorithms than scrypt and nacl/secretbox")
    key = _derive(kdf, passphrase)
    return _open_secretbox(key, _bytes(cipher, "nonce", 24), _bytes(document, "ciphertext"))


def _parse(content: bytes) -> dict[str, Any]:
    block = _BLOCK.match(content) if len(content) <= MAX_FILE else None
    if block is None:
        raise _damaged("it is not one PEM block")
    try:
        text = base64.b64decode(b"".join(block[2].split()), validate=True)
        return strict_json.decode_object(text, what="cosign private key", max_bytes=MAX_FILE)
    except (binascii.Error, LadingError) as error:
        raise _damaged(str(error)) from error


def _derive(kdf: dict[str, Any], passphrase: bytes) -> bytes:
    params = kdf.get("params")
    if not isinstance(params, dict):
        raise _damaged("it has no scrypt parameters")
    n, r, p = (_number(params, name) for name in ("N", "r", "p"))
    if 128 * n * r > MAX_SCRYPT_MEMORY or p > 16:
        raise _damaged(f"it asks for more than {MAX_SCRYPT_MEMORY >> 20} MiB of memory")
    try:
        return hashlib.scrypt(
            passphrase, salt=_bytes(kdf, "salt"), n=n, r=r, p=p, maxmem=MAX_SCRYPT_MEMORY * 2, dklen=32
        )
    except ValueError as error:
        raise _damaged(f"scrypt refuses its parameters: {error}") from error


def _open_secretbox(key: bytes, nonce: bytes, box: bytes) -> bytes:
    subkey = _hsalsa20(key, nonce[:16])
    tag, ciphertext = box[:16], box[16:]
    stream = b"".join(
        _salsa20_block(subkey, nonce[16:], counter) for counter in range((len(ciphertext) + 32) // 64 + 1)
    )
    try:
        Poly1305.verify_tag(stream[:32], ciphertext, tag)
    except InvalidSignature as error:
        raise Unauthenticated(
            "passphrase-wrong", "the passphrase does not open the private key", hint="or the file is damaged"
        ) from error
    return bytes(left ^ right for left, right in zip(ciphertext, stream[32:], strict=False))


def _hsalsa20(key: bytes, nonce: bytes) -> bytes:
    start = _state(key, struct.unpack("<4I", nonce))
    mixed = _rounds(start)
    return struct.pack("<8I", *(mixed[at] for at in (0, 5, 10, 15, 6, 7, 8, 9)))


def _salsa20_block(key: bytes, nonce: bytes, counter: int) -> bytes:
    start = _state(key, (*struct.unpack("<2I", nonce), counter & 0xFFFFFFFF, counter >> 32))
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(start, _rounds(start), strict=True)))


def _state(key: bytes, inside: tuple[int, ...]) -> list[int]:
    """Arrange constants, key and input in the 4 by 4 words of Salsa20 (specification, section 9)."""
    words = struct.unpack("<8I", key)
    c = _CONSTANTS
    return [c[0], *words[:4], c[1], *inside, c[2], *words[4:], c[3]]


def _rounds(start: list[int]) -> list[int]:
    """Twenty rounds: a double round is one over the columns and one over the rows (sections 3 to 6)."""
    x = list(start)
    columns = ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11))
    rows = ((0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14))
    for _ in range(10):
        for a, b, c, d in (*columns, *rows):
            x[b] ^= _rotated(x[a] + x[d], 7)
            x[c] ^= _rotated(x[b] + x[a], 9)
            x[d] ^= _rotated(x[c] + x[b], 13)
            x[a] ^= _rotated(x[d] + x[c], 18)
    return x


def _rotated(word: int, by: int) -> int:
    word &= 0xFFFFFFFF
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF


def _number(params: dict[str, Any], name: str) -> int:
    value = params.get(name)
    if not isinstance(value, int) or not 0 < value <= 1 << 20:
        raise _damaged(f"its scrypt parameter {name} is no sensible number")
    return value


def _bytes(document: dict[str, Any], member: str, length: int = 0) -> bytes:
    value = document.get(member)
    try:
        content = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (binascii.Error, ValueError) as error:
        raise _damaged(f"{member} is not base64") from error
    if (length and len(content) != length) or len(content) < 16:
        raise _damaged(f"{member} is missing or has a wrong length")
    return content


def _damaged(reason: str) -> Malformed:
    return Malformed("private-key-invalid", f"this is not a private key of cosign: {reason}")
