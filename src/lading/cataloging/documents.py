"""Reading the structured files that say what is installed: JSON, TOML, and what they are believed to hold.

Nothing in them is trusted to have the type that it should have, so each access asks. A file that cannot be
read at all raises NotUnderstood, which ``reporting`` turns into an Unreadable.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from lading.cataloging.analysis import Unreadable
from lading.cataloging.cataloger import Found, Parse
from lading.packages.package import Package

MAX_DOCUMENT = 32 << 20  # bytes; the largest real lock file we know (a monorepo's) has 6 MiB
MAX_TOML = 8 << 20  # bytes; the parser of the standard library takes seconds for each of them

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WORD = re.compile(r"[^\s\x00-\x1f\x7f]{1,500}\Z")  # a database refuses longer names
_LONGEST_LICENSE = 200  # characters; longer ones are the licence's text


class NotUnderstood(Exception):
    """The file is not of its format; the message says why."""


def reporting(name: str, read: Callable[[str, bytes], Iterator[Found]]) -> Parse:
    """Make a cataloger's ``parse`` out of a reader that may raise NotUnderstood."""

    def parse(path: str, content: bytes) -> Iterator[Found]:
        try:
            yield from read(path, content)
        except NotUnderstood as reason:
            yield Unreadable(path, name, str(reason))

    return parse


def read_json(content: bytes) -> Any:
    """Decode JSON of any shape; keys that stand twice count once, the last time, as package managers do."""
    if len(content) > MAX_DOCUMENT:
        raise NotUnderstood(f"it has {len(content)} bytes, too many to be read")
    try:
        return msgspec.json.decode(content.removeprefix(_BYTE_ORDER_MARK))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnderstood("it is not JSON") from error


def read_json_object(content: bytes) -> dict[str, Any]:
    """Decode a JSON object."""
    value = read_json(content)
    if not isinstance(value, dict):
        raise NotUnderstood("it is not a JSON object")
    return value


def read_toml(content: bytes) -> dict[str, Any]:
    """Decode TOML."""
    if len(content) > MAX_TOML:
        raise NotUnderstood(f"it has {len(content)} bytes, too many to be read")
    try:
        return tomllib.loads(read_text(content))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise NotUnderstood("it is not TOML") from error


def read_text(content: bytes) -> str:
    """Decode text, with all ends of lines the same."""
    try:
        return content.removeprefix(_BYTE_ORDER_MARK).decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise NotUnderstood("it is not UTF-8") from error


def table(value: Any, *keys: str) -> dict[str, Any]:
    """The object at a place; an empty one where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def tables(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list, or of an object's members."""
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (one for one in values if isinstance(one, dict))


def texts(value: Any) -> tuple[str, ...]:
    """The strings of a list; a string alone is a list of one."""
    values = value if isinstance(value, list) else [value]
    return tuple(one.strip() for one in values if isinstance(one, str) and one.strip())


def licenses_of(value: Any) -> tuple[str, ...]:
    """What a metadata field says of licences, as far as it is no text of a licence."""
    return tuple(text for text in texts(value) if len(text) <= _LONGEST_LICENSE and text.isprintable())


def named(
    package_type: str, name: Any, version: Any, *, namespace: Any = "", licenses: tuple[str, ...] = ()
) -> tuple[Package, ...]:
    """One package; none where its name or version is not a word, as nothing could be looked up by it."""
    if not (isinstance(name, str) and isinstance(version, str) and isinstance(namespace, str)):
        return ()
    if not _WORD.match(name) or not _WORD.match(version) or (namespace and not _WORD.match(namespace)):
        return ()
    return (Package(package_type, namespace, name, version, licenses=licenses),)


def scoped(
    package_type: str, name: Any, version: Any, *, licenses: tuple[str, ...] = ()
) -> tuple[Package, ...]:
    """As ``named``, where the name holds the namespace: ``@scope/name``, ``vendor/name``."""
    if not isinstance(name, str):
        return ()
    namespace, _, last = name.strip("/").rpartition("/")
    return named(package_type, last, version, namespace=namespace, licenses=licenses)


def python_name(name: Any) -> str:
    """The normalised name of a Python distribution (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower() if isinstance(name, str) else ""
