"""Column types that mean the same on SQLite and on PostgreSQL."""

import json
import re
import zlib
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from lading.oci.digest import Digest

# Both databases order bytewise, which is code point order in UTF-8 and what Python does: a page key means
# the same everywhere, and the distribution spec's "lexical order" of tags holds.
PLAIN_TEXT: sa.types.TypeEngine[str] = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

# INTEGER PRIMARY KEY is SQLite's own row number; anything wider would be a second index.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_NEEDS_ESCAPE = re.compile("[\\\\\x00\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(\\|u[0-9a-f]{4})")


def escape_text(text: str) -> str:
    r"""Write what a database cannot hold (NUL, lone surrogates) as ``\uXXXX``, and ``\`` as ``\\``.

    Paths and names come from hostile archives; PostgreSQL refuses NUL, both refuse surrogates.
    """
    if not _NEEDS_ESCAPE.search(text):
        return text
    return _NEEDS_ESCAPE.sub(lambda found: "\\\\" if found[0] == "\\" else f"\\u{ord(found[0]):04x}", text)


def unescape_text(text: str) -> str:
    """Undo ``escape_text``."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: "\\" if found[1] == "\\" else chr(int(found[1][1:], 16)), text)


class AnyText(TypeDecorator[str]):
    """Any Python string, whoever sent it."""

    impl = PLAIN_TEXT
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return None if value is None else escape_text(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> str | None:
        return None if value is None else unescape_text(value)


class Instant(TypeDecorator[datetime]):
    """An aware datetime as fixed-width RFC 3339 text in UTC: it sorts as text, and people can read it."""

    impl = PLAIN_TEXT
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

    def process_result_value(self, value: str | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class DigestText(TypeDecorator[Digest]):
    """A digest in its usual form."""

    impl = PLAIN_TEXT
    cache_ok = True

    def process_bind_param(self, value: Digest | str | None, _dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Digest | None:
        # It was checked when it was written; checking again would cost more than the rest of the row.
        return None if value is None else Digest(*value.split(":", 1))


class Json(TypeDecorator[Any]):
    """Small JSON as text that is pure ASCII, so that no string in it can offend a database."""

    impl = PLAIN_TEXT
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        if value is None:
            return None
        return json.dumps(value, separators=(",", ":"), sort_keys=True, allow_nan=False, default=_plain)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def _plain(value: object) -> object:
    """Mappings that are not dict (a mappingproxy) are objects too."""
    try:
        return dict(value)  # type: ignore[call-overload]  # anything else raises, which is wanted
    except (TypeError, ValueError):
        raise TypeError(f"{type(value).__name__} is not JSON") from None


class Packed(TypeDecorator[Any]):
    """JSON that nothing is looked up in and that may be long, deflated (some five times smaller)."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return zlib.compress(json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii"), 1)

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> Any:
        return None if value is None else json.loads(zlib.decompress(value))
