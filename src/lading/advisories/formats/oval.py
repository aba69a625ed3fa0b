"""OVAL definitions (5.x) as Ubuntu, Rocky, Oracle, SUSE and Azure Linux publish them.

A definition names flaws and a tree of criteria; a criterion names a test, which joins an object (packages by
name) with a state (a version). "Less than" a version means: that one has the fix. Tests, objects and states
come after the definitions, so what definitions say is held until the end.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from lading.advisories.advisory import Advisory, Affected, AffectedRange
from lading.advisories.cvss import severity_of_word
from lading.advisories.feed import Decoded, FeedDocument, FeedFormat, RefusedRecord
from lading.advisories.plain_text import one_line
from lading.advisories.system_releases import distro_of_platform
from lading.foundation.xml_elements import iter_elements
from lading.packages.package_name import NameKind

MAX_DOCUMENT = 2 << 30  # bytes; Ubuntu's of one release has some 300 MB
MAX_DEFINITIONS = 200_000
MAX_TESTS = 20_000  # of one definition; the kernel's have some 2,000

_WANTED = (
    "definition",
    "rpminfo_test",
    "dpkginfo_test",
    "rpminfo_object",
    "dpkginfo_object",
    "rpminfo_state",
    "dpkginfo_state",
    "constant_variable",
)
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}")
_NOTICE = re.compile(r"(?:USN|LSN|R[LX]SA|ELSA|RHSA|SUSE-[A-Z]+)[-:][0-9A-Za-z:._-]*[0-9A-Za-z]")
_PRO = "Ubuntu Pro"


@dataclass(frozen=True, slots=True)
class _Definition:
    id: str
    title: str
    description: str
    notice: str
    flaws: tuple[str, ...]
    severity: str
    issued: str
    updated: str
    url: str
    distros: tuple[str, ...]  # of the whole definition
    tests: tuple[tuple[tuple[str, ...], str], ...]  # platforms that are asked for beside it, and the test


@dataclass(slots=True)
class _Parts:
    definitions: list[_Definition] = field(default_factory=list)
    tests: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # type, object, state
    objects: dict[str, tuple[str, str, bool]] = field(default_factory=dict)  # name, variable, Pro only
    states: dict[str, str] = field(default_factory=dict)  # the version that has the fix
    variables: dict[str, tuple[str, ...]] = field(default_factory=dict)


def decode(feed: str, documents: Iterable[FeedDocument]) -> Iterator[Decoded]:
    """Decode one advisory for each definition that tests a package's version.

    The release comes from the definition, or else from the feed's name ("oval/azurelinux-3.0").
    """
    for document in documents:
        parts = _Parts()
        for element in iter_elements(
            document.reader, what=document.name, wanted=_WANTED, max_bytes=MAX_DOCUMENT
        ):
            _take(parts, element, feed.rpartition("/")[2])
        for definition in parts.definitions:
            if len(definition.tests) > MAX_TESTS:
                yield RefusedRecord(f"{document.name}: {definition.id}", "a definition of too many tests")
                continue
            affected = tuple(dict.fromkeys(_iter_affected(parts, definition)))
            if affected:
                yield _advisory(feed, definition, affected)


OVAL = FeedFormat(name="oval", rules="OVAL 5.11 definitions", revision=1, decode=decode)


def _take(parts: _Parts, element: Element, feed_tail: str) -> None:
    identifier = element.get("id", "")
    kind = element.tag
    if kind == "definition":
        if element.get("class") in ("patch", "vulnerability") and len(parts.definitions) < MAX_DEFINITIONS:
            parts.definitions.append(_definition(element, identifier, feed_tail))
    elif kind.endswith("_test"):
        state = _child(element, "state").get("state_ref", "")
        parts.tests[identifier] = (kind[:3], _child(element, "object").get("object_ref", ""), state)
    elif kind.endswith("_object"):
        name = _child(element, "name")
        pro = _PRO in element.get("comment", "")
        parts.objects[identifier] = ((name.text or "").strip(), name.get("var_ref", ""), pro)
    elif kind.endswith("_state"):
        evr = _child(element, "evr")
        if evr.get("operation") == "less than":
            parts.states[identifier] = (evr.text or "").strip()
    else:
        values = (value.text or "" for value in element.iter("value"))
        parts.variables[identifier] = tuple(value.strip() for value in values if value.strip())


def _child(element: Element, name: str) -> Element:
    found = element.find(name)
    return Element(name) if found is None else found


def _definition(element: Element, identifier: str, feed_tail: str) -> _Definition:
    metadata = _child(element, "metadata")
    advisory = _child(metadata, "advisory")
    references = metadata.findall("reference")
    title = (_child(metadata, "title").text or "").strip()
    description = _child(metadata, "description").text or ""
    named = (found[0] for reference in references if (found := _CVE.search(reference.get("ref_id", ""))))
    flaws = tuple(dict.fromkeys(named)) or tuple(dict.fromkeys(_CVE.findall(f"{title} {description}")))
    notice = next(
        (
            reference.get("ref_id", "")
            for reference in references
            if _NOTICE.fullmatch(reference.get("ref_id", ""))
        ),
        "",
    )
    severity = _child(advisory, "severity").text or _child(metadata, "severity").text or ""
    return _Definition(
        id=identifier,
        title=title,
        description=description,
        notice=notice,
        flaws=flaws,
        severity=severity,
        issued=_child(advisory, "issued").get("date", "") or (_child(metadata, "advisory_date").text or ""),
        updated=_child(advisory, "updated").get("date", ""),
        url=next((url for reference in references if (url := reference.get("ref_url", ""))), ""),
        distros=_distros(identifier, metadata, advisory, feed_tail),
        tests=tuple(_iter_tests(_child(element, "criteria"), ())),
    )


def _distros(identifier: str, metadata: Element, advisory: Element, feed_tail: str) -> tuple[str, ...]:
    platforms = [platform.text or "" for platform in metadata.iter("platform")]
    named = [
        identifier,
        advisory.get("from", ""),
        *platforms,
        *(cpe.text or "" for cpe in advisory.iter("cpe")),
    ]
    found = dict.fromkeys(distro for text in named if (distro := distro_of_platform(text)))
    return tuple(found) or ((feed_tail,) if "-" in feed_tail else ())


def _iter_tests(criteria: Element, platforms: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Walk the tree: what is asked of the platform holds for all that stands beside it and below."""
    beside = [*criteria.findall("criterion")]
    if criteria.get("operator", "AND") == "AND":
        for child in criteria.findall("criteria"):
            if all(distro_of_platform(each.get("comment", "")) for each in child.iter("criterion")):
                beside += child.iter("criterion")
    here = tuple(
        dict.fromkeys(distro for each in beside if (distro := distro_of_platform(each.get("comment", ""))))
    )
    for criterion in criteria.findall("criterion"):
        if criterion.get("negate") != "true":
            yield here or platforms, criterion.get("test_ref", "")
    for child in criteria.findall("criteria"):
        yield from _iter_tests(child, here or platforms)


def _iter_affected(parts: _Parts, definition: _Definition) -> Iterator[Affected]:
    for platforms, test in definition.tests:
        kind, object_id, state = parts.tests.get(test, ("", "", ""))
        fixed = parts.states.get(state)
        name, variable, pro = parts.objects.get(object_id, ("", "", False))
        if not kind or not fixed:
            continue
        deb = kind == "dpk"
        for distro in platforms or definition.distros:
            for package in (name,) if name else parts.variables.get(variable, ()):
                yield Affected(
                    type="deb" if deb else "rpm",
                    namespace=distro.partition("-")[0],
                    name=package,
                    distro=distro,
                    scheme="dpkg" if deb else "rpm",
                    ranges=(AffectedRange(fixed=fixed),),
                    vendor_status="ubuntu-pro" if pro else "",
                    kind=NameKind.BINARY,
                    severity=severity_of_word(definition.severity),
                )


def _advisory(feed: str, definition: _Definition, affected: tuple[Affected, ...]) -> Advisory:
    number = definition.id.rpartition(":")[2]
    is_notice = bool(definition.notice) or len(definition.flaws) != 1
    flaws = definition.flaws or (definition.notice or number,)
    # One notice, or flaw, may have a definition for each release that it is about.
    name = (definition.notice or "def") if is_notice else definition.flaws[0]
    return Advisory(
        feed=feed,
        id=f"{name}/{number}",
        aliases=() if is_notice else flaws,
        summary=one_line(definition.title),
        severity=severity_of_word(definition.severity),
        cvss="",
        published=definition.issued[:40],
        modified=definition.updated[:40],
        withdrawn=False,
        affected=affected,
        references=(definition.url,) if definition.url.startswith("https://") else (),
        flaws=flaws if is_notice else (),
    )
