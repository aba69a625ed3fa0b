"""Language runtimes by the files that they bring to say what they are: Java's ``release``, Go's ``VERSION``,
Erlang's ``OTP_VERSION``.
"""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, read_text, reporting

NAME = "language-runtime"
_JAVA = re.compile(r'^JAVA_(?:RUNTIME_)?VERSION="(?P<version>[0-9][^"\s]*)"', re.MULTILINE)
_GO = re.compile(r"go(?P<version>[0-9]+\.[0-9]+(?:\.[0-9]+|(?:rc|beta)[0-9]+)?)\s")
_ERLANG = re.compile(r"(?P<version>[0-9]+(?:\.[0-9]+)*)\s*\Z")


def _read_version(path: str, content: bytes) -> Iterator[Found]:
    """Many files are called so; those that are not a runtime's say nothing."""
    text = read_text(content)
    if path.endswith("OTP_VERSION"):
        name, kind, found = "erlang", "generic", _ERLANG.match(text)
    elif path.endswith("VERSION"):
        name, kind, found = "stdlib", "golang", _GO.match(text + "\n")
    else:
        # The longer one, which has the build, comes in some and is not in order with the other.
        name, kind, found = "java", "generic", _JAVA.search(text)
    if found:
        yield from named(kind, name, found["version"])


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/release", "**/go/VERSION", "**/releases/*/OTP_VERSION"),
    parse=reporting(NAME, _read_version),
    max_bytes=1 << 20,
)
