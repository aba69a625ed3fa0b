"""Bills of materials of others beside what was found, as the page shows them."""

from collections.abc import Iterable
from dataclasses import dataclass

from lading.sbom.comparison import SbomDifferences
from lading.workflows.compare_sboms import ComparedSbom

_ROWS = 50  # differences that are listed of one document


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One package in which a document and the content differ."""

    what: str
    name: str
    declared: str
    found: str


@dataclass(frozen=True, slots=True)
class SbomRow:
    """One document. ``reason`` says why it could not be read."""

    title: str
    reason: str
    agreed: int
    count: int
    rows: tuple[DifferenceRow, ...]


def sbom_rows(compared: Iterable[ComparedSbom]) -> tuple[SbomRow, ...]:
    """Make the rows of every document of others."""
    return tuple(_sbom_row(each) for each in compared)


def _sbom_row(compared: ComparedSbom) -> SbomRow:
    how = "attested by" if compared.attested else "attached by"
    title = f"{compared.format or 'a document'}, {how} {compared.origin.short}"
    if compared.differences is None:
        return SbomRow(title, compared.reason, 0, 0, ())
    rows = _rows(compared.differences)
    return SbomRow(title, "", compared.differences.agreed, len(rows), rows[:_ROWS])


def _rows(differences: SbomDifferences) -> tuple[DifferenceRow, ...]:
    return (
        *(DifferenceRow("declared, not found", one.name, one.version, "") for one in differences.not_found),
        *(
            DifferenceRow("found, not declared", one.name, "", one.version)
            for one in differences.not_declared
        ),
        *(
            DifferenceRow("other version", one.declared.name, one.declared.version, ", ".join(one.found))
            for one in differences.other_versions
        ),
        *(DifferenceRow("cannot be matched", text, "", "") for text in differences.unusable),
    )
