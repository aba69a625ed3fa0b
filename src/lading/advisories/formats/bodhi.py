"""Fedora's updates as Bodhi gives them (bodhi.fedoraproject.org/updates): JSON, one or a page of them."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from lading.advisories.advisory import Advisory, Affected, AffectedRange
from lading.advisories.cvss import severity_of_word
from lading.advisories.feed import Decoded, FeedDocument, FeedFormat, RefusedRecord
from lading.advisories.plain_text import one_line
from lading.foundation import strict_json
from lading.foundation.bounded import read_all
from lading.packages.package_name import NameKind

MAX_DOCUMENT = 256 << 20  # bytes

_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}")
_NVR = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)-(?P<release>[^-]+)")


class _Release(msgspec.Struct):
    version: str
    id_prefix: str = ""


class _Build(msgspec.Struct):
    nvr: str
    epoch: int | None = None
    type: str = "rpm"


class _Bug(msgspec.Struct):
    title: str | None = None


class _Update(msgspec.Struct):
    alias: str
    release: _Release
    type: str = ""
    status: str = ""
    severity: str = ""
    title: str = ""
    notes: str = ""
    date_submitted: str | None = None
    date_modified: str | None = None
    date_stable: str | None = None
    url: str = ""
    builds: list[_Build] = []
    bugs: list[_Bug] = []


def decode(feed: str, documents: Iterable[FeedDocument]) -> Iterator[Decoded]:
    """Decode one advisory for each update about security that is or was out."""
    for document in documents:
        content = read_all(document.reader, max_bytes=MAX_DOCUMENT, what=document.name)
        value = strict_json.decode_object(content, what=document.name, max_bytes=MAX_DOCUMENT)
        updates = value.get("updates", [value])
        for at, update in enumerate(updates if isinstance(updates, list) else [updates]):
            try:
                record = msgspec.convert(update, _Update)
            except msgspec.ValidationError as error:
                yield RefusedRecord(f"{document.name}: update {at + 1}", f"not an update: {error}")
                continue
            if record.type == "security" and record.status in ("stable", "obsolete", ""):
                yield _advisory(feed, record)


BODHI = FeedFormat(name="bodhi", rules="Bodhi REST API", revision=1, decode=decode)


def _advisory(feed: str, update: _Update) -> Advisory:
    texts = (update.title, update.notes, *(bug.title or "" for bug in update.bugs))
    flaws = tuple(dict.fromkeys(name for text in texts for name in _CVE.findall(text)))
    return Advisory(
        feed=feed,
        id=update.alias,
        aliases=(),
        summary=one_line(update.title),
        severity=severity_of_word(update.severity),
        cvss="",
        published=_instant(update.date_stable or update.date_submitted),
        modified=_instant(update.date_modified or update.date_stable),
        withdrawn=update.status == "unpushed",
        affected=tuple(_iter_affected(update)),
        references=(update.url,) if update.url.startswith("https://") else (),
        flaws=flaws or (update.alias,),
    )


def _iter_affected(update: _Update) -> Iterator[Affected]:
    """Builds are named by their source. EPEL's are for the releases of others."""
    if update.release.id_prefix != "FEDORA":
        return
    for build in update.builds:
        found = _NVR.fullmatch(build.nvr)
        if found and build.type == "rpm":
            yield Affected(
                type="rpm",
                namespace="fedora",
                name=found["name"],
                distro=f"fedora-{update.release.version}",
                scheme="rpm",
                ranges=(AffectedRange(fixed=f"{build.epoch or 0}:{found['version']}-{found['release']}"),),
                kind=NameKind.SOURCE,
            )


def _instant(text: str | None) -> str:
    return (text or "").replace(" ", "T", 1)[:40]
