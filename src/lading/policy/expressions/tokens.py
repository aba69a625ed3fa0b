"""Tokens of CEL (cel-spec, doc/langdef.md, "Syntax")."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from lading.policy.expressions.tree import ExpressionError


class Kind(Enum):
    """What a token is."""

    NAME = "name"
    INT = "number"
    TEXT = "text"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``value`` of a text is what it means, of anything else what was written."""

    kind: Kind
    value: str
    at: int


_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?!['"A-Za-z0-9_]))
      | (?P<int>0x[0-9a-fA-F]+|[0-9]+)(?![A-Za-z0-9_.])
      | (?P<raw>[rR](?:"[^"\n]*"|'[^'\n]*'))
      | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "`": "`", "?": "?"}


def tokens(text: str) -> Iterator[Token]:
    """Give the tokens in order, the last of kind END; raise ExpressionError at what is none."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ExpressionError(f"{text[at : at + 12]!r} is not part of the expression language", at)
        match found.lastgroup:
            case "name":
                yield Token(Kind.NAME, found.group(), at)
            case "int":
                yield Token(Kind.INT, found.group(), at)
            case "raw":
                yield Token(Kind.TEXT, found.group()[2:-1], at)
            case "text":
                yield Token(Kind.TEXT, _unescape(found.group()[1:-1], at), at)
            case "sign":
                yield Token(Kind.SIGN, found.group(), at)
            case _:
                pass
        at = found.end()
    yield Token(Kind.END, "the end", len(text))


def _unescape(body: str, at: int) -> str:
    def one(found: re.Match[str]) -> str:
        code = found.group(1)
        if len(code) > 1:
            return chr(int(code[1:], 16))
        if code not in _ESCAPES:
            raise ExpressionError(f"\\{code} is not an escape", at, r"write \\ for a backslash, or r'…'")
        return _ESCAPES[code]

    return _ESCAPE.sub(one, body)
