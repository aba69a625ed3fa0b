"""Installed Ruby gems: a specification of each, which RubyGems writes as Ruby (guides.rubygems.org).

RubyGems writes these files always alike, one assignment to a line; they are read as such and never as a
program. What somebody wrote by hand may compute its version, and is reported.
"""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, named, read_text, reporting

NAME = "gemspec"
_TEXT = r"""(?:%q)?["'{(](?P<text>[^"'{}()]*)["'})](?:\.freeze)?"""
_NAME = re.compile(rf"^[ \t]*[a-z_]+\.name[ \t]*=[ \t]*{_TEXT}", re.MULTILINE)
_VERSION = re.compile(
    rf"^[ \t]*[a-z_]+\.version[ \t]*=[ \t]*(?:Gem::Version\.new\(?[ \t]*)?{_TEXT}", re.MULTILINE
)
_LICENSES = re.compile(r"^[ \t]*[a-z_]+\.licenses?[ \t]*=[ \t]*(?P<list>[^\n]*)", re.MULTILINE)
_QUOTED = re.compile(r"""["']([^"'\n]{1,200})["']""")


def _read_specification(_path: str, content: bytes) -> Iterator[Found]:
    text = read_text(content)
    name, version, licenses = _NAME.search(text), _VERSION.search(text), _LICENSES.search(text)
    found = named(
        "gem",
        name["text"] if name else None,
        version["text"] if version else None,
        licenses=tuple(_QUOTED.findall(licenses["list"])) if licenses else (),
    )
    if not found:
        raise NotUnderstood("it does not name a gem and a version")
    yield from found


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/specifications/*.gemspec", "**/specifications/default/*.gemspec"),
    parse=reporting(NAME, _read_specification),
    max_bytes=4 << 20,
)
