"""Bills of materials of others as rows of a page."""

from lading.console.views.sbom_differences import DifferenceRow, sbom_rows
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.sbom.comparison import compare
from lading.workflows.compare_sboms import ComparedSbom

ORIGIN = Digest.of(b"manifest")


def test_each_difference_is_a_row_with_both_versions() -> None:
    declared = [Package("pypi", "", "flask", "2.0"), Package("pypi", "", "gone", "1")]
    found = [Package("pypi", "", "flask", "3.0"), Package("pypi", "", "extra", "9")]
    differences = compare(declared, found, ("mystery",))
    (row,) = sbom_rows([ComparedSbom(ORIGIN, "cyclonedx", True, differences)])
    assert row.title == f"cyclonedx, attested by {ORIGIN.short}"
    assert row.rows == (
        DifferenceRow("declared, not found", "gone", "1", ""),
        DifferenceRow("found, not declared", "extra", "", "9"),
        DifferenceRow("other version", "flask", "2.0", "3.0"),
        DifferenceRow("cannot be matched", "mystery", "", ""),
    )


def test_a_document_that_cannot_be_read_says_why() -> None:
    (row,) = sbom_rows([ComparedSbom(ORIGIN, "", False, None, "it is no JSON")])
    assert (row.reason, row.rows) == ("it is no JSON", ())
