"""Patterns of paths."""

import time

import pytest

from lading.matching.path_pattern import fits_part, path_matcher


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("id_rsa", "root/.ssh/id_rsa"),
        ("id_rsa", "id_rsa"),
        ("log4j-core-*.jar", "app/lib/log4j-core-2.14.jar"),
        ("usr/bin/nc", "usr/bin/nc"),
        ("usr/*/nc", "usr/bin/nc"),
        ("**/lib/*.so", "opt/a/lib/x.so"),
        ("**/lib/*.so", "lib/x.so"),
        ("opt/**/x.so", "opt/x.so"),
        ("opt/**/x.so", "opt/a/b/x.so"),
        ("a/**/b/**/c", "a/b/x/b/y/c"),
        ("app/**", "app/any/thing"),
        ("a*b*c", "x/abbc"),
    ],
)
def test_a_path_fits(pattern: str, path: str) -> None:
    assert path_matcher(pattern)(path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("id_rsa", "root/.ssh/id_rsa.pub"),
        ("usr/bin/nc", "opt/usr/bin/nc"),
        ("usr/*/nc", "usr/local/bin/nc"),
        ("usr/bin/nc", "usr/bin"),
        ("log4j-*.jar", "log4j-.jarx"),
        ("a*a", "a"),
        ("**/lib/x.so", "lib/y/x.so"),
        ("a.c", "abc"),
    ],
)
def test_a_path_does_not_fit(pattern: str, path: str) -> None:
    assert not path_matcher(pattern)(path)


def test_no_pattern_takes_long() -> None:
    started = time.process_time()
    assert not path_matcher("/".join(["**", "a*"] * 60 + ["b"]))("/".join(["a"] * 2_000))
    assert not fits_part("a" * 4_000, "*a" * 100 + "b")
    assert time.process_time() - started < 1
