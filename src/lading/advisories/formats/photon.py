"""VMware Photon OS: a JSON list of CVEs and packages for each release (packages.vmware.com/photon)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from lading.advisories.advisory import Advisory, Affected, AffectedRange, Severity
from lading.advisories.cvss import severity_of_score
from lading.advisories.feed import Decoded, FeedDocument, FeedFormat, RefusedRecord
from lading.foundation import strict_json
from lading.foundation.bounded import read_all
from lading.foundation.errors import Malformed
from lading.packages.package_name import NameKind

MAX_DOCUMENT = 256 << 20  # bytes; that of Photon 3 has some 10 MB
_RELEASE = re.compile(r"photon[-_]?(?P<release>[0-9]+\.[0-9]+)", re.IGNORECASE)
_NOTHING = ("", "NA", "N/A")


class _Entry(msgspec.Struct):
    cve_id: str
    pkg: str
    cve_score: float | str | None = None
    aff_ver: str | None = None
    res_ver: str | None = None
    status: str = ""


def decode(feed: str, documents: Iterable[FeedDocument]) -> Iterator[Decoded]:
    """Decode one advisory for each CVE, of all releases that the documents are of.

    A document is of the release in its name ("cve_data_photon4.0.json"), or of the feed's.
    """
    affected: dict[str, list[Affected]] = defaultdict(list)
    scores: dict[str, float] = {}
    for document in documents:
        content = read_all(document.reader, max_bytes=MAX_DOCUMENT, what=document.name)
        entries = strict_json.decode(content, what=document.name, max_bytes=MAX_DOCUMENT)
        release = _RELEASE.search(document.name) or _RELEASE.search(feed.partition("/")[2])
        if not isinstance(entries, list) or release is None:
            raise Malformed(
                "feed-release-missing",
                f"{document.name} is no list, or does not say of which release it is",
                hint="name the feed after the release: photon/photon-5.0",
            )
        for at, entry in enumerate(entries):
            try:
                record = msgspec.convert(entry, _Entry)
            except msgspec.ValidationError as error:
                yield RefusedRecord(f"{document.name}: entry {at + 1}", f"not an entry: {error}")
                continue
            one = _affected(record, f"photon-{release['release']}")
            if one is not None and 0 < len(record.cve_id) <= 100:
                affected[record.cve_id].append(one)
                scores[record.cve_id] = max(scores.get(record.cve_id, 0.0), _score(record))
    for flaw, each in affected.items():
        yield _advisory(feed, flaw, scores[flaw], tuple(dict.fromkeys(each)))


PHOTON = FeedFormat(name="photon", rules="Photon OS cve_data", revision=1, decode=decode)


def _score(entry: _Entry) -> float:
    try:
        return float(entry.cve_score or 0)
    except ValueError:
        return 0.0


def _affected(entry: _Entry, distro: str) -> Affected | None:
    never = entry.status.lower() == "not affected"
    fixed = entry.res_ver or ""
    if not never and fixed in _NOTHING and (entry.aff_ver or "") in _NOTHING:
        return None  # it says neither what is affected nor what is fixed
    known = fixed not in _NOTHING
    return Affected(
        type="rpm",
        namespace="photon",
        name=entry.pkg,
        distro=distro,
        scheme="rpm",
        ranges=() if never else (AffectedRange(fixed=fixed if known else ""),),
        not_affected=never,
        kind=NameKind.BINARY,
    )


def _advisory(feed: str, flaw: str, score: float, affected: tuple[Affected, ...]) -> Advisory:
    return Advisory(
        feed=feed,
        id=flaw,
        aliases=(),
        summary="",
        severity=severity_of_score(score) if score > 0 else Severity.UNKNOWN,
        cvss="",
        published="",
        modified="",
        withdrawn=False,
        affected=affected,
        references=("https://github.com/vmware/photon/wiki/Security-Advisories",),
    )
