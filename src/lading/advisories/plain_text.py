"""Text from feeds on one line, without what cannot be seen. Markup stays text: it is escaped where shown."""

import re

MAX_SUMMARY = 300  # characters

_SPACE = re.compile(r"\s+")
# Controls, bidirectional overrides, invisible and private characters, and lone surrogates.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def one_line(text: str, limit: int = MAX_SUMMARY) -> str:
    """Fold white space, drop what cannot be seen, and cut at a word with "…"."""
    beginning = _SPACE.sub(" ", text[: limit * 4])
    line = _UNWANTED.sub("", beginning).strip()
    if len(line) <= limit:
        return line
    return line[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def first_sentence(text: str, limit: int = MAX_SUMMARY) -> str:
    """The first sentence of a description, on one line."""
    line = one_line(text, limit)
    found = re.search(r"(?<=[a-z0-9)\]])\.(?= [A-Z])", line)
    return line[: found.end()] if found else line
