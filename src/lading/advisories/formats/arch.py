"""Arch Linux's security tracker: a JSON list of vulnerability groups (security.archlinux.org/all.json)."""

from collections.abc import Iterable, Iterator

import msgspec

from lading.advisories.advisory import Advisory, Affected, AffectedRange
from lading.advisories.cvss import severity_of_word
from lading.advisories.feed import Decoded, FeedDocument, FeedFormat, RefusedRecord
from lading.advisories.plain_text import one_line
from lading.foundation import strict_json
from lading.foundation.bounded import read_all
from lading.foundation.errors import Malformed
from lading.packages.package_name import NameKind

MAX_DOCUMENT = 64 << 20  # bytes; it has some 2 MB


class _Group(msgspec.Struct):
    name: str
    packages: list[str]
    status: str
    severity: str = ""
    type: str = ""
    affected: str = ""
    fixed: str | None = None
    issues: list[str] = []
    advisories: list[str] = []


def decode(feed: str, documents: Iterable[FeedDocument]) -> Iterator[Decoded]:
    """Decode one advisory for each group."""
    for document in documents:
        content = read_all(document.reader, max_bytes=MAX_DOCUMENT, what=document.name)
        groups = strict_json.decode(content, what=document.name, max_bytes=MAX_DOCUMENT)
        if not isinstance(groups, list):
            raise Malformed("feed-contradictory", f"{document.name} is no list of vulnerability groups")
        for at, group in enumerate(groups):
            try:
                yield _advisory(feed, msgspec.convert(group, _Group))
            except msgspec.ValidationError as error:
                yield RefusedRecord(f"{document.name}: group {at + 1}", f"not a group: {error}")


ARCH = FeedFormat(name="arch", rules="security.archlinux.org", revision=1, decode=decode)


def _advisory(feed: str, group: _Group) -> Advisory:
    never = group.status == "Not affected"
    unknown = group.status == "Unknown"
    affected = tuple(
        Affected(
            type="alpm",
            namespace="arch",
            name=package,
            distro="arch",
            scheme="pacman",
            ranges=() if never or unknown else (AffectedRange(fixed=group.fixed or ""),),
            not_affected=never,
            vendor_status="undetermined" if unknown else "",
            kind=NameKind.BINARY,
        )
        for package in dict.fromkeys(group.packages)
    )
    return Advisory(
        feed=feed,
        id=group.name,
        aliases=(),
        summary=one_line(group.type),
        severity=severity_of_word(group.severity),
        cvss="",
        published="",
        modified="",
        withdrawn=False,
        affected=affected,
        references=(f"https://security.archlinux.org/{group.name}",),
        flaws=tuple(dict.fromkeys(group.issues)) or (group.name,),
    )
