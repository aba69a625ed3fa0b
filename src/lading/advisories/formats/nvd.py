"""NVD's vulnerabilities (JSON 2.0, of the API or of its yearly files): how bad flaws are, and CPEs.

What NVD says of products is a fallback only: a CPE is a name without an ecosystem. It is kept for packages
that have none either (``pkg:generic``), and every finding from it says that it is by name alone.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from lading.advisories.advisory import Advisory, Affected, AffectedRange, Severity
from lading.advisories.cvss import severity_of_vector, severity_of_word
from lading.advisories.feed import Decoded, FeedDocument, FeedFormat, RefusedRecord
from lading.advisories.plain_text import first_sentence
from lading.foundation import strict_json
from lading.foundation.bounded import read_all
from lading.foundation.errors import Malformed

MAX_DOCUMENT = 1 << 30  # bytes; a year's file has some 300 MB
MAX_MATCHES = 20_000  # criteria of one vulnerability
BY_NAME_ALONE = "by-cpe"

_UNESCAPED = re.compile(r"\\(.)")
_SEPARATOR = re.compile(r"(?<!\\):")


class _Description(msgspec.Struct):
    lang: str
    value: str


class _Match(msgspec.Struct):
    vulnerable: bool
    criteria: str
    version_start_including: str = msgspec.field(name="versionStartIncluding", default="")
    version_start_excluding: str = msgspec.field(name="versionStartExcluding", default="")
    version_end_including: str = msgspec.field(name="versionEndIncluding", default="")
    version_end_excluding: str = msgspec.field(name="versionEndExcluding", default="")


class _Node(msgspec.Struct):
    matches: list[_Match] = msgspec.field(name="cpeMatch", default=[])


class _Configuration(msgspec.Struct):
    nodes: list[_Node] = []


class _Cve(msgspec.Struct):
    id: str
    published: str = ""
    last_modified: str = msgspec.field(name="lastModified", default="")
    status: str = msgspec.field(name="vulnStatus", default="")
    descriptions: list[_Description] = []
    metrics: dict[str, list[dict[str, object]]] = {}
    configurations: list[_Configuration] = []


def decode(feed: str, documents: Iterable[FeedDocument]) -> Iterator[Decoded]:
    """Decode one advisory for each CVE; those that were rejected are withdrawn."""
    for document in documents:
        content = read_all(document.reader, max_bytes=MAX_DOCUMENT, what=document.name)
        value = strict_json.decode_object(content, what=document.name, max_bytes=MAX_DOCUMENT)
        entries = value.get("vulnerabilities")
        if not isinstance(entries, list):
            raise Malformed("feed-contradictory", f"{document.name} holds no list of vulnerabilities")
        for at, entry in enumerate(entries):
            try:
                cve = msgspec.convert(entry.get("cve") if isinstance(entry, dict) else entry, _Cve)
            except msgspec.ValidationError as error:
                yield RefusedRecord(f"{document.name}: entry {at + 1}", f"not a vulnerability: {error}")
                continue
            if sum(len(node.matches) for each in cve.configurations for node in each.nodes) > MAX_MATCHES:
                yield RefusedRecord(f"{document.name}: {cve.id[:40]}", "more criteria than are allowed")
                continue
            yield _advisory(feed, cve)


NVD = FeedFormat(name="nvd", rules="NVD CVE JSON 2.0", revision=1, decode=decode)


def _advisory(feed: str, cve: _Cve) -> Advisory:
    vector, severity = _severity(cve)
    description = next((each.value for each in cve.descriptions if each.lang == "en"), "")
    return Advisory(
        feed=feed,
        id=cve.id,
        aliases=(),
        summary=first_sentence(description),
        severity=severity,
        cvss=vector,
        published=_instant(cve.published),
        modified=_instant(cve.last_modified),
        withdrawn=cve.status == "Rejected",
        affected=tuple(dict.fromkeys(_iter_affected(cve))),
        references=(f"https://nvd.nist.gov/vuln/detail/{cve.id}",),
    )


def _severity(cve: _Cve) -> tuple[str, Severity]:
    """The newest kind of vector, NVD's own before that of others."""
    for kind in ("cvssMetricV40", "cvssMetricV31", "cvssMetricV30"):
        metrics = sorted(cve.metrics.get(kind, ()), key=lambda metric: metric.get("type") != "Primary")
        for metric in metrics:
            data = metric.get("cvssData")
            vector = data.get("vectorString") if isinstance(data, dict) else None
            if isinstance(vector, str) and severity_of_vector(vector) is not Severity.UNKNOWN:
                return vector, severity_of_vector(vector)
    for metric in cve.metrics.get("cvssMetricV2", ()):
        word = metric.get("baseSeverity")
        if isinstance(word, str):
            return "", severity_of_word(word)
    return "", Severity.UNKNOWN


def _iter_affected(cve: _Cve) -> Iterator[Affected]:
    for configuration in cve.configurations:
        for node in configuration.nodes:
            for match in node.matches:
                parts = _SEPARATOR.split(match.criteria)
                if match.vulnerable and len(parts) > 5 and parts[2] == "a":
                    yield _affected(match, *(_UNESCAPED.sub(r"\1", part) for part in parts[3:6]))


def _affected(match: _Match, _vendor: str, product: str, version: str) -> Affected:
    bounds = AffectedRange(
        introduced=match.version_start_including or match.version_start_excluding,
        fixed=match.version_end_excluding,
        last_affected="" if match.version_end_excluding else match.version_end_including,
    )
    one = version not in ("*", "-")
    return Affected(
        type="generic",
        namespace="",
        name=product,
        distro="",
        scheme="rpm",  # the most tolerant ordering: numbers and letters, whatever separates them
        ranges=() if one else (bounds,),
        versions=(version,) if one else (),
        vendor_status=BY_NAME_ALONE,
    )


def _instant(text: str) -> str:
    return f"{text[:23]}Z" if text and not text.endswith("Z") else text[:40]
