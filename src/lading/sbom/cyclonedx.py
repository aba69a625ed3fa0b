"""CycloneDX 1.6 as JSON (ECMA-424)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from lading.packages.licenses import License
from lading.sbom.document import TOOL, VENDOR, Component, Sbom, timestamp, tool_version

MEDIA_TYPE = "application/vnd.cyclonedx+json"
FORMAT = "cyclonedx-1.6"

_IMAGE = "image"
_SYSTEM = "operating-system"


def encode(sbom: Sbom, created: datetime) -> bytes:
    """Write the document. The same content at the same time is the same bytes."""
    return msgspec.json.encode(
        {
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": f"urn:uuid:{sbom.uuid}",
            "version": 1,
            "metadata": {
                "timestamp": timestamp(created),
                "lifecycles": [{"phase": "post-build"}],
                "tools": {
                    "components": [
                        {
                            "type": "application",
                            "supplier": {"name": VENDOR},
                            "name": TOOL,
                            "version": tool_version(),
                        }
                    ]
                },
                "component": _image(sbom),
            },
            "components": [*_system(sbom), *(_component(sbom, one) for one in sbom.components)],
            "dependencies": list(_dependencies(sbom)),
            "compositions": [_composition(sbom)],
        }
    )


def _image(sbom: Sbom) -> dict[str, Any]:
    properties = [{"name": "lading:platform", "value": str(sbom.platform)}]
    for number, layer in enumerate(sbom.layers):
        properties.append({"name": f"lading:layer:{number}:diffId", "value": str(layer.diff_id)})
        if layer.step:
            properties.append({"name": f"lading:layer:{number}:step", "value": layer.step})
    for doubt in sbom.doubts:
        where = f"layer {doubt.layer}, {doubt.path or 'all of it'}: {doubt.reason}"
        properties.append({"name": "lading:unreadable", "value": where})
    return {
        "type": "container",
        "bom-ref": _IMAGE,
        "name": sbom.name,
        "version": str(sbom.manifest),
        "properties": properties,
    }


def _system(sbom: Sbom) -> Iterator[dict[str, Any]]:
    if sbom.system is not None:
        system = {
            "type": _SYSTEM,
            "bom-ref": _SYSTEM,
            "name": sbom.system.id,
            "description": sbom.system.name,
        }
        yield {**system, "version": sbom.system.version} if sbom.system.version else system


def _component(sbom: Sbom, component: Component) -> dict[str, Any]:
    package = component.package
    written: dict[str, Any] = {"type": "library", "bom-ref": component.id}
    if package.type == "npm" and package.namespace:
        written["group"] = package.namespace
    written["name"] = package.name
    written["version"] = package.version
    if component.licenses:
        written["licenses"] = _licenses(component.licenses)
    if component.purl:
        written["purl"] = component.purl
    first = min(place.layer for place in component.occurrences)
    written["evidence"] = {"occurrences": [{"location": place.path} for place in component.occurrences]}
    written["properties"] = [
        {"name": "lading:layer", "value": str(first)},
        {"name": "lading:layer:diffId", "value": str(sbom.layers[first].diff_id)},
    ]
    if package.source_name:
        source = f"{package.source_name} {package.source_version}".strip()
        written["properties"].append({"name": "lading:source", "value": source})
    if package.owner:
        written["properties"].append({"name": "lading:ownedBy", "value": package.owner})
    return written


def _licenses(licenses: tuple[License, ...]) -> list[dict[str, Any]]:
    """One expression, or any number of identifiers and texts: the schema allows no mixture."""
    if len(licenses) == 1 and licenses[0].expression and not licenses[0].is_single:
        return [{"expression": licenses[0].expression}]
    return [
        {"license": {"id": one.expression} if one.is_single else {"name": one.expression or one.text}}
        for one in licenses
    ]


def _dependencies(sbom: Sbom) -> Iterator[dict[str, Any]]:
    """The image needs what nothing else in it needs; what components need is listed where it is known."""
    system = [_SYSTEM] if sbom.system is not None else []
    yield {"ref": _IMAGE, "dependsOn": [*system, *(component.id for component in sbom.roots)]}
    for component in sbom.components:
        if component.needs:
            yield {"ref": component.id, "dependsOn": list(component.needs)}


def _composition(sbom: Sbom) -> dict[str, Any]:
    """Never "complete": nobody can know of software that left no trace. What was unreadable says so."""
    return {"aggregate": "incomplete" if sbom.doubts else "unknown", "assemblies": [_IMAGE]}
