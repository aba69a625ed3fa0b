"""Feeds of one document, to decode in tests."""

import io
from pathlib import Path

import pytest

from lading.advisories.advisory import Advisory
from lading.advisories.feed import Decoded, FeedDocument, FeedFormat, RefusedRecord

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "advisories"


def decode(kind: FeedFormat, content: bytes | str, feed: str = "", name: str = "feed") -> list[Decoded]:
    """Everything that one document holds."""
    raw = content.encode() if isinstance(content, str) else content
    return list(kind.decode(feed or kind.name, [FeedDocument(name, io.BytesIO(raw))]))


def only(kind: FeedFormat, content: bytes | str, feed: str = "", name: str = "feed") -> Advisory:
    """The one advisory that a document holds."""
    (found,) = decode(kind, content, feed, name)
    assert isinstance(found, Advisory)
    return found


def refused(decoded: list[Decoded]) -> list[str]:
    """Why records were refused."""
    return [one.reason for one in decoded if isinstance(one, RefusedRecord)]


def shared_file(path: str) -> Path:
    """A real feed that lies beside the project; the test is skipped where it does not."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"no real feed at {found}")
    return found
