"""docs/security.md says what is met by which test: each is there, and each row says how it stands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "security.md"
_NAMED = re.compile(r"`(tests/[^`]+\.py)(?:::(test_\w+))?`")
_STANDS = re.compile(r"(met|in part|not met|refused)(?:$|[,:; ])")


def _rows() -> list[list[str]]:
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[0] not in {"No.", "What is asked"}]


ROWS = _rows()
NAMED = sorted({match.groups() for row in ROWS for match in _NAMED.finditer(row[-1])}, key=str)


def test_the_table_is_read() -> None:
    assert len(ROWS) > 60
    assert len(NAMED) > 50


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_each_named_test_is_there(file: str, name: str | None) -> None:
    text = (ROOT / file).read_text()
    assert re.search(rf"^def {name or 'test_'}", text, re.MULTILINE), f"{file} has no {name}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_row_says_how_it_stands_and_what_is_met_names_a_test_or_its_reason(row: list[str]) -> None:
    stands, test = row[-2], row[-1]
    assert _STANDS.match(stands), stands
    if not test:
        assert len(stands.split()) > 2, "without a test, it says why"
