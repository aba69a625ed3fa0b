"""Whether a text can be a credential: checksums, structure, and randomness."""

import base64
import binascii
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

from lading.foundation.base62 import base62

Check: TypeAlias = Callable[[bytes], bool]

_ORDERED = b"0123456789abcdefghijklmnopqrstuvwxyz0123456789"
_PLACEHOLDER = re.compile(
    rb"x{4,}|\*{3,}|\.{4,}|0{8,}|1{8,}|your|example|changeme|change_me|placeholder|redacted|dummy|sample|insert"
    rb"|replace|todo|fixme|foobar|<[^>]*>|\$\{|\{\{|%\(|%s|deadbeef|lorem|secret_?key|my_?secret",
    re.IGNORECASE,
)
_WORDY = re.compile(rb"[a-z]{7,}|[A-Z][a-z]{6,}")


def entropy(value: bytes) -> float:
    """Bits that each byte carries, by how often bytes occur (Shannon)."""
    counts = Counter(value)
    size = len(value) or 1
    return -sum(count / size * math.log2(count / size) for count in counts.values())


def is_random(value: bytes, bits: float = 3.0) -> bool:
    """Whether it looks made by chance and not by a person: varied, no placeholder, no row of letters."""
    if entropy(value) < bits or _PLACEHOLDER.search(value):
        return False
    lower = value.lower()
    return not any(lower[at : at + 8] in _ORDERED for at in range(0, max(1, len(lower) - 8), 4))


def is_random_after(prefix: int, bits: float = 3.0) -> Check:
    """The same of what follows a prefix that all credentials of a kind have."""
    return lambda value: is_random(value[prefix:], bits)


def is_mixed(value: bytes) -> bool:
    """Random, with a digit and letters: words and identifiers of programs are left out."""
    return (
        is_random(value, 3.2)
        and any(48 <= byte <= 57 for byte in value)
        and any(byte > 57 for byte in value)
        and len(_WORDY.findall(value)) < 2
    )


def is_hex_random(value: bytes) -> bool:
    """Hexadecimal digits as chance makes them: most of the sixteen occur, none mostly."""
    counts = Counter(value.lower())
    return len(counts) >= 9 and max(counts.values()) <= len(value) * 0.3 and is_random(value, 2.8)


def has_crc_of_github(value: bytes) -> bool:
    """The last six characters are the CRC-32 of those between the prefix and them, in base 62.

    https://github.blog/engineering/behind-githubs-new-authentication-token-formats/
    """
    body, checksum = value.rpartition(b"_")[2][:-6], value[-6:]
    return base62(zlib.crc32(body), 6).encode() == checksum


def is_jwt(value: bytes) -> bool:
    """Three parts, the first two JSON objects; the first names an algorithm that signs (RFC 7519)."""
    parts = value.split(b".")
    if len(parts) != 3 or len(parts[2]) < 20:
        return False
    header, claims = _json(parts[0]), _json(parts[1])
    algorithm = header.get("alg") if header else None
    return claims is not None and isinstance(algorithm, str) and algorithm.lower() != "none"


def jwt_claims(value: bytes) -> dict[str, object]:
    """What a JWT states, unverified; empty where it cannot be read."""
    parts = value.split(b".")
    return (_json(parts[1]) or {}) if len(parts) == 3 else {}


def jwt_of(**claims: str) -> Check:
    """A JWT that states these claims."""

    def check(value: bytes) -> bool:
        said = jwt_claims(value)
        return is_jwt(value) and all(said.get(name) == wanted for name, wanted in claims.items())

    return check


def _json(part: bytes) -> dict[str, object] | None:
    try:
        document = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def decodes_to(size: int) -> Check:
    """Base64 of exactly so many bytes, which look made by chance."""

    def check(value: bytes) -> bool:
        raw = _decoded(value)
        return raw is not None and len(raw) == size and is_random(value, 3.5)

    return check


def is_basic_login(value: bytes) -> bool:
    """Base64 of ``user:password`` (RFC 7617)."""
    raw = _decoded(value)
    if raw is None:
        return False
    user, colon, password = raw.partition(b":")
    return bool(user and colon and len(password) > 2) and raw.isascii() and not is_placeholder(password)


def _decoded(value: bytes) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None


def is_placeholder(value: bytes) -> bool:
    """A password that stands for one: nobody's, or everybody's."""
    lower = value.lower()
    return lower in _COMMON or _PLACEHOLDER.search(value) is not None or len(set(value)) < 3


_COMMON = frozenset(
    b"password pass passwd pwd secret user username admin root test testing token key none null true false"
    b" empty guest default changeit foo bar baz hello string hunter2 postgres mysql redis mongo rabbitmq"
    b" api_key apikey"
    b" mypassword my-password mysecret p@ssw0rd passw0rd pw abc abc123 123 1234 12345 123456 xyz db dbpass"
    b" user_password db_password pass123 password123 undefined".split()
)


def is_database_login(value: bytes) -> bool:
    """A password of a URL that is meant, and not made up for a document."""
    return (
        len(value) >= 3 and not is_placeholder(value) and not value.startswith((b"$", b"%", b"{", b"<", b"["))
    )


def luhn_free(value: bytes) -> bool:
    """Any varied text: kinds whose form is narrow need no more."""
    return len(set(value)) > 5 and not _PLACEHOLDER.search(value)
