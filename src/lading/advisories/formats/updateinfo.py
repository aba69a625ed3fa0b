"""Update notices of yum and dnf repositories (``updateinfo.xml``): Amazon, Oracle, SUSE, Fedora, Photon.

A notice names its flaws as references and the packages that have the fix, each with its whole version.
"""

import re
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from lading.advisories.advisory import Advisory, Affected, AffectedRange
from lading.advisories.cvss import severity_of_word
from lading.advisories.feed import Decoded, FeedDocument, FeedFormat, RefusedRecord
from lading.advisories.plain_text import one_line
from lading.foundation.errors import Malformed
from lading.foundation.xml_elements import iter_elements
from lading.packages.package_name import NameKind

MAX_DOCUMENT = 1 << 30  # bytes; Amazon Linux 2's has some 30 MB
MAX_PACKAGES = 20_000  # of one notice

_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}")
_DISTRO = re.compile(r"[a-z][a-z-]*[a-z](?:-[0-9][0-9.]*)?")


def decode(feed: str, documents: Iterable[FeedDocument]) -> Iterator[Decoded]:
    """Decode one advisory for each notice about security.

    The documents do not say of which release they are, so the feed does: "updateinfo/amzn-2023". A notice
    that several repositories carry is one.
    """
    distro = feed.partition("/")[2].partition("/")[0]
    if _DISTRO.fullmatch(distro) is None:
        raise Malformed(
            "feed-release-missing",
            f"{feed} does not say of which release it is",
            hint="name the feed after the release, as os-release writes it: updateinfo/amzn-2023",
        )
    notices: dict[str, Advisory] = {}
    for document in documents:
        for element in iter_elements(
            document.reader, what=document.name, wanted=("update",), max_bytes=MAX_DOCUMENT
        ):
            one = _notice(feed, distro, element, document.name)
            if isinstance(one, RefusedRecord):
                yield one
            elif one is not None:
                notices.setdefault(one.id, one)
    yield from notices.values()


UPDATEINFO = FeedFormat(name="updateinfo", rules="updateinfo.xml of createrepo_c", revision=1, decode=decode)


def _notice(feed: str, distro: str, element: Element, what: str) -> Advisory | RefusedRecord | None:
    identifier = (element.findtext("id") or "").strip()
    references = [*element.iter("reference")]
    named = (found for each in references for found in _CVE.findall(f"{each.get('id')} {each.get('title')}"))
    flaws = tuple(dict.fromkeys(named))
    if element.get("type") != "security" and not flaws:
        return None
    packages = [*element.iter("package")]
    if not identifier or len(identifier) > 200 or len(packages) > MAX_PACKAGES:
        return RefusedRecord(f"{what}: {identifier[:80]}", "a notice without id or of too many packages")
    affected = tuple(dict.fromkeys(_affected(distro, package) for package in packages))
    updated = element.find("updated")
    issued = element.find("issued")
    return Advisory(
        feed=feed,
        id=identifier,
        aliases=(),
        summary=one_line(element.findtext("title") or element.findtext("description") or ""),
        severity=severity_of_word(element.findtext("severity") or ""),
        cvss="",
        published=_date(issued),
        modified=_date(updated) or _date(issued),
        withdrawn=element.get("status") == "retracted",
        affected=affected,
        references=tuple(
            url for each in references[:20] if (url := each.get("href", "")).startswith("https://")
        ),
        flaws=flaws or (identifier,),
    )


def _affected(distro: str, package: Element) -> Affected:
    epoch = package.get("epoch") or "0"
    return Affected(
        type="rpm",
        namespace=distro.partition("-")[0],
        name=package.get("name", ""),
        distro=distro,
        scheme="rpm",
        ranges=(AffectedRange(fixed=f"{epoch}:{package.get('version', '')}-{package.get('release', '')}"),),
        kind=NameKind.BINARY,
    )


def _date(element: Element | None) -> str:
    text = "" if element is None else element.get("date", "")
    return text.strip().replace(" ", "T", 1)[:40] if text[:2] in ("19", "20") and "-" in text else ""
