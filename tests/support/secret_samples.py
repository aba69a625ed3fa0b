"""Made-up credentials: for every kind that a pattern recognises, one that the pattern makes."""

import base64
import json
import random
import re
import zlib
from re import _constants as op
from re import _parser
from typing import Any

from lading.access.personal_token import personal_token
from lading.cataloging.secrets.kind import SecretKind
from lading.foundation.base62 import base62

_ANY = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
TRIES = 400


def github_like(prefix: bytes, chance: random.Random) -> bytes:
    """A token with the checksum that GitHub and npm put at its end."""
    body = bytes(chance.choice(_ANY) for _ in range(30))
    return prefix + body + base62(zlib.crc32(body), 6).encode()


def jwt(chance: random.Random, **claims: str) -> bytes:
    """A token whose signature nobody made."""
    parts = [
        json.dumps(part, separators=(",", ":")).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)
    ]
    signature = bytes(chance.randrange(256) for _ in range(64))
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (*parts, signature))


def samples(kind: SecretKind, chance: random.Random) -> "list[bytes]":
    """Texts of which the kind should recognise at least one."""
    if kind.name.startswith("github-") and "fine" not in kind.name:
        return [github_like(kind.marks[0].literal, chance)]
    if kind.name == "lading-token":
        return [personal_token("".join(chr(chance.choice(_ANY)) for _ in range(43))).encode()]
    if kind.name == "npm-token":
        return [github_like(b"npm_", chance)]
    if kind.name == "supabase-service-key":
        return [jwt(chance, iss="supabase", role="service_role")]
    if kind.name in {"jwt", "kubernetes-token"}:
        return [jwt(chance, iss="kubernetes/serviceaccount", sub="system:serviceaccount:default:deploy")]
    if kind.name == "docker-login":
        return [b'"auth": "' + base64.b64encode(b"deploy:h7Gk29dLpQ") + b'"']
    parsed = _parser.parse(kind.pattern, re.DOTALL)
    return [_made(parsed, chance) for _ in range(TRIES)]


def _made(parsed: Any, chance: random.Random) -> bytes:
    return b"".join(_part(code, value, chance) for code, value in parsed)


def _part(code: Any, value: Any, chance: random.Random) -> bytes:
    if code is op.LITERAL:
        return bytes((value,))
    if code is op.ANY:
        return bytes((chance.choice(_ANY),))
    if code is op.NOT_LITERAL:
        return bytes((chance.choice([each for each in _ANY if each != value]),))
    if code is op.IN:
        return bytes((_of_class(value, chance),))
    if code in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
        least, most, inner = value
        count = least if least or most > 3 else chance.choice((0, 1))
        if most > 100 and least < 8:
            count = max(least, min(most, 12)) if least else 0
        return b"".join(_made(inner, chance) for _ in range(count))
    if code is op.SUBPATTERN:
        return _made(value[-1], chance)
    if code is op.BRANCH:
        return _made(chance.choice(value[1]), chance)
    if code is op.ASSERT:
        return _made(value[1], chance) if value[0] > 0 and chance.random() < 0.5 else b""
    if code in {op.ASSERT_NOT, op.AT, op.GROUPREF}:
        return b""
    raise NotImplementedError(code)


def _of_class(members: Any, chance: random.Random) -> int:
    negated, allowed = False, set()
    for code, value in members:
        if code is op.NEGATE:
            negated = True
        elif code is op.LITERAL:
            allowed.add(value)
        elif code is op.RANGE:
            allowed.update(range(value[0], value[1] + 1))
        elif code is op.CATEGORY:
            allowed.update(_category(value))
    if negated:
        allowed = set(_ANY) - allowed
    usual = sorted(each for each in allowed if each in _ANY or each in b"01lIOo") or sorted(allowed)
    return int(chance.choice(usual))


def _category(value: Any) -> "set[int]":
    if value is op.CATEGORY_DIGIT:
        return set(b"0123456789")
    if value is op.CATEGORY_SPACE:
        return set(b" ")
    if value is op.CATEGORY_WORD:
        return set(_ANY)
    return set(_ANY)
