"""Installed Python distributions."""

import pytest

from lading.cataloging.analysis import Unreadable
from lading.cataloging.catalogers.python import parse_metadata
from lading.packages.package import Package

PATH = "usr/lib/python3/dist-packages/x.dist-info/METADATA"


def parse(text: str) -> list[Package | Unreadable]:
    return list(parse_metadata(PATH, text.encode()))


def test_names_are_normalised_as_indexes_do() -> None:
    assert parse("Metadata-Version: 2.1\nName: Foo._-Bar\nVersion: 1.0.post1\n\nbody\n") == [
        Package("pypi", "", "foo-bar", "1.0.post1")
    ]


def test_what_the_description_says_is_no_header() -> None:
    (found,) = parse("Name: a\nVersion: 1\n\nName: b\nVersion: 2\n")
    assert found == Package("pypi", "", "a", "1")


@pytest.mark.parametrize(
    ("headers", "licenses"),
    [
        ("License-Expression: MIT OR Apache-2.0\nLicense: whatever", ("MIT OR Apache-2.0",)),
        ("License: BSD", ("BSD",)),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License", ("MIT License",)),
        ("License: The licence\n        of many lines\n        follows", ()),
        ("Classifier: License :: OSI Approved\nClassifier: Topic :: Internet", ()),
        (
            "\n".join(f"Classifier: License :: OSI Approved :: {name} License" for name in ("MIT", "BSD")),
            ("MIT License", "BSD License"),
        ),
    ],
)
def test_the_licence_is_what_the_metadata_says_shortest(headers: str, licenses: tuple[str, ...]) -> None:
    (found,) = parse(f"Name: a\nVersion: 1\n{headers}\n")
    assert isinstance(found, Package)
    assert found.licenses == licenses


@pytest.mark.parametrize(
    "text", ["", "Name: a\n", "Version: 1\n", "Name: a b\nVersion: 1\n", "\n\nName: a\n"]
)
def test_metadata_without_a_name_and_a_version_is_unreadable(text: str) -> None:
    (found,) = parse(text)
    assert isinstance(found, Unreadable)
