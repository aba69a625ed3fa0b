"""Bills of materials that others wrote: CycloneDX (JSON, XML), SPDX 2 and 3 (JSON), and syft's own JSON.

What is read is which packages are declared; everything else in the document stays there. A component that no
package can be made of is counted by name, so that nobody takes it for looked at.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from lading.foundation import strict_json
from lading.foundation.errors import LadingError, Malformed
from lading.packages.package import Package
from lading.packages.purl import parse_package_url

MAX_BYTES = 256 << 20
MAX_COMPONENTS = 500_000
_XML = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<")
_NOT_SOFTWARE = frozenset({"operating-system", "file", "device", "platform", "data", "cryptographic-asset"})


@dataclass(frozen=True, slots=True)
class Declared:
    """One package that the document declares, and where it says that it is; empty where it does not."""

    package: Package
    path: str


@dataclass(frozen=True, slots=True)
class ReadSbom:
    """What a document declares. ``unnamed`` are components without a name that advisories could use."""

    format: str  # "cyclonedx", "spdx", "syft"
    name: str
    system: str  # ``ID-VERSION_ID`` of the distribution, empty where it is not said
    declared: tuple[Declared, ...]
    unnamed: tuple[str, ...]


def read_sbom(content: bytes) -> ReadSbom:
    """Read a document by what it says it is. Raises Malformed ``sbom-unknown``, ``sbom-invalid``."""
    if _XML.match(content):
        return _cyclonedx_xml(content)
    document = strict_json.decode_object(content, what="bill of materials", max_bytes=MAX_BYTES)
    if document.get("bomFormat") == "CycloneDX":
        return _made("cyclonedx", _cyclonedx_name(document), "", _cyclonedx(document.get("components"), 0))
    if isinstance(document.get("spdxVersion"), str):
        return _made("spdx", str(document.get("name", "")), "", _spdx_2(document))
    if "@graph" in document and "spdx.org" in str(document.get("@context")):
        return _made("spdx", "", "", _spdx_3(document))
    if isinstance(document.get("artifacts"), list) and "schema" in document:
        return _made("syft", _syft_name(document), _syft_system(document), _syft(document))
    raise Malformed(
        "sbom-unknown",
        "this is no bill of materials that can be read",
        hint="CycloneDX (JSON, XML), SPDX (JSON) and syft's JSON can",
    )


_Component = tuple[str, str, str]  # its name for people, its purl, where it is


def _made(form: str, name: str, system: str, components: Iterable[_Component]) -> ReadSbom:
    declared: dict[Declared, None] = {}
    unnamed: dict[str, None] = {}
    for number, (label, purl, path) in enumerate(components):
        if number >= MAX_COMPONENTS:
            raise Malformed("sbom-invalid", f"it has more than {MAX_COMPONENTS} components")
        package = _package(purl)
        if package is None:
            unnamed[label] = None
        else:
            declared[Declared(package, path)] = None
    return ReadSbom(form, name[:500], system, tuple(declared), tuple(unnamed))


def _package(purl: str) -> Package | None:
    if not purl:
        return None
    try:
        package = parse_package_url(purl)
    except LadingError:
        return None
    return package if package.version else None


def _cyclonedx_name(document: Mapping[str, Any]) -> str:
    metadata = document.get("metadata")
    component = metadata.get("component") if isinstance(metadata, dict) else None
    return str(component.get("name", "")) if isinstance(component, dict) else ""


def _cyclonedx(components: object, depth: int) -> Iterator[_Component]:
    """Components, and those that are parts of others."""
    if not isinstance(components, list) or depth > 20:
        return
    for component in components:
        if not isinstance(component, dict):
            raise Malformed("sbom-invalid", "a component is no object")
        if _text(component.get("type")) not in _NOT_SOFTWARE:
            label = f"{component.get('name', '')} {component.get('version', '')}".strip()
            yield label, _text(component.get("purl")), _occurrence(component)
        yield from _cyclonedx(component.get("components"), depth + 1)


def _occurrence(component: Mapping[str, Any]) -> str:
    evidence = component.get("evidence")
    occurrences = evidence.get("occurrences") if isinstance(evidence, dict) else None
    if isinstance(occurrences, list) and occurrences and isinstance(occurrences[0], dict):
        return _text(occurrences[0].get("location"))
    for each in _objects(component.get("properties")):
        if each.get("name") == "syft:location:0:path":
            return _text(each.get("value"))
    return ""


def _cyclonedx_xml(content: bytes) -> ReadSbom:
    """CycloneDX as XML. Entities are refused before parsing: they can grow without end, and fetch files."""
    if len(content) > MAX_BYTES:
        raise Malformed("sbom-invalid", f"it has more than {MAX_BYTES} bytes")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Malformed("sbom-invalid", "an XML document with a document type is not read")
    try:
        root = ET.fromstring(content)  # noqa: S314 - entities were refused
    except (ET.ParseError, ValueError) as error:
        raise Malformed("sbom-invalid", f"it is no XML: {error}") from error
    space, _, name = root.tag.rpartition("}")
    if name != "bom" or "cyclonedx.org/schema/bom" not in space:
        raise Malformed("sbom-unknown", "this XML is no CycloneDX document")
    prefix = f"{space}}}"
    called = root.findtext(f"./{prefix}metadata/{prefix}component/{prefix}name", "")
    return _made("cyclonedx", called, "", _iter_xml(root, prefix))


def _iter_xml(root: ET.Element, prefix: str) -> Iterator[_Component]:
    main = root.find(f"./{prefix}metadata/{prefix}component")
    for component in root.iter(f"{prefix}component"):
        if component is main or component.get("type") in _NOT_SOFTWARE:
            continue
        words = (component.findtext(f"{prefix}{part}", "") for part in ("name", "version"))
        where = component.findtext(
            f"./{prefix}evidence/{prefix}occurrences/{prefix}occurrence/{prefix}location"
        )
        yield " ".join(words).strip(), component.findtext(f"{prefix}purl", ""), where or ""


def _spdx_2(document: Mapping[str, Any]) -> Iterator[_Component]:
    described = set(_texts(document.get("documentDescribes")))
    described |= {
        _text(each.get("relatedSpdxElement"))
        for each in _objects(document.get("relationships"))
        if each.get("relationshipType") == "DESCRIBES"
    }
    for package in _objects(document.get("packages")):
        purls = [
            _text(reference.get("referenceLocator"))
            for reference in _objects(package.get("externalRefs"))
            if reference.get("referenceType") == "purl"
        ]
        purpose = _text(package.get("primaryPackagePurpose"))
        if purpose in {"OPERATING-SYSTEM", "OPERATING_SYSTEM", "CONTAINER", "FILE"} and not purls:
            continue
        if _text(package.get("SPDXID")) in described and not purls:
            continue  # what the document is about, and no part of it
        label = f"{package.get('name', '')} {package.get('versionInfo', '')}".strip()
        yield label, purls[0] if purls else "", ""


def _spdx_3(document: Mapping[str, Any]) -> Iterator[_Component]:
    for element in _objects(document.get("@graph")):
        if _text(element.get("type")) not in {"software_Package", "software:Package", "Package"}:
            continue
        purl = _text(element.get("software_packageUrl") or element.get("packageUrl"))
        for each in _objects(element.get("externalIdentifier")):
            if _text(each.get("externalIdentifierType")) in {"packageUrl", "purl"}:
                purl = purl or _text(each.get("identifier"))
        if _text(element.get("software_primaryPurpose")) in {"container", "operatingSystem"} and not purl:
            continue
        version = element.get("software_packageVersion", "")
        yield f"{element.get('name', '')} {version}".strip(), purl, ""


def _syft(document: Mapping[str, Any]) -> Iterator[_Component]:
    for artifact in _objects(document.get("artifacts")):
        places = _objects(artifact.get("locations"))
        path = next((_text(place.get("path")) for place in places), "").lstrip("/")
        label = f"{artifact.get('name', '')} {artifact.get('version', '')}".strip()
        yield label, _text(artifact.get("purl")), path


def _syft_name(document: Mapping[str, Any]) -> str:
    source = document.get("source")
    return _text(source.get("name")) if isinstance(source, dict) else ""


def _syft_system(document: Mapping[str, Any]) -> str:
    distro = document.get("distro")
    if not isinstance(distro, dict) or not _text(distro.get("id")):
        return ""
    version = _text(distro.get("versionID"))
    return f"{distro['id']}-{version}" if version else _text(distro.get("id"))


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
