"""OSV records written for tests, and feeds made of them."""

import io
import json
from typing import Any

from lading.advisories.advisory import Advisory
from lading.advisories.feed import Decoded, FeedDocument, RefusedRecord
from lading.advisories.formats.osv import OSV


def record(identifier: str = "GHSA-aaaa-bbbb-cccc", **members: Any) -> dict[str, Any]:
    return {"id": identifier, "modified": "2024-01-02T03:04:05Z", **members}


def affected(
    ecosystem: str = "PyPI",
    name: str = "requests",
    *events: dict[str, str],
    kind: str = "ECOSYSTEM",
    **members: Any,
) -> dict[str, Any]:
    ranges = [{"type": kind, "events": list(events)}] if events else []
    return {"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges, **members}


def document(content: bytes | dict[str, Any], name: str = "record.json") -> FeedDocument:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return FeedDocument(name, io.BytesIO(raw))


def decode(*records: bytes | dict[str, Any], feed: str = "osv/PyPI") -> list[Decoded]:
    return list(OSV.decode(feed, [document(one, f"{at}.json") for at, one in enumerate(records)]))


def advisory(one: dict[str, Any], feed: str = "osv/PyPI") -> Advisory:
    (decoded,) = decode(one, feed=feed)
    assert isinstance(decoded, Advisory), decoded
    return decoded


def refusal(one: dict[str, Any]) -> str:
    (decoded,) = decode(one)
    assert isinstance(decoded, RefusedRecord), decoded
    return decoded.reason
