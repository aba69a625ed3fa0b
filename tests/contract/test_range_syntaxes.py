"""Every syntax of ranges keeps the vectors written here, and the public ones where they are at hand."""

import csv
from functools import partial
from pathlib import Path

import pytest

from lading.packages.all_range_syntaxes import ALL_RANGE_SYNTAXES, parse_range
from lading.packages.range_syntaxes.npm import NPM, parse
from lading.packages.version_range import RangeSyntax

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "versions" / "ranges"
FILES = {"npm": "npm-semver.csv", "pep440": "pep440.csv", "gem": "gem.csv", "composer": "composer.csv"}
OF_NAME = {syntax.name: syntax for syntax in ALL_RANGE_SYNTAXES}

VECTORS = {
    "npm": [("^1.2.3 || 2.x", "1.9.0 2.4.1", "1.2.2 3.0.0 2.0.0-rc.1"), ("1.2 - 2", "1.2.0 2.9.9", "3.0.0")],
    "pep440": [(">=2.0, !=2.5.*, <3", "2.0 2.6", "1.9 2.5.1 3.0rc1"), ("~=2.2.1", "2.2.5", "2.3")],
    "gem": [("~> 1.4, != 1.4.7", "1.4.8 1.9", "1.4.7 2.0")],
    "composer": [("^0.3 || 1.0 - 1.4, !=1.2.0", "0.3.9 1.4.7", "0.4.0 1.2.0"), ("~1.2.3", "1.2.9", "1.3.0")],
}


@pytest.mark.parametrize("name", VECTORS)
def test_ranges_hold_what_they_say(name: str) -> None:
    for text, inside, outside in VECTORS[name]:
        contains = OF_NAME[name].parse(text)
        assert contains is not None
        assert [version for version in inside.split() if not contains(version)] == []
        assert [version for version in outside.split() if contains(version)] == []
        assert contains("no version at all") is None


@pytest.mark.parametrize("syntax", ALL_RANGE_SYNTAXES, ids=lambda syntax: syntax.name)
@pytest.mark.parametrize(
    "text", ["no range", ">=", "((((", ">" * 900, "1.0 ||| <b>", "\x00", "^^1", "9" * 900]
)
def test_what_is_no_range_is_told_or_holds_nothing_of_harm(syntax: RangeSyntax, text: str) -> None:
    contains = syntax.parse(text)
    assert contains is None or contains("1.0.0") in (True, False)


@pytest.mark.parametrize("name", FILES)
def test_public_vectors_are_kept(name: str) -> None:
    file = SHARED / FILES[name]
    if not file.exists():
        pytest.skip(f"no public vectors at {file}")
    wrong = []
    with file.open(newline="") as rows:
        for row in csv.DictReader(rows):
            text = row["range"].replace("\\t", "\t")
            read = OF_NAME[name].parse
            if name == NPM.name and row["options"] == "includePrerelease":
                read = partial(parse, pre_releases=True)
            contains = read(text)
            held = bool(contains and contains(row["version"]))
            if held is not (row["in_range"] == "true"):
                wrong.append((text, row["version"], row["in_range"], row["options"]))
    assert wrong == []


def test_types_without_a_syntax_have_comparisons() -> None:
    contains = parse_range("deb", ">= 1:1.1.1, < 3.0.11-1~deb12u2")
    assert contains is None or contains("3.0.9-1") is False
    contains = parse_range("deb", ">= 1.1.1, < 3.0.11-1~deb12u2")
    assert contains is not None
    assert (contains("3.0.9-1"), contains("3.0.11-1~deb12u2"), contains("not: a version")) == (
        True,
        False,
        None,
    )
    assert parse_range("deb", "newer than 3") is None
    assert parse_range("unheard-of", "< 3") is None
