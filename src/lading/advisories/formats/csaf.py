"""CSAF 2.0 documents (OASIS), as Red Hat and SUSE publish them: advisories, and VEX for each flaw.

A document has a tree of products, relationships that put a component into a platform, and for each
vulnerability which of these products are fixed, affected, not affected or under investigation.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from lading.advisories.advisory import Advisory, Affected, AffectedRange, Severity
from lading.advisories.cvss import severity_of_vector, severity_of_word
from lading.advisories.feed import Decoded, FeedDocument, FeedFormat, RefusedRecord
from lading.advisories.plain_text import one_line
from lading.advisories.system_releases import distro_of_platform
from lading.foundation import strict_json
from lading.foundation.bounded import read_all
from lading.packages.package_name import NameKind
from lading.packages.version_schemes.rpm import RPM

MAX_DOCUMENT = 64 << 20  # bytes; Red Hat's largest have some 20 MB
MAX_PRODUCTS = 500_000
MAX_BRANCHES = 20  # levels


class _Helper(msgspec.Struct):
    cpe: str = ""
    purl: str = ""


class _Product(msgspec.Struct):
    product_id: str
    name: str = ""
    product_identification_helper: _Helper | None = None


class _Branch(msgspec.Struct):
    branches: "list[_Branch]" = []
    product: _Product | None = None


class _Relationship(msgspec.Struct):
    full_product_name: _Product
    product_reference: str
    relates_to_product_reference: str


class _Tree(msgspec.Struct):
    branches: list[_Branch] = []
    relationships: list[_Relationship] = []


class _Grouped(msgspec.Struct):
    """Remediations, threats and scores say of which products they speak."""

    category: str = ""
    details: str = ""
    product_ids: list[str] = []
    products: list[str] = []
    cvss_v3: dict[str, object] | None = None
    cvss_v4: dict[str, object] | None = None


class _Vulnerability(msgspec.Struct):
    cve: str = ""
    title: str = ""
    product_status: dict[str, list[str]] = {}
    remediations: list[_Grouped] = []
    threats: list[_Grouped] = []
    scores: list[_Grouped] = []


class _Tracking(msgspec.Struct):
    id: str
    status: str = ""
    initial_release_date: str = ""
    current_release_date: str = ""


class _About(msgspec.Struct):
    tracking: _Tracking
    title: str = ""
    aggregate_severity: dict[str, str] = {}
    references: list[dict[str, str]] = []


class _Document(msgspec.Struct):
    document: _About
    product_tree: _Tree = msgspec.field(default_factory=_Tree)
    vulnerabilities: list[_Vulnerability] = []


@dataclass(frozen=True, slots=True)
class _Component:
    """A package of a release. ``version`` is empty where the vendor speaks of all of them."""

    distro: str
    name: str
    version: str
    kind: NameKind


@dataclass(slots=True)
class _Products:
    cpes: dict[str, str] = field(default_factory=dict)
    purls: dict[str, str] = field(default_factory=dict)
    parts: dict[str, tuple[str, str]] = field(default_factory=dict)  # component, platform


def decode(feed: str, documents: Iterable[FeedDocument]) -> Iterator[Decoded]:
    """Decode one advisory for each vulnerability of each document."""
    for document in documents:
        content = read_all(document.reader, max_bytes=MAX_DOCUMENT, what=document.name)
        value = strict_json.decode_object(content, what=document.name, max_bytes=MAX_DOCUMENT)
        try:
            record = msgspec.convert(value, _Document)
        except msgspec.ValidationError as error:
            yield RefusedRecord(document.name, f"not a CSAF document: {error}")
            continue
        if len(record.product_tree.relationships) > MAX_PRODUCTS:
            yield RefusedRecord(document.name, f"more than the {MAX_PRODUCTS} products allowed")
            continue
        products = _products(record.product_tree)
        for at, vulnerability in enumerate(record.vulnerabilities):
            yield _advisory(feed, record, products, vulnerability, at)


CSAF = FeedFormat(
    name="csaf", rules="CSAF 2.0, profiles csaf_vex and csaf_security_advisory", revision=1, decode=decode
)


def _products(tree: _Tree) -> _Products:
    found = _Products()
    waiting = [(branch, 0) for branch in tree.branches]
    while waiting:
        branch, depth = waiting.pop()
        helper = branch.product.product_identification_helper if branch.product else None
        if branch.product and helper:
            if helper.cpe:
                found.cpes[branch.product.product_id] = helper.cpe
            if helper.purl:
                found.purls[branch.product.product_id] = helper.purl
        if depth < MAX_BRANCHES:
            waiting += [(child, depth + 1) for child in branch.branches]
    for each in tree.relationships:
        found.parts[each.full_product_name.product_id] = (
            each.product_reference,
            each.relates_to_product_reference,
        )
    return found


_RPM_PURL = re.compile(r"pkg:rpm/[^/]+/(?P<name>[^@?]+)(?:@(?P<version>[^?]+))?(?:\?(?P<qualifiers>.*))?")
_NEVRA = re.compile(r"(?P<name>.+?)-(?P<version>(?:[0-9]+:)?[^-:]+-[^-]+)\.(?P<arch>[a-z0-9_]+)")


def _component(products: _Products, product_id: str) -> _Component | None:
    """The package of a release that a product is; None for products that are no packages of one."""
    component, platform = products.parts.get(product_id, ("", ""))
    distro = distro_of_platform(products.cpes.get(platform, ""))
    if not component or not distro:
        return None
    purl = _RPM_PURL.fullmatch(products.purls.get(component, ""))
    if purl and purl["version"]:
        qualifiers = dict(part.partition("=")[::2] for part in (purl["qualifiers"] or "").split("&"))
        epoch = qualifiers.get("epoch") or "0"
        kind = NameKind.SOURCE if qualifiers.get("arch") == "src" else NameKind.BINARY
        return _Component(distro, _plain(purl["name"]), f"{epoch}:{_plain(purl['version'])}", kind)
    nevra = _NEVRA.fullmatch(component)
    if nevra:
        kind = NameKind.SOURCE if nevra["arch"] == "src" else NameKind.BINARY
        return _Component(distro, nevra["name"], nevra["version"], kind)
    # What is not fixed goes by the name of its source, of a module by "stream/source".
    return _Component(distro, component.rpartition("/")[2], "", NameKind.SOURCE)


def _plain(text: str) -> str:
    return (
        text.replace("%2B", "+")
        .replace("%2b", "+")
        .replace("%3A", ":")
        .replace("%5E", "^")
        .replace("%7E", "~")
    )


# What each status of CSAF (section 3.2.3.9) says of a product.
_FIXED = ("fixed", "first_fixed")
_AFFECTED = ("known_affected", "first_affected", "last_affected")


def _iter_affected(
    products: _Products, vulnerability: _Vulnerability, severities: Mapping[str, Severity]
) -> Iterator[Affected]:
    statuses = vulnerability.product_status
    fixed = [
        (component, product)
        for status in _FIXED
        for product in statuses.get(status, ())
        if (component := _component(products, product)) and component.version
    ]
    sources = {component.distro for component, _ in fixed if component.kind is NameKind.SOURCE}
    fixes: dict[_Component, dict[str, str]] = {}  # versions, and a product that has each
    for component, product in fixed:
        # One source stands for all that is built from it.
        if component.kind is NameKind.SOURCE or component.distro not in sources:
            fixes.setdefault(replace(component, version=""), {})[component.version] = product
    for component, versions in fixes.items():
        yield _affected(component, severities.get(min(versions.values())), *_before_fixes(versions))
    words = _vendor_words(vulnerability)
    for status in _AFFECTED:
        for product in statuses.get(status, ()):
            if component := _component(products, product):
                bounds = AffectedRange(last_affected=component.version)
                yield _affected(component, severities.get(product), bounds, says=words.get(product, ""))
    for product in statuses.get("known_not_affected", ()):
        # Versions that never had it say nothing of those that are built later, or before.
        if (component := _component(products, product)) and not component.version:
            yield _affected(component, None, not_affected=True)
    for product in statuses.get("under_investigation", ()):
        if component := _component(products, product):
            yield _affected(component, None, says="undetermined")


_MINOR_STREAM = re.compile(r".*\.el[0-9]+_[0-9]+")


def _before_fixes(versions: Iterable[str]) -> Iterator[AffectedRange]:
    """Fixes go to each minor release that is maintained, so what comes after one may still lack it.

    7.76.1-23.el9_2.4 is fixed, and so are later builds of el9_2; 7.76.1-24.el9 is not before 26.el9_3.2.
    """
    introduced = ""
    for fix in sorted(versions, key=lambda version: RPM.key(version) or b""):
        yield AffectedRange(introduced=introduced, fixed=fix)
        stream = _MINOR_STREAM.match(fix)
        introduced = f"{stream[0]}.99999" if stream else fix


def _affected(
    component: _Component,
    severity: Severity | None,
    *ranges: AffectedRange,
    says: str = "",
    not_affected: bool = False,
) -> Affected:
    return Affected(
        type="rpm",
        namespace=component.distro.partition("-")[0],
        name=component.name,
        distro=component.distro,
        scheme="rpm",
        ranges=ranges,
        not_affected=not_affected,
        vendor_status=says,
        kind=component.kind,
        severity=severity or Severity.UNKNOWN,
    )


_WORDS = (
    ("will not fix", "ignored"),
    ("out of support scope", "end-of-life"),
    ("fix deferred", "postponed"),
)


def _vendor_words(vulnerability: _Vulnerability) -> dict[str, str]:
    found: dict[str, str] = {}
    for remediation in vulnerability.remediations:
        text = remediation.details.lower()
        word = next((word for beginning, word in _WORDS if beginning in text), "")
        if word and remediation.category in ("no_fix_planned", "none_available"):
            found |= dict.fromkeys(remediation.product_ids, word)
    return found


def _severities(vulnerability: _Vulnerability) -> dict[str, Severity]:
    """The vendor's own rating of each product."""
    found: dict[str, Severity] = {}
    for threat in vulnerability.threats:
        if threat.category == "impact":
            found |= dict.fromkeys(threat.product_ids, severity_of_word(threat.details))
    return found


def _vector(vulnerability: _Vulnerability) -> str:
    for score in vulnerability.scores:
        for scored in (score.cvss_v4, score.cvss_v3):
            vector = (scored or {}).get("vectorString")
            if isinstance(vector, str) and severity_of_vector(vector) is not Severity.UNKNOWN:
                return vector
    return ""


def _advisory(
    feed: str, record: _Document, products: _Products, vulnerability: _Vulnerability, at: int
) -> Decoded:
    tracking = record.document.tracking
    flaw = vulnerability.cve or f"{tracking.id}#{at + 1}"
    if not tracking.id or len(tracking.id) > 200 or len(flaw) > 200:
        return RefusedRecord(tracking.id[:80], "a document without an id that can be used")
    vector = _vector(vulnerability)
    word = severity_of_word(record.document.aggregate_severity.get("text", ""))
    affected = _iter_affected(products, vulnerability, _severities(vulnerability))
    links = (reference.get("url", "") for reference in record.document.references[:20])
    return Advisory(
        feed=feed,
        id=flaw if flaw == tracking.id else f"{tracking.id}/{flaw}",
        aliases=() if flaw == tracking.id else (flaw,),
        summary=one_line(vulnerability.title or record.document.title),
        severity=word if word is not Severity.UNKNOWN else severity_of_vector(vector),
        cvss=vector,
        published=tracking.initial_release_date[:40],
        modified=tracking.current_release_date[:40],
        withdrawn=False,
        affected=tuple(dict.fromkeys(affected)),
        references=tuple(link for link in links if link.startswith("https://")),
    )
