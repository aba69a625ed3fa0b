"""Private keys in files: PEM (PKCS #1, SEC 1, PKCS #8, OpenSSH, DSA), OpenPGP armour, PuTTY.

Every byte of every regular file is looked at, for one of two marks; only what stands around a mark is read
further. A mark without a key after it (a program that knows how to write one) is not a secret. The key itself
is never kept.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lading.cataloging.analysis import Secret

_MARK = re.compile(rb"PRIVATE KEY|PuTTY-User-Key-File-")
_AFTER = 2048  # bytes after a mark that decide whether a key follows
_TEXT_SAMPLE = 1024  # bytes; large files with a NUL in these are not counted in lines
_BEFORE = 32  # bytes before a mark that belong to its line
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
_LEAST_VARIETY = 10  # different characters in the first line; "xxxxxxxx" is a placeholder

_PEM_KINDS = {
    b"": "pkcs8",
    b"ENCRYPTED ": "pkcs8",
    b"RSA ": "rsa",
    b"EC ": "ec",
    b"DSA ": "dsa",
    b"OPENSSH ": "openssh",
    b"PGP ": "pgp",
}

# Directories whose keys are published with a package, so that everybody has them. Both must match: a key in
# a directory "test" that no package manager filled may open something.
_PACKAGED = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|gems|go/pkg/mod|go/src)/"
    r"|(?:^|/)lib/(?:python[0-9.]+|ruby)/|^usr/share/"
)
# GnuTLS and others carry keys with which they test themselves at each start, as FIPS 140 wants it.
_LIBRARY = re.compile(r"(?:usr/)?lib(?:32|64)?/(?:[a-z0-9_]+-linux-[a-z0-9]+/)?[^/]+\.so[0-9.]*\Z")
_TESTS = re.compile(r"/(?:tests?|testing|testdata|fixtures?|certdata|examples?|demos?|docs?)/", re.IGNORECASE)

# Names that usually hold a key: writing one in a layer may hide a key of a lower layer.
_LIKELY_NAME = re.compile(
    r"(?:.*/)?(?:id_(?:rsa|dsa|ecdsa|ed25519)|ssh_host_[a-z0-9]+_key|[^/]*\.(?:pem|key|ppk|asc|gpg|p8|env))\Z",
    re.DOTALL,
)


def may_hold_secret(path: str) -> bool:
    """Whether a file of this name usually holds a key."""
    return _LIKELY_NAME.match(path) is not None


def may_mark_secret(content: bytes | memoryview) -> bool:
    """Whether there is anything for ``iter_secrets`` to look at."""
    return _MARK.search(content) is not None


def iter_secrets(path: str, pieces: Iterable[bytes | memoryview]) -> Iterator[Secret]:
    """Yield the private keys of a file, whose content comes in order, in pieces of any size."""
    for line, before, after in _iter_marks(pieces):
        key = _read_putty(after) if after.startswith(b"PuTTY") else _read_pem(before, after)
        if key is not None:
            yield Secret(key.kind, path, line, key.excerpt, _why_example(path))


@dataclass(frozen=True, slots=True)
class _Key:
    kind: str
    excerpt: str


def _iter_marks(pieces: Iterable[bytes | memoryview]) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the line of each mark, what stands before it, and the mark with what stands after it.

    What a mark needs may come with the next piece, so the end of a piece is held and searched with that.
    """
    held = b""  # the end of what came before, of which the first ``searched`` bytes are done with
    searched = 0
    lines = 0  # line ends before ``held``
    waiting: bytes | memoryview | None = None
    binary = False
    for piece in pieces:
        if waiting is None:
            binary = b"\0" in bytes(piece[:_TEXT_SAMPLE])
        else:
            window = _joined(held, waiting)
            until = max(searched, len(window) - _AFTER)
            yield from _marks_in(window, searched, until, lines)
            held = bytes(window[max(0, until - _BEFORE) :])
            searched = until - (len(window) - len(held))
            lines += 0 if binary else bytes(window[: len(window) - len(held)]).count(b"\n")
        waiting = piece
    if waiting is not None:
        window = _joined(held, waiting)
        yield from _marks_in(window, searched, len(window), lines)


def _joined(held: bytes, piece: bytes | memoryview) -> bytes | memoryview:
    return held + piece if held else piece


def _marks_in(
    window: bytes | memoryview, start: int, until: int, lines: int
) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the marks that begin between ``start`` and ``until``."""
    for mark in _MARK.finditer(window, start):
        at = mark.start()
        if at >= until:
            return
        line = lines + bytes(window[:at]).count(b"\n") + 1
        yield line, bytes(window[max(0, at - _BEFORE) : at]), bytes(window[at : at + _AFTER])


def _read_putty(after: bytes) -> _Key | None:
    header = _PUTTY.match(after)
    if header is None:
        return None
    suffix = "" if header[2] == b"none" else "-encrypted"
    return _Key(f"private-key-putty{suffix}", f"PuTTY key file, {header[1].decode()}")


def _read_pem(before: bytes, after: bytes) -> _Key | None:
    begin = before.rfind(b"-----BEGIN ")
    found = _PEM.match(before[begin:] + after) if begin >= 0 else None
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
    return _Key(f"private-key-{kind}{suffix}", armour.decode())


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


def _why_example(path: str) -> str:
    """Why a key at this path is one that everybody has; empty where it may be anybody's."""
    if _LIBRARY.match(path):
        return "it is in a shared library of the system, which tests its cryptography with it"
    packaged = _PACKAGED.search(path)
    if packaged is None or _TESTS.search(path, packaged.end() - 1) is None:
        return ""
    return f"it is in the tests or examples of a package, below {packaged[0].strip('/')}"
