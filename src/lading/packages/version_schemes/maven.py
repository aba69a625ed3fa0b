"""Maven versions (Maven's POM reference, "Version Order Specification"; ComparableVersion)."""

import re

from lading.packages.ordered_bytes import number, word
from lading.packages.version_scheme import VersionScheme

_TOKEN = re.compile(r"(?P<prefix>[.-]?)(?:(?P<digits>[0-9]+)|(?P<qualifier>[^0-9.-]+)|)")
_SHORT = {"a": "alpha", "b": "beta", "m": "milestone"}  # only when a number follows at once
_BEFORE_RELEASE = {"alpha": 0, "beta": 1, "milestone": 2, "rc": 3, "cr": 3, "snapshot": 4}
_RELEASE = {"ga", "final", "release"}

# What can stand at one place, from least to greatest. Neutral tokens remain only before something greater
# than the end, because those before a hyphen are dropped: so ".0" may be written above the end.
_PRE_RELEASE, _END, _NEUTRAL_WORD, _SERVICE_PACK, _OTHER_WORD, _AFTER_HYPHEN, _AFTER_DOT = (
    bytes((tag,)) for tag in range(1, 8)
)


def order_key(text: str) -> bytes | None:
    """Order token by token; zeros and the words for a release do not count at the end and before hyphens.

    ".rc1" and "-rc1" are equal, as Maven has it since 3.9; before, such versions went in circles.
    """
    if not text.isascii() or not text.isprintable() or " " in text:
        return None
    tokens = _without_neutral_before_hyphens(_tokens(text.lower()))
    return b"".join(_piece(*token) for token in tokens) + _END


_Token = tuple[str, str]  # "." or "-", and the number or qualifier after it


def _tokens(text: str) -> list[_Token]:
    """Split at dots, at hyphens and between digits and letters; the last two count as the same."""
    tokens: list[_Token] = []
    at = 0
    while at < len(text) or not tokens:
        found = _TOKEN.match(text, at)
        assert found is not None  # every part of it is optional
        prefix = found["prefix"] or ("-" if tokens else ".")
        value = found["digits"] or found["qualifier"] or "0"
        if found["qualifier"]:
            prefix = "-"  # ".rc" and "-rc" are the same
            if found.end() < len(text) and text[found.end()].isdigit():
                value = _SHORT.get(value, value)
        tokens.append((prefix, value))
        at = found.end()
    return tokens


def _without_neutral_before_hyphens(tokens: list[_Token]) -> list[_Token]:
    """Drop neutral tokens at the end, and at the end of what stands before each hyphen that remains."""
    kept: list[_Token] = []
    for token in tokens:
        if token[0] == "-":
            _drop_last_neutral(kept)
        kept.append(token)
    _drop_last_neutral(kept)
    return kept


def _drop_last_neutral(tokens: list[_Token]) -> None:
    while tokens and _is_neutral(tokens[-1]):
        tokens.pop()


def _is_neutral(token: _Token) -> bool:
    return not token[1].strip("0") or token[1] in _RELEASE


def _piece(prefix: str, value: str) -> bytes:
    if value.isdigit():
        return (_AFTER_HYPHEN if prefix == "-" else _AFTER_DOT) + number(value)
    if value in _BEFORE_RELEASE:
        return _PRE_RELEASE + bytes((_BEFORE_RELEASE[value],))
    if value in _RELEASE:
        return _NEUTRAL_WORD
    return _SERVICE_PACK if value == "sp" else _OTHER_WORD + word(value)


MAVEN = VersionScheme(name="maven", rules="Maven version order specification", order_key=order_key)
