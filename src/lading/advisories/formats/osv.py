"""OSV records (Open Source Vulnerability schema 1.7), one JSON object in each document."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from lading.advisories.advisory import Advisory, Affected, AffectedRange, Severity
from lading.advisories.cvss import severity_of_vector, severity_of_word
from lading.advisories.event_ranges import VersionEvent, ranges_of_events
from lading.advisories.feed import Decoded, FeedDocument, FeedFormat, RefusedRecord
from lading.advisories.osv_ecosystems import OsvPackage, package_of
from lading.advisories.plain_text import first_sentence, one_line
from lading.foundation import strict_json
from lading.foundation.bounded import read_all
from lading.packages.all_version_schemes import SCHEME_OF_TYPE
from lading.packages.version_scheme import VersionScheme

MAX_RECORD = 16 << 20  # bytes; the largest public record has under 1 MB
MAX_NAMES = 2_000  # aliases, upstream and related of one record; kernel notices have some 1,500
MAX_AFFECTED = 50_000
MAX_EVENTS = 10_000  # in one range
MAX_VERSIONS = 200_000  # in one affected package
MAX_NAME = 300  # characters of an id or a package name


class _Package(msgspec.Struct):
    ecosystem: str
    name: str
    purl: str = ""


class _Range(msgspec.Struct):
    type: str
    events: list[dict[str, str]]


class _SeverityEntry(msgspec.Struct):
    type: str
    score: str


class _Affected(msgspec.Struct):
    package: _Package | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    severity: list[_SeverityEntry] | None = None
    ecosystem_specific: dict[str, object] | None = None
    database_specific: dict[str, object] | None = None


class _Reference(msgspec.Struct):
    url: str = ""


class _Record(msgspec.Struct):
    id: str
    modified: str = ""
    published: str = ""
    withdrawn: str | None = None
    summary: str | None = None
    details: str | None = None
    aliases: list[str] | None = None
    upstream: list[str] | None = None
    related: list[str] | None = None
    severity: list[_SeverityEntry] | None = None
    affected: list[_Affected] | None = None
    references: list[_Reference] | None = None
    database_specific: dict[str, object] | None = None


class _Refused(Exception):
    pass


def decode(feed: str, documents: Iterable[FeedDocument]) -> Iterator[Decoded]:
    """Decode one record from each document.

    A record that is not OSV is refused by itself; one that is not even one JSON value (cut off, ambiguous,
    too large) refuses the feed, because the feed is then not what its maker published.
    """
    for document in documents:
        content = read_all(document.reader, max_bytes=MAX_RECORD, what=document.name)
        value = strict_json.decode_object(content, what=document.name, max_bytes=MAX_RECORD)
        try:
            yield _advisory(feed, msgspec.convert(value, _Record))
        except msgspec.ValidationError as error:
            yield RefusedRecord(document.name, f"not an OSV record: {error}")
        except _Refused as error:
            yield RefusedRecord(document.name, str(error))


OSV = FeedFormat(name="osv", rules="OSV schema 1.7", revision=3, decode=decode)


def _advisory(feed: str, record: _Record) -> Advisory:
    _refuse_excess(record)
    vector, severity = _severity(record)
    aliases, flaws = _names(record)
    return Advisory(
        feed=feed,
        id=record.id,
        aliases=aliases,
        summary=one_line(record.summary or "") or first_sentence(record.details or ""),
        severity=severity,
        cvss=vector,
        published=_instant(record.published),
        modified=_instant(record.modified),
        withdrawn=bool(record.withdrawn),
        affected=tuple(_all_affected(record)),
        references=tuple(
            reference.url for reference in (record.references or ())[:20] if _is_web(reference.url)
        ),
        known_exploited=(record.database_specific or {}).get("known_exploited") is True,
        flaws=flaws,
    )


def _refuse_excess(record: _Record) -> None:
    """Limits that no honest record comes near: what is beyond them costs time without end."""
    if not record.id or len(record.id) > MAX_NAME:
        raise _Refused("an id of no or of too many characters")
    names = len(record.aliases or ()) + len(record.upstream or ()) + len(record.related or ())
    if names > MAX_NAMES:
        raise _Refused(f"{names} aliases and related ids, more than the {MAX_NAMES} allowed")
    if len(record.affected or ()) > MAX_AFFECTED:
        raise _Refused(
            f"{len(record.affected or ())} affected packages, more than the {MAX_AFFECTED} allowed"
        )
    for affected in record.affected or ():
        if len(affected.versions or ()) > MAX_VERSIONS:
            raise _Refused(f"{len(affected.versions or ())} versions, more than the {MAX_VERSIONS} allowed")
        if any(len(one.events) > MAX_EVENTS for one in affected.ranges or ()):
            raise _Refused(f"a range of more than the {MAX_EVENTS} events allowed")
        if affected.package and not 0 < len(affected.package.name) <= MAX_NAME:
            raise _Refused("a package name of no or of too many characters")


# Records that a distribution keeps about one CVE: another name of the flaw, and no notice.
_TWIN = re.compile(r"(?:ALPINE|DEBIAN|UBUNTU|CGA|ECHO|MINI|SUSE|ROOT)-(CVE-[0-9]{4}-[0-9]{4,})")
# Notices that name their CVEs under "related", against the schema's advice.
_NOTICE = re.compile(r"(?:AL[SBE]A|R[LX][SB]A|RHSA|ELSA|SUSE-[SR]U|openSUSE-[SR]U)-")


def _names(record: _Record) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tell other names of this flaw from the flaws that a notice fixes."""
    aliases = dict.fromkeys(_plain_names(record.aliases))
    flaws = dict.fromkeys(_plain_names(record.upstream))
    if not flaws and _NOTICE.match(record.id):
        flaws = dict.fromkeys(name for name in _plain_names(record.related) if name.startswith("CVE-"))
    known_as = (record.database_specific or {}).get("known_as")
    if isinstance(known_as, list):  # names that people gave a flaw, in our own set
        aliases |= dict.fromkeys(str(name).lower()[:MAX_NAME] for name in known_as[:MAX_NAMES])
    twin = _TWIN.fullmatch(record.id)
    if twin:
        aliases[twin[1]] = None
        flaws.pop(twin[1], None)
    aliases.pop(record.id, None)
    return tuple(aliases), tuple(name for name in flaws if name not in aliases)


def _plain_names(names: list[str] | None) -> Iterator[str]:
    for name in names or ():
        if 0 < len(name) <= MAX_NAME:
            twin = _TWIN.fullmatch(name)
            yield twin[1] if twin else name


def _severity(record: _Record) -> tuple[str, Severity]:
    """Take the newest kind of vector that can be scored, else the word of the feed."""
    affected = (entry for one in record.affected or () for entry in one.severity or ())
    entries = [*(record.severity or ()), *affected]
    for kind in ("CVSS_V4", "CVSS_V3"):
        for entry in entries:
            if entry.type == kind and (severity := severity_of_vector(entry.score)) is not Severity.UNKNOWN:
                return entry.score, severity
    return "", severity_of_word(_word_of_severity(record, entries))


def _word_of_severity(record: _Record, entries: list[_SeverityEntry]) -> str:
    """The feed's own word: its database's, its scale's (Ubuntu's "medium"), or before a notice's title."""
    word = (record.database_specific or {}).get("severity")
    if isinstance(word, str):
        return word
    if words := [entry.score for entry in entries if not entry.type.startswith("CVSS")]:
        return words[0]
    return (record.summary or "").partition(":")[0] if _NOTICE.match(record.id) else ""


def _all_affected(record: _Record) -> Iterator[Affected]:
    for affected in record.affected or ():
        package = package_of(affected.package.ecosystem, affected.package.name) if affected.package else None
        if package is None or affected.package is None or "-sig-" in affected.package.purl:
            continue  # only git commits, an ecosystem that we do not look for, a special build
        one = _affected(package, affected)
        if one.ranges or one.versions or not _ends_where_it_begins(affected):
            yield one


def _affected(package: OsvPackage, affected: _Affected) -> Affected:
    scheme = SCHEME_OF_TYPE.get(package.type)
    ranges: list[AffectedRange] = []
    for one in affected.ranges or ():
        if one.type != "GIT":
            ranges += ranges_of_events(_events(one), scheme)
    urgency = (affected.ecosystem_specific or {}).get("urgency")
    status = (
        urgency if isinstance(urgency, str) and urgency in ("unimportant", "end-of-life") else package.note
    )
    return Affected(
        type=package.type,
        namespace=package.namespace,
        name=package.name,
        distro=package.distro,
        scheme=scheme.name if scheme else "",
        ranges=tuple(dict.fromkeys(ranges)),
        versions=_beyond_ranges(affected.versions or [], ranges, scheme),
        vendor_status=status,
        kind=package.kind,
        severity=severity_of_word(urgency) if isinstance(urgency, str) else Severity.UNKNOWN,
    )


def _ends_where_it_begins(affected: _Affected) -> bool:
    """Whether a beginning is named: where that left no range, it is fixed at once, and no version has it.

    A record without a beginning names no versions, and nobody can tell.
    """
    ranges = affected.ranges or ()
    return any("introduced" in event for one in ranges if one.type != "GIT" for event in one.events)


def _events(one: _Range) -> Iterator[VersionEvent]:
    for event in one.events:
        for kind, version in event.items():
            if kind in ("introduced", "fixed", "last_affected", "limit"):
                yield VersionEvent(kind, version)


def _beyond_ranges(
    versions: list[str], ranges: list[AffectedRange], scheme: VersionScheme | None
) -> tuple[str, ...]:
    """Keep the listed versions that the ranges do not cover: most lists only spell the ranges out."""
    if not ranges or scheme is None:
        return tuple(dict.fromkeys(versions))
    spans = [span for one in ranges if (span := _span(one, scheme))]
    return tuple(version for version in dict.fromkeys(versions) if not _covered(scheme.key(version), spans))


_Spanned = tuple[bytes, bytes, bool]  # from, to, and whether that is still inside
_NO_END = b"\xff" * 8  # above every key: none begins with so many of these


def _span(one: AffectedRange, scheme: VersionScheme) -> _Spanned | None:
    """The bounds as keys; None where one of them cannot be placed."""
    low = scheme.key(one.introduced) if one.introduced else b""
    last = one.fixed or one.last_affected
    high = scheme.key(last) if last else _NO_END
    return None if low is None or high is None else (low, high, not one.fixed)


def _covered(key: bytes | None, spans: list[_Spanned]) -> bool:
    return key is not None and any(
        low <= key and (key < high or (closed and key == high)) for low, high, closed in spans
    )


def _instant(text: str) -> str:
    return "" if text.startswith("0001-") else text[:40]


def _is_web(url: str) -> bool:
    """Nothing but links to pages is ever shown as a link: no javascript:, no data:."""
    return url.startswith(("https://", "http://")) and len(url) < 2_000 and url.isprintable()
