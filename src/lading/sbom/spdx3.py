"""SPDX 3.0.1 as JSON-LD: a graph of elements, each with an address of its own."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from lading.packages.licenses import License
from lading.sbom.document import TOOL, VENDOR, Component, Sbom, timestamp, tool_version

FORMAT = "spdx-3.0"

_CREATION = "_:creation"
_CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
_PROFILES = ["core", "software", "simpleLicensing"]


def encode(sbom: Sbom, created: datetime) -> bytes:
    """Write the document. The same content at the same time is the same bytes."""
    writer = _Writer(sbom)
    graph = [
        {
            "type": "CreationInfo",
            "@id": _CREATION,
            "specVersion": "3.0.1",
            "created": timestamp(created),
            "createdBy": [writer.id("maker")],
            "createdUsing": [writer.id("tool")],
        },
        writer.element("Organization", "maker", name=VENDOR),
        writer.element("Tool", "tool", name=f"{TOOL}-{tool_version()}"),
        *writer.iter_software(),
    ]
    members = [element["spdxId"] for element in graph if "spdxId" in element]
    graph.append(
        writer.element(
            "software_Sbom",
            "sbom",
            profileConformance=_PROFILES,
            rootElement=[writer.id("image")],
            element=members,
            software_sbomType=["analyzed"],
        )
    )
    graph.append(
        writer.element(
            "SpdxDocument",
            "document",
            name=sbom.name,
            profileConformance=_PROFILES,
            rootElement=[writer.id("sbom")],
            element=[*members, writer.id("sbom")],
        )
    )
    return msgspec.json.encode({"@context": _CONTEXT, "@graph": graph})


class _Writer:
    """Makes elements whose addresses begin with that of the document, which its content decides."""

    def __init__(self, sbom: Sbom) -> None:
        self._sbom = sbom
        self._base = f"urn:uuid:{sbom.uuid}#"

    def id(self, name: str) -> str:
        return self._base + name

    def element(self, type_: str, part: str, /, **members: Any) -> dict[str, Any]:
        return {"type": type_, "spdxId": self.id(part), "creationInfo": _CREATION, **members}

    def iter_software(self) -> Iterator[dict[str, Any]]:
        """The image, its system, its components with what they declare, and what was not understood."""
        sbom = self._sbom
        yield self._image()
        contained = []
        if sbom.system is not None:
            contained.append("system")
            yield self.element(
                "software_Package",
                "system",
                name=sbom.system.id,
                summary=sbom.system.name,
                software_primaryPurpose="operatingSystem",
                **({"software_packageVersion": sbom.system.version} if sbom.system.version else {}),
            )
        for component in sbom.components:
            contained.append(component.id)
            yield self._package(component)
        yield self._relationship("contains", "image", contained, complete=not sbom.doubts)
        for component in sbom.components:
            if component.needs:
                yield self._relationship("dependsOn", component.id, list(component.needs))
        yield from self._licenses()
        for number, doubt in enumerate(sbom.doubts):
            yield self.element(
                "Annotation",
                f"doubt-{number}",
                annotationType="other",
                subject=self.id("image"),
                statement=f"not understood: layer {doubt.layer}, {doubt.path or 'all of it'}: {doubt.reason}",
            )

    def _image(self) -> dict[str, Any]:
        sbom = self._sbom
        layers = "\n".join(
            f"layer {number}: {layer.diff_id}{' ' + layer.step if layer.step else ''}"
            for number, layer in enumerate(sbom.layers)
        )
        digest = {"type": "Hash", "algorithm": sbom.manifest.algorithm, "hashValue": sbom.manifest.hex}
        return self.element(
            "software_Package",
            "image",
            name=sbom.name,
            comment=f"platform: {sbom.platform}\n{layers}",
            software_packageVersion=str(sbom.manifest),
            software_primaryPurpose="container",
            verifiedUsing=[digest],
        )

    def _package(self, component: Component) -> dict[str, Any]:
        written = self.element(
            "software_Package",
            component.id,
            name=component.name,
            software_primaryPurpose="library",
            software_sourceInfo="\n".join(self._evidence(component)),
        )
        if component.package.version:
            written["software_packageVersion"] = component.package.version
        if component.purl:
            written["software_packageUrl"] = component.purl
        return written

    def _evidence(self, component: Component) -> Iterator[str]:
        for place in component.occurrences:
            diff_id = self._sbom.layers[place.layer].diff_id
            yield f"installed according to {place.path}, since layer {place.layer} ({diff_id})"
        package = component.package
        if package.source_name:
            yield f"built from {package.source_name} {package.source_version}".rstrip()
        if package.owner:
            yield f"owned by {package.owner}"

    def _licenses(self) -> Iterator[dict[str, Any]]:
        """Each expression or text once, and which components declare it."""
        declared: dict[License, list[str]] = {}
        for component in self._sbom.components:
            for one in component.licenses:
                declared.setdefault(one, []).append(component.id)
        for one, ids in sorted(declared.items(), key=lambda item: _license_name(item[0])):
            name = _license_name(one)
            if one.expression:
                yield self.element(
                    "simplelicensing_LicenseExpression",
                    name,
                    simplelicensing_licenseExpression=one.expression,
                )
            else:
                yield self.element(
                    "simplelicensing_SimpleLicensingText", name, simplelicensing_licenseText=one.text
                )
            for declaring in ids:
                yield self._relationship("hasDeclaredLicense", declaring, [name])

    def _relationship(
        self, kind: str, of: str, to: list[str], *, complete: bool | None = None
    ) -> dict[str, Any]:
        name = hashlib.sha256("\0".join((kind, of, *to)).encode()).hexdigest()[:16]
        # A relationship to nothing has to say so by an element of its own.
        targets = [self.id(each) for each in to] or ["https://spdx.org/rdf/3.0.1/terms/Core/NoneElement"]
        written = self.element(
            "Relationship", f"{kind}-{name}", relationshipType=kind, **{"from": self.id(of), "to": targets}
        )
        if complete is not None:
            # Never "complete": nobody can know of software that left no trace.
            written["completeness"] = "noAssertion" if complete else "incomplete"
        return written


def _license_name(one: License) -> str:
    return f"license-{hashlib.sha256((one.expression or one.text).encode()).hexdigest()[:16]}"
