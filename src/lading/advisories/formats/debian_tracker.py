"""The Debian security tracker's whole state: one JSON object of source packages, CVEs and releases.

As https://security-tracker.debian.org/tracker/data/json writes it: ``{package: {CVE: {description?,
releases: {codename: {status, fixed_version?, urgency, nodsa?, nodsa_reason?}}}}}``. The document has some
70 MB, so it is read package by package.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from lading.advisories.advisory import Advisory, Affected, AffectedRange, Severity
from lading.advisories.cvss import severity_of_word
from lading.advisories.debian_releases import DISTRO_OF_CODENAME
from lading.advisories.feed import Decoded, FeedDocument, FeedFormat, RefusedRecord
from lading.advisories.plain_text import first_sentence
from lading.foundation.json_members import iter_members

MAX_PACKAGE = 64 << 20  # characters; the largest, linux, has some 8 MB

# The version that says "never was affected here".
_NEVER = "0"


class _Release(msgspec.Struct):
    status: Literal["resolved", "open", "undetermined"]
    fixed_version: str = ""
    urgency: str = ""
    nodsa: str | None = None
    nodsa_reason: str = ""


class _Flaw(msgspec.Struct):
    releases: dict[str, _Release]
    description: str = ""


def decode(feed: str, documents: Iterable[FeedDocument]) -> Iterator[Decoded]:
    """Decode one advisory for each pair of source package and CVE."""
    for document in documents:
        for package, flaws in iter_members(document.reader, what=document.name, max_member=MAX_PACKAGE):
            if not isinstance(flaws, dict):
                yield RefusedRecord(f"{document.name}: {package[:80]}", "not an object of CVEs")
                continue
            for flaw, state in flaws.items():
                yield _decode_one(feed, package, flaw, state)


DEBIAN_TRACKER = FeedFormat(
    name="debian-tracker", rules="security-tracker.debian.org/tracker/data/json", revision=1, decode=decode
)


def _decode_one(feed: str, package: str, flaw: str, state: Any) -> Decoded:
    try:
        record = msgspec.convert(state, _Flaw)
    except msgspec.ValidationError as error:
        return RefusedRecord(f"{package[:80]}: {flaw[:80]}", f"not an entry of the tracker: {error}")
    affected = tuple(
        _affected(package, DISTRO_OF_CODENAME[codename], release)
        for codename, release in record.releases.items()
        if codename in DISTRO_OF_CODENAME
    )
    return Advisory(
        feed=feed,
        id=f"{flaw}/{package}",
        aliases=(flaw,),
        summary=first_sentence(record.description),
        severity=Severity.UNKNOWN,
        cvss="",
        published="",
        modified="",
        withdrawn=False,
        affected=affected,
        references=(f"https://security-tracker.debian.org/tracker/{flaw}",),
    )


def _affected(package: str, distro: str, release: _Release) -> Affected:
    never = release.status == "resolved" and release.fixed_version == _NEVER
    fixed = release.fixed_version if release.status == "resolved" else ""
    return Affected(
        type="deb",
        namespace="debian",
        name=package,
        distro=distro,
        scheme="dpkg",
        ranges=() if never else (AffectedRange(fixed=fixed),),
        not_affected=never,
        vendor_status=_status(release),
        severity=severity_of_word(release.urgency),
    )


def _status(release: _Release) -> str:
    """The tracker's word: why no security update came, or how much it matters."""
    if release.status == "undetermined":
        return "undetermined"
    if release.urgency in ("unimportant", "end-of-life"):
        return release.urgency
    if release.nodsa is not None:
        return release.nodsa_reason or "no-dsa"
    return ""
