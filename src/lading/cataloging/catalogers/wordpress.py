"""WordPress: its own version, and the plugins and themes by the header of their main file."""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import licenses_of, named

NAME = "wordpress"
_HEAD_BYTES = 8 << 10  # WordPress itself looks no further
_FIELD = re.compile(
    r"^[ \t/*#@]*(?P<key>Plugin Name|Theme Name|Version|License)[ \t]*:[ \t]*(?P<text>[^\n]{1,200})",
    re.MULTILINE,
)
_CORE = re.compile(r"""\$wp_version\s*=\s*["'](?P<version>[0-9][^"'\s]*)["']""")


def parse_header(path: str, content: bytes) -> Iterator[Found]:
    """Yield what a file is the main file of; most of a plugin's are none, and say nothing."""
    text = content[:_HEAD_BYTES].decode("utf-8", "replace").replace("\r", "\n")
    if path.endswith("wp-includes/version.php"):
        if found := _CORE.search(text):
            yield from named("generic", "wordpress", found["version"])
        return
    fields = {found["key"]: found["text"].strip(" \t*/") for found in reversed([*_FIELD.finditer(text)])}
    kind, folder = path.split("/")[-3:-1]
    if ("Plugin Name" if kind == "plugins" else "Theme Name") in fields:
        yield from named(
            f"wordpress-{kind.removesuffix('s')}",
            folder,
            fields.get("Version"),
            licenses=licenses_of(fields.get("License")),
        )


CATALOGER = Cataloger(
    name=NAME,
    reads=(
        "**/wp-content/plugins/*/*.php",
        "**/wp-content/themes/*/style.css",
        "**/wp-includes/version.php",
    ),
    parse=parse_header,
    max_bytes=8 << 20,
)
