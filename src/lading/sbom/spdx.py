"""SPDX 2.3 as JSON (ISO/IEC 5962 and its version 2.3)."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from lading.packages.licenses import License
from lading.sbom.document import TOOL, Component, Sbom, timestamp, tool_version

MEDIA_TYPE = "application/spdx+json"
FORMAT = "spdx-2.3"

_DOCUMENT = "SPDXRef-DOCUMENT"
_IMAGE = "SPDXRef-image"
_SYSTEM = "SPDXRef-operating-system"
_UNKNOWN = "NOASSERTION"


def encode(sbom: Sbom, created: datetime) -> bytes:
    """Write the document. The same content at the same time is the same bytes."""
    made = timestamp(created)
    texts: dict[str, str] = {}
    for license_ in (one for component in sbom.components for one in component.licenses):
        if not license_.expression:
            texts[_reference(license_)] = license_.text
        texts.update(dict.fromkeys(license_.references, "The package names its licence so."))
    document: dict[str, Any] = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": sbom.name,
        # A name and no address: the specification wants it unique, and not that anything answers there.
        "documentNamespace": f"urn:uuid:{sbom.uuid}",
        "creationInfo": {"created": made, "creators": [f"Tool: {TOOL}-{tool_version()}"]},
        "packages": [
            _image(sbom),
            *_system(sbom),
            *(_package(sbom, component) for component in sbom.components),
        ],
        "relationships": list(_relationships(sbom)),
    }
    if texts:
        document["hasExtractedLicensingInfos"] = [
            {"licenseId": reference, "extractedText": text, "name": text[:200]}
            for reference, text in sorted(texts.items())
        ]
    if sbom.doubts:
        document["annotations"] = list(_annotations(sbom, made))
    return msgspec.json.encode(document)


def _image(sbom: Sbom) -> dict[str, Any]:
    layers = "\n".join(
        f"layer {number}: {layer.diff_id}{' ' + layer.step if layer.step else ''}"
        for number, layer in enumerate(sbom.layers)
    )
    return {
        "SPDXID": _IMAGE,
        "name": sbom.name,
        "versionInfo": str(sbom.manifest),
        "primaryPackagePurpose": "CONTAINER",
        "checksums": [
            {"algorithm": sbom.manifest.algorithm.upper(), "checksumValue": sbom.manifest.hex},
        ],
        "comment": f"platform: {sbom.platform}\n{layers}",
        **_unstated(),
    }


def _system(sbom: Sbom) -> Iterator[dict[str, Any]]:
    if sbom.system is not None:
        yield {
            "SPDXID": _SYSTEM,
            "name": sbom.system.id,
            **({"versionInfo": sbom.system.version} if sbom.system.version else {}),
            "primaryPackagePurpose": "OPERATING-SYSTEM",
            "summary": sbom.system.name,
            **_unstated(),
        }


def _package(sbom: Sbom, component: Component) -> dict[str, Any]:
    package = component.package
    written: dict[str, Any] = {
        "SPDXID": f"SPDXRef-{component.id}",
        "name": component.name,
        "versionInfo": package.version,
        "sourceInfo": "\n".join(_evidence(sbom, component)),
        **_unstated(),
    }
    if component.licenses:
        written["licenseDeclared"] = _declared(component.licenses)
    if component.purl:
        written["externalRefs"] = [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": component.purl,
            }
        ]
    return written


def _evidence(sbom: Sbom, component: Component) -> Iterator[str]:
    for place in component.occurrences:
        diff_id = sbom.layers[place.layer].diff_id
        yield f"installed according to {place.path}, since layer {place.layer} ({diff_id})"
    package = component.package
    if package.source_name:
        yield f"built from {package.source_name} {package.source_version}".rstrip()
    if package.owner:
        yield f"owned by {package.owner}"


def _unstated() -> dict[str, Any]:
    """What must be said and is not known (sections 7.7, 7.8, 7.13, 7.15, 7.17)."""
    return {
        "downloadLocation": _UNKNOWN,
        "filesAnalyzed": False,
        "licenseConcluded": _UNKNOWN,
        "licenseDeclared": _UNKNOWN,
        "copyrightText": _UNKNOWN,
    }


def _declared(licenses: Iterable[License]) -> str:
    """One expression: all that the package states applies. Texts are referred to (section 10)."""
    parts = [one.expression or _reference(one) for one in licenses]
    if len(parts) == 1:
        return parts[0]
    return " AND ".join(f"({part})" if " " in part else part for part in parts)


def _reference(text: License) -> str:
    return f"LicenseRef-{hashlib.sha256(text.text.encode()).hexdigest()[:16]}"


def _relationships(sbom: Sbom) -> Iterator[dict[str, str]]:
    yield _relationship(_DOCUMENT, "DESCRIBES", _IMAGE)
    if sbom.system is not None:
        yield _relationship(_IMAGE, "CONTAINS", _SYSTEM)
    for component in sbom.components:
        yield _relationship(_IMAGE, "CONTAINS", f"SPDXRef-{component.id}")
    for component in sbom.components:
        for needed in component.needs:
            yield _relationship(f"SPDXRef-{component.id}", "DEPENDS_ON", f"SPDXRef-{needed}")


def _relationship(subject: str, verb: str, related: str) -> dict[str, str]:
    return {"spdxElementId": subject, "relationshipType": verb, "relatedSpdxElement": related}


def _annotations(sbom: Sbom, made: str) -> Iterator[dict[str, str]]:
    for doubt in sbom.doubts:
        yield {
            "annotationDate": made,
            "annotationType": "OTHER",
            "annotator": f"Tool: {TOOL}-{tool_version()}",
            "comment": f"not understood: layer {doubt.layer}, {doubt.path or 'all of it'}: {doubt.reason}",
        }
