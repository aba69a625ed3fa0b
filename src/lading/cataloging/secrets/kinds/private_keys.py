"""Private keys: PEM (PKCS #1, SEC 1, PKCS #8, OpenSSH, DSA), OpenPGP armour, PuTTY.

A mark without a key after it (a program that knows how to write one) is not a secret.
"""

import base64
import binascii
import re

from lading.cataloging.secrets.kind import FoundSecret, SecretKind, Window, literal_marks

# Line breaks, also as string literals of JSON, YAML and shells write them, and what may indent the next line.
# All quantifiers are possessive: a hostile file must not make the search try every way to share out spaces.
_BREAKS = rb"[ \t]*+(?:(?:\r?\n|(?:\\{1,2}r)?\\{1,2}n)[ \t\"'#*>|]*+)*+"
_PEM = re.compile(
    rb"(-----BEGIN ((?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?)PRIVATE KEY(?: BLOCK)?-----)"
    + _BREAKS
    + rb"((?:[A-Za-z-]{2,30}: [^\n\\]{0,200}+"
    + _BREAKS
    + rb"){0,8}+)"
    rb"([A-Za-z0-9+/]{24,80}+)"
)
_PUTTY = re.compile(rb"PuTTY-User-Key-File-[1-3]: ([a-z0-9@.-]{3,40})\r?\nEncryption: ([a-z0-9-]+)")
_DER = re.compile(rb"M[A-P]")  # a DER SEQUENCE (0x30) in base64
_PACKET = re.compile(rb"[g-z0-9+/]")  # the first bit of an OpenPGP packet is set (RFC 9580, section 4.2)
_OPENSSH_MAGIC = b"openssh-key-v1\0"
_BEGIN = b"-----BEGIN "
_LEAST_VARIETY = 10  # different characters in the first line; "xxxxxxxx" is a placeholder
_BEFORE = 32  # bytes before a mark that belong to its line

_PEM_KINDS = {
    b"": "pkcs8",
    b"ENCRYPTED ": "pkcs8",
    b"RSA ": "rsa",
    b"EC ": "ec",
    b"DSA ": "dsa",
    b"OPENSSH ": "openssh",
    b"PGP ": "pgp",
}
_ROTATE = (
    "make a new key, put its public half everywhere the old one was accepted (authorized_keys, certificates,"
    " trust stores), and take the old one out; revoke certificates of it"
)


def _find_putty(window: Window) -> FoundSecret | None:
    header = _PUTTY.match(window.content, window.mark)
    if header is None:
        return None
    suffix = "" if header[2] == b"none" else "-encrypted"
    return FoundSecret(
        f"private-key-putty{suffix}", header.start(), header.end(), f"PuTTY key file, {header[1].decode()}"
    )


def _find_pem(window: Window) -> FoundSecret | None:
    begin = window.content.rfind(_BEGIN, max(0, window.mark - _BEFORE), window.mark)
    found = _PEM.match(window.content, begin) if begin >= 0 else None
    if found is None:
        return None
    armour, label, headers, body = found.groups()
    kind = _PEM_KINDS[label]
    if len(set(body)) < _LEAST_VARIETY:
        return None
    encrypted = label == b"ENCRYPTED " or b"ENCRYPTED" in headers
    if kind == "openssh":
        cipher = _openssh_cipher(body)
        if cipher is None:
            return None
        encrypted = cipher != b"none"
    elif kind == "pgp":
        # Whether an OpenPGP key is protected stands deep in its packets; it is not claimed either way.
        if not _PACKET.match(body):
            return None
    elif not encrypted and not _DER.match(body):
        return None
    suffix = "-encrypted" if encrypted else ""
    return FoundSecret(f"private-key-{kind}{suffix}", found.start(), found.end(), armour.decode())


def _openssh_cipher(body: bytes) -> bytes | None:
    """The cipher's name, after the magic bytes (OpenSSH, PROTOCOL.key); None where this is no such key."""
    try:
        start = base64.b64decode(body[: len(body) // 4 * 4])
    except binascii.Error:
        return None
    if not start.startswith(_OPENSSH_MAGIC):
        return None
    at = len(_OPENSSH_MAGIC)
    length = int.from_bytes(start[at : at + 4], "big")
    return start[at + 4 : at + 4 + length]


KINDS: tuple[SecretKind, ...] = (
    SecretKind(
        "private-key", "private key", _ROTATE, literal_marks(b"PRIVATE KEY"), _find_pem, in_programs=True
    ),
    SecretKind(
        "private-key-putty",
        "PuTTY private key",
        _ROTATE,
        literal_marks(b"PuTTY-User-Key-File-"),
        _find_putty,
        in_programs=True,
    ),
)
