"""GitHub's global security advisories as its REST API gives them: JSON, a list of them in each document.

(The files of github/advisory-database are OSV records, and read as such.)
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from lading.advisories.advisory import Advisory, Affected, AffectedRange, Severity
from lading.advisories.cvss import severity_of_vector, severity_of_word
from lading.advisories.feed import Decoded, FeedDocument, FeedFormat, RefusedRecord
from lading.advisories.osv_ecosystems import package_of
from lading.advisories.plain_text import one_line
from lading.foundation import strict_json
from lading.foundation.bounded import read_all
from lading.packages.all_version_schemes import SCHEME_OF_TYPE

MAX_DOCUMENT = 256 << 20  # bytes
MAX_VULNERABILITIES = 5_000  # of one advisory

# The API's names of ecosystems, as OSV's.
_ECOSYSTEMS = {
    "composer": "Packagist",
    "erlang": "Hex",
    "go": "Go",
    "maven": "Maven",
    "npm": "npm",
    "nuget": "NuGet",
    "pip": "PyPI",
    "pub": "Pub",
    "rubygems": "RubyGems",
    "rust": "crates.io",
    "swift": "SwiftURL",
}
_BOUND = re.compile(r"\s*(?P<operator><=|>=|<|>|=)\s*(?P<version>[^\s,]+)\s*")


class _Package(msgspec.Struct):
    ecosystem: str
    name: str | None = None


class _Vulnerability(msgspec.Struct):
    package: _Package | None = None
    vulnerable_version_range: str | None = None
    first_patched_version: str | dict[str, str] | None = None


class _Advisory(msgspec.Struct):
    ghsa_id: str
    cve_id: str | None = None
    summary: str | None = None
    severity: str | None = None
    cvss_severities: dict[str, dict[str, object] | None] | None = None
    cvss: dict[str, object] | None = None
    published_at: str | None = None
    updated_at: str | None = None
    withdrawn_at: str | None = None
    html_url: str = ""
    vulnerabilities: list[_Vulnerability] | None = None


def decode(feed: str, documents: Iterable[FeedDocument]) -> Iterator[Decoded]:
    """Decode one advisory for each of the API's."""
    for document in documents:
        content = read_all(document.reader, max_bytes=MAX_DOCUMENT, what=document.name)
        value = strict_json.decode(content, what=document.name, max_bytes=MAX_DOCUMENT)
        for at, each in enumerate(value if isinstance(value, list) else [value]):
            where = f"{document.name}: advisory {at + 1}"
            try:
                record = msgspec.convert(each, _Advisory)
            except msgspec.ValidationError as error:
                yield RefusedRecord(where, f"not an advisory: {error}")
                continue
            if len(record.vulnerabilities or ()) > MAX_VULNERABILITIES or len(record.ghsa_id) > 100:
                yield RefusedRecord(where, "an advisory of too many packages or of too long a name")
                continue
            yield _advisory(feed, record)


GITHUB = FeedFormat(
    name="github", rules="GitHub REST API, global security advisories", revision=1, decode=decode
)


def _advisory(feed: str, record: _Advisory) -> Advisory:
    vector = _vector(record)
    word = severity_of_word(record.severity or "")
    return Advisory(
        feed=feed,
        id=record.ghsa_id,
        aliases=(record.cve_id,) if record.cve_id else (),
        summary=one_line(record.summary or ""),
        severity=word if word is not Severity.UNKNOWN else severity_of_vector(vector),
        cvss=vector,
        published=(record.published_at or "")[:40],
        modified=(record.updated_at or "")[:40],
        withdrawn=bool(record.withdrawn_at),
        affected=tuple(_iter_affected(record)),
        references=(record.html_url,) if record.html_url.startswith("https://") else (),
    )


def _vector(record: _Advisory) -> str:
    scored = [*(record.cvss_severities or {}).values(), record.cvss]
    vectors = [vector for each in scored if each and isinstance(vector := each.get("vector_string"), str)]
    known = [vector for vector in vectors if severity_of_vector(vector) is not Severity.UNKNOWN]
    return max(known, default="")  # CVSS:4.0 comes after CVSS:3.1


def _iter_affected(record: _Advisory) -> Iterator[Affected]:
    for vulnerability in record.vulnerabilities or ():
        package = vulnerability.package
        ecosystem = _ECOSYSTEMS.get(package.ecosystem.lower()) if package else None
        found = package_of(ecosystem, package.name) if package and package.name and ecosystem else None
        if found is None:
            continue
        scheme = SCHEME_OF_TYPE.get(found.type)
        ranges, versions = _ranges(vulnerability)
        yield Affected(
            type=found.type,
            namespace=found.namespace,
            name=found.name,
            distro="",
            scheme=scheme.name if scheme else "",
            ranges=ranges,
            versions=versions,
        )


def _ranges(vulnerability: _Vulnerability) -> tuple[tuple[AffectedRange, ...], tuple[str, ...]]:
    """ "> 1" is read as from 1 on: one version too many is better than one too few."""
    members = {"introduced": "", "fixed": "", "last_affected": ""}
    text = vulnerability.vulnerable_version_range or ""
    bounds = [_BOUND.fullmatch(part) for part in text.split(",")] if text.strip() else []
    if any(bound is None for bound in bounds):
        return (), ()  # which versions are meant is not known
    for bound in bounds:
        assert bound is not None  # checked above
        if bound["operator"] == "=":
            return (), (bound["version"],)
        name = {"<": "fixed", "<=": "last_affected"}.get(bound["operator"], "introduced")
        members[name] = bound["version"]
    patched = vulnerability.first_patched_version
    fixed = patched.get("identifier", "") if isinstance(patched, dict) else (patched or "")
    if fixed and not members["fixed"]:
        members["fixed"], members["last_affected"] = fixed, ""
    return (AffectedRange(**members),), ()
