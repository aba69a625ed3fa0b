"""JavaScript packages as installed."""

import json

import pytest

from lading.cataloging.analysis import Unreadable
from lading.cataloging.catalogers.npm import parse_manifest
from lading.packages.package import Package

INSTALLED = "app/node_modules/left-pad/package.json"
SCOPED = "app/node_modules/@babel/core/package.json"
INSIDE = "app/node_modules/left-pad/test/fixtures/package.json"


def parse(document: object, path: str = INSTALLED) -> list[Package | Unreadable]:
    return list(parse_manifest(path, json.dumps(document).encode()))


def test_a_package_and_a_scoped_one() -> None:
    assert parse({"name": "left-pad", "version": "1.3.0", "license": "WTFPL"}) == [
        Package("npm", "", "left-pad", "1.3.0", licenses=("WTFPL",))
    ]
    assert parse({"name": "@babel/core", "version": "7.0.0"}, SCOPED) == [
        Package("npm", "@babel", "core", "7.0.0")
    ]


@pytest.mark.parametrize(
    ("stated", "licenses"),
    [
        ({"license": {"type": "MIT", "url": "https://example.org"}}, ("MIT",)),
        ({"licenses": [{"type": "MIT"}, {"type": "Apache2"}]}, ("MIT", "Apache2")),
        ({"license": 7}, ()),
        ({"license": ""}, ()),
    ],
)
def test_old_forms_of_the_licence_are_read(stated: dict[str, object], licenses: tuple[str, ...]) -> None:
    (found,) = parse({"name": "a", "version": "1.0.0", **stated})
    assert isinstance(found, Package)
    assert found.licenses == licenses


def test_a_byte_order_mark_is_skipped_as_npm_does() -> None:
    (found,) = parse_manifest(INSTALLED, b'\xef\xbb\xbf{"name":"a","version":"1.0.0"}')
    assert isinstance(found, Package)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"name":"a"}', b'{"name":"a","version":{}}', b'{"name":"\xff"}', b"[" * 99_999],
)
def test_an_installed_package_that_names_nothing_is_unreadable(content: bytes) -> None:
    for path in (INSTALLED, SCOPED):
        (found,) = parse_manifest(path, content)
        assert isinstance(found, Unreadable)


@pytest.mark.parametrize("content", [b"{", b'{"type":"module"}', b'{"version":"1.0.0"}'])
def test_a_file_inside_a_package_that_names_nothing_is_no_package(content: bytes) -> None:
    assert list(parse_manifest(INSIDE, content)) == []


def test_a_package_that_is_bundled_without_its_version_is_reported() -> None:
    (doubt,) = parse({"name": "acorn", "license": "MIT"}, "a/node_modules/next/dist/acorn/package.json")
    assert isinstance(doubt, Unreadable)
    assert "acorn" in doubt.reason
    assert parse({"name": "shop", "private": True}, "app/package.json") == []


def test_an_application_counts_as_a_package() -> None:
    assert parse({"name": "shop", "version": "0.1.0", "private": True}, "app/package.json") == [
        Package("npm", "", "shop", "0.1.0")
    ]


@pytest.mark.parametrize("name", ["../../etc", "a b", "@scope", "", "a/b/c", 7, None])
def test_a_name_that_npm_would_not_take_is_no_name(name: object) -> None:
    (found,) = parse({"name": name, "version": "1.0.0"})
    assert isinstance(found, Unreadable)
