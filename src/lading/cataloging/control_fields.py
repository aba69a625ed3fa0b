"""Records of fields as Debian writes them (deb822(5)): ``Name: value``, goes on in indented lines."""

import re
from collections.abc import Iterator

_RECORD_END = re.compile(r"\n(?:[ \t]*\n)+")


def iter_records(text: str) -> Iterator[dict[str, str]]:
    """Yield each record; names of fields are in lower case, of two alike the first counts."""
    for record in _RECORD_END.split(text):
        fields: dict[str, str] = {}
        name = ""
        for line in record.split("\n"):
            if line[:1] in (" ", "\t"):
                if name:
                    fields[name] += "\n" + line.strip()
                continue
            before, colon, value = line.partition(":")
            name = before.strip().lower()
            if not colon or not name or name in fields:
                name = ""
                continue
            fields[name] = value.strip()
        if fields:
            yield fields
