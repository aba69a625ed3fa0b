"""CISA's catalog of known exploited vulnerabilities (JSON, schema of 2022): CVEs that are used in attacks."""

from collections.abc import Iterable, Iterator

import msgspec

from lading.advisories.advisory import Advisory, Severity
from lading.advisories.feed import Decoded, FeedDate, FeedDocument, FeedFormat, RefusedRecord
from lading.advisories.plain_text import one_line
from lading.foundation import strict_json
from lading.foundation.bounded import read_all
from lading.foundation.errors import Malformed

MAX_CATALOG = 64 << 20  # bytes; the catalog of 2026 has 1.5 MB


class _Entry(msgspec.Struct):
    cve_id: str = msgspec.field(name="cveID")
    date_added: str = msgspec.field(name="dateAdded")
    vulnerability_name: str = msgspec.field(name="vulnerabilityName", default="")


def decode(feed: str, documents: Iterable[FeedDocument]) -> Iterator[Decoded]:
    """Decode one advisory for each CVE. It affects no package: it says that the flaw is exploited.

    A catalog whose count is not the number of its entries was cut or joined, and is refused.
    """
    for document in documents:
        content = read_all(document.reader, max_bytes=MAX_CATALOG, what=document.name)
        catalog = strict_json.decode_object(content, what=document.name, max_bytes=MAX_CATALOG)
        entries = catalog.get("vulnerabilities")
        if not isinstance(entries, list) or catalog.get("count", len(entries)) != len(entries):
            raise Malformed(
                "feed-contradictory",
                f"{document.name} does not hold as many vulnerabilities as it says",
                hint="fetch the catalog again: it was cut off, or put together from two",
            )
        released = catalog.get("dateReleased")
        if isinstance(released, str):
            yield FeedDate(released[:40])
        for at, entry in enumerate(entries):
            yield _decode_one(feed, f"{document.name}: entry {at + 1}", entry)


KEV = FeedFormat(name="kev", rules="CISA Known Exploited Vulnerabilities catalog", revision=2, decode=decode)


def _decode_one(feed: str, where: str, entry: object) -> Decoded:
    try:
        record = msgspec.convert(entry, _Entry)
    except msgspec.ValidationError as error:
        return RefusedRecord(where, f"not an entry of the catalog: {error}")
    return Advisory(
        feed=feed,
        id=record.cve_id,
        aliases=(),
        summary=one_line(record.vulnerability_name),
        severity=Severity.UNKNOWN,
        cvss="",
        published=record.date_added,
        modified="",
        withdrawn=False,
        affected=(),
        references=("https://www.cisa.gov/known-exploited-vulnerabilities-catalog",),
        known_exploited=True,
    )
