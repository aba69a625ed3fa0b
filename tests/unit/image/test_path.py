"""Names in archives become paths inside the root, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.image.path import link_target, normalise, resolve


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("usr/bin/env", "usr/bin/env"),
        ("./usr/bin/env", "usr/bin/env"),
        ("/usr/bin/env", "usr/bin/env"),
        ("//usr///bin/./env", "usr/bin/env"),
        ("usr/lib/", "usr/lib"),
        ("usr/share/../bin/env", "usr/bin/env"),
        ("./", ""),
        ("/", ""),
        (".", ""),
        ("...", "..."),
        ("a/..b/c..", "a/..b/c.."),
        (".hidden/.x", ".hidden/.x"),
    ],
)
def test_names_are_read_as_runtimes_read_them(name: str, path: str) -> None:
    assert normalise(name) == path


@pytest.mark.parametrize("name", ["..", "../etc/passwd", "/../etc", "a/../../b", "./../x", "a/b/../../../c/"])
def test_names_that_leave_the_root_are_no_paths(name: str) -> None:
    assert normalise(name) is None


@given(st.lists(st.sampled_from(["a", "b", "..", ".", "", "..."]), max_size=12).map("/".join))
def test_a_path_never_leaves_the_root(name: str) -> None:
    path = normalise(name)
    if path is not None:
        assert not path.startswith("/")
        assert not {"..", ".", ""} & set(path.split("/")) or path == ""
        assert normalise(path) == path


def test_a_relative_link_counts_from_its_directory_and_an_absolute_one_from_the_root() -> None:
    assert link_target("etc/os-release", "../usr/lib/os-release") == "usr/lib/os-release"
    assert link_target("etc/os-release", "/usr/lib/os-release") == "usr/lib/os-release"
    assert link_target("etc/x", "../../../outside") is None


def test_links_are_followed_in_every_part_of_a_path() -> None:
    links = {"lib": "usr/lib", "usr/lib/apk": "/data/apk", "data/apk/db/installed": "installed.1"}
    assert resolve("lib/apk/db/installed", links) == "data/apk/db/installed.1"
    assert resolve("etc/passwd", links) == "etc/passwd"


@pytest.mark.parametrize(
    "links", [{"a": "a"}, {"a": "b", "b": "/a"}, {"a": "a/a"}, {"a": "b/../a"}, {"a": "../../x"}]
)
def test_links_in_a_loop_or_out_of_the_root_lead_nowhere(links: dict[str, str]) -> None:
    assert resolve("a/file", links) is None
