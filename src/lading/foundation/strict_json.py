"""JSON as a security boundary: one way to read it, one way to write it.

Two readers that disagree about a document (which of two equal keys counts, how deep is too deep) are how a
signed payload comes to mean two things. So what we digest, store or verify is decoded here: duplicate keys,
NaN, lone surrogates and absurd depth are refused. What we sign or chain is encoded canonically.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from lading.foundation.errors import Malformed, OverLimit

JsonValue: TypeAlias = bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None

MAX_DEPTH = 64  # levels; the deepest real document we know (SPDX 3 graphs) has under 20
# Possessive, and an unterminated string runs to the end: otherwise each quote in hostile input would start a
# scan of its own, and the time would be quadratic.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


def decode(content: bytes, *, what: str, max_bytes: int, max_depth: int = MAX_DEPTH) -> Any:
    """Decode UTF-8 JSON strictly (RFC 8259, I-JSON of RFC 7493 for keys and numbers).

    ``what`` names the document in errors ("image manifest"). Raises OverLimit for more than ``max_bytes``
    bytes or ``max_depth`` levels, Malformed for anything that is not one unambiguous JSON value.
    """
    if len(content) > max_bytes:
        raise OverLimit(
            "json-too-large",
            f"{what} has {len(content)} bytes, more than the {max_bytes} allowed",
            details={"limit": max_bytes},
        )
    _refuse_depth(content, what, max_depth)
    try:
        return DECODER.decode(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed("json-not-utf8", f"{what} is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise Malformed(
            "json-invalid", f"{what} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from error
    except Ambiguous as error:
        raise Malformed("json-ambiguous", f"{what} is ambiguous JSON: {error}") from error
    except (ValueError, RecursionError) as error:  # an integer of more digits than Python will convert
        raise Malformed("json-invalid", f"{what} is not JSON: {error}") from error


def decode_object(content: bytes, *, what: str, max_bytes: int, max_depth: int = MAX_DEPTH) -> dict[str, Any]:
    """Decode as ``decode`` does, and refuse anything but an object at the top."""
    value = decode(content, what=what, max_bytes=max_bytes, max_depth=max_depth)
    if not isinstance(value, dict):
        raise Malformed("json-not-object", f"{what} must be a JSON object, not {type(value).__name__}")
    return value


def encode_canonical(value: JsonValue) -> bytes:
    """Encode with sorted keys, no white space and no escapes beyond the required ones, as UTF-8.

    Equal to RFC 8785 (JCS) for the values that we write: strings, integers, booleans, null, lists, objects.
    Floats are refused, because their canonical form is where implementations differ.
    """
    return json.dumps(_ordered(value), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


class Ambiguous(Exception):
    """Raised by ``DECODER`` for what two readers could understand differently."""


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Ambiguous(f"the key {key[:80]!r} stands twice in one object")
            seen.add(key)
    return members


def _refuse_constant(name: str) -> Any:
    raise Ambiguous(f"{name} is not a JSON number")


# As strict as ``decode`` about keys and numbers, for those who read a document part by part.
DECODER = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)


def _refuse_depth(content: bytes, what: str, max_depth: int) -> None:
    if content.count(b"[") + content.count(b"{") <= max_depth:
        return
    depth = 0
    for bracket in _BRACKETS.findall(_STRING.sub(b"", content)):
        depth += 1 if bracket in b"[{" else -1
        if depth > max_depth:
            raise OverLimit(
                "json-too-deep",
                f"{what} is nested more than {max_depth} levels deep",
                details={"limit": max_depth},
            )


def _ordered(value: JsonValue) -> JsonValue:
    """Order the members of every object by the UTF-16 code units of their keys (RFC 8785, section 3.2.3)."""
    if isinstance(value, float):
        raise TypeError("canonical JSON holds no floats; write the number as an integer or a string")
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_ordered(member) for member in value]
    return value
