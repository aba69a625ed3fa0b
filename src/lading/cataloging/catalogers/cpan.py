"""Perl distributions: the metadata that cpanm and others keep of what they install (CPAN::Meta::Spec)."""

import re
from collections.abc import Iterator

from lading.cataloging.block_yaml import read_block_yaml
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, licenses_of, named, read_json_object, reporting, table

NAME = "cpan"
# What the specification calls licences, where one is meant (section "license"). Perl's own is a choice.
_LICENSES = {
    "perl_5": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "apache_2_0": "Apache-2.0",
    "artistic_2": "Artistic-2.0",
    "bsd": "BSD-3-Clause",
    "freebsd": "BSD-2-Clause",
    "gpl_1": "GPL-1.0-only",
    "gpl_2": "GPL-2.0-only",
    "gpl_3": "GPL-3.0-only",
    "lgpl_2_1": "LGPL-2.1-only",
    "lgpl_3_0": "LGPL-3.0-only",
    "mit": "MIT",
    "mozilla_1_1": "MPL-1.1",
    "zlib": "Zlib",
}


def _read_metadata(path: str, content: bytes) -> Iterator[Found]:
    document = read_json_object(content) if path.endswith(".json") else table(read_block_yaml(content))
    name, version = document.get("name"), document.get("version")
    licenses = tuple(_LICENSES.get(text, text) for text in licenses_of(document.get("license")))
    found = named(
        "cpan",
        name.replace("::", "-") if isinstance(name, str) else None,
        re.sub(r"^v(?=[0-9])", "", version) if isinstance(version, str) else None,
        licenses=tuple(text for text in licenses if text != "unknown"),
    )
    if not found:
        raise NotUnderstood("it does not name a distribution and a version")
    yield from found


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/.meta/*/MYMETA.json", "**/.meta/*/META.json", "**/.meta/*/META.yml"),
    parse=reporting(NAME, _read_metadata),
    max_bytes=4 << 20,
)
