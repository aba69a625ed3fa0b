"""SPDX 3.0 as a graph: every element has an address, and every reference leads to one."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lading.sbom import spdx3
from lading.sbom.reading import read_sbom
from tests.unit.sbom.test_document import document

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
_REFERENCES = ("createdBy", "createdUsing", "rootElement", "element", "from", "to", "subject")


def graph() -> list[dict[str, Any]]:
    parsed: list[dict[str, Any]] = json.loads(spdx3.encode(document(), NOW))["@graph"]
    return parsed


def test_every_reference_leads_to_an_element_and_no_address_is_used_twice() -> None:
    elements = graph()
    ids = [element["spdxId"] for element in elements if "spdxId" in element]
    assert len(ids) == len(set(ids))
    for element in elements:
        for name in _REFERENCES:
            values = element.get(name, [])
            for value in values if isinstance(values, list) else [values]:
                assert value in ids, (element["type"], name, value)
        assert element["type"] == "CreationInfo" or element["creationInfo"] == "_:creation"


def test_it_says_what_the_other_formats_say() -> None:
    sbom = document()
    declared = read_sbom(spdx3.encode(sbom, NOW)).declared
    assert {one.package.name for one in declared} == {
        component.package.name for component in sbom.components if component.purl
    }


def test_the_same_content_is_the_same_bytes() -> None:
    assert spdx3.encode(document(), NOW) == spdx3.encode(document(), NOW)


def test_what_was_not_understood_is_an_annotation_and_the_list_is_incomplete() -> None:
    elements = graph()
    doubts = [element for element in elements if element["type"] == "Annotation"]
    assert len(doubts) == len(document().doubts)
    (contains,) = [each for each in elements if each.get("relationshipType") == "contains"]
    assert contains["completeness"] == ("incomplete" if doubts else "noAssertion")


def test_the_official_schema_accepts_it(shared_data: Path) -> None:
    schema = shared_data / "sbom" / "spdx-3.0.1.schema.json"
    if not schema.is_file():
        pytest.skip("the schema of SPDX 3.0.1 is not in ../shared/data/sbom")
    import jsonschema  # noqa: PLC0415 - only needed here

    validator = jsonschema.Draft202012Validator(json.loads(schema.read_bytes()))
    raw = json.loads(spdx3.encode(document(), NOW))
    assert list(validator.iter_errors(raw)) == []
    raw["@graph"][3]["type"] = "nonsense"
    assert list(validator.iter_errors(raw))
