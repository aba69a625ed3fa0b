"""Lua rocks, as LuaRocks installs them: the rockspec of each (luarocks.org, "Rockspec format")."""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, licenses_of, named, read_text, reporting

NAME = "lua"
_FIELD = re.compile(
    r"""^[ \t]*(?P<key>package|version|license)[ \t]*=[ \t]*(?P<quote>["'])(?P<text>[^"'\n]*)(?P=quote)""",
    re.MULTILINE,
)


def _read_rockspec(_path: str, content: bytes) -> Iterator[Found]:
    """A Lua program by its format; what computes its name or version is reported and not run."""
    fields: dict[str, str] = {}
    for found in _FIELD.finditer(read_text(content)):
        fields.setdefault(found["key"], found["text"])
    rock = named(
        "luarocks", fields.get("package"), fields.get("version"), licenses=licenses_of(fields.get("license"))
    )
    if not rock:
        raise NotUnderstood("it does not name a rock and a version")
    yield from rock


CATALOGER = Cataloger(
    name=NAME, reads=("**/*.rockspec",), parse=reporting(NAME, _read_rockspec), max_bytes=1 << 20
)
