import time

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import Malformed


@pytest.mark.parametrize(
    ("pattern", "repository", "expected"),
    [
        ("payments/api", "payments/api", True),
        ("payments/api", "payments/api2", False),
        ("payments/api", "x/payments/api", False),
        ("payments/*", "payments/api", True),
        ("payments/*", "payments/api/v2", False),
        ("payments/*", "payments", False),
        ("payments/**", "payments/api/v2", True),
        ("payments/**", "payments", False),
        ("payments/**", "paymentsx/api", False),
        ("**", "a", True),
        ("**", "a/b/c", True),
        ("**/base", "base", True),
        ("**/base", "x/y/base", True),
        ("**/base", "x/database", False),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a/**/b/**/z", "a/x/b/b/y/z", True),
        ("a/**/b/**/z", "a/x/c/y/z", False),
        ("app-*", "app-one", True),
        ("*-app-*-x", "my-app-one-x", True),
        ("*-app-*-x", "my-app-x", False),
        ("*a*", "bab", True),
        ("a.c", "abc", False),
    ],
)
def test_a_pattern_covers_what_its_stars_say(pattern: str, repository: str, expected: bool) -> None:
    assert RepositoryPattern.parse(pattern).matches(repository) is expected


@pytest.mark.parametrize("text", ["", "/", "a//b", "A/b", "a/b**", "***", "a b", "a/?", "a\n", "a" * 256])
def test_a_pattern_that_can_match_no_name_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        RepositoryPattern.parse(text)


def test_a_name_with_a_line_end_is_not_covered() -> None:
    assert not RepositoryPattern.parse("a/*").matches("a/b\n/c")
    assert not RepositoryPattern.parse("a").matches("a\n")


def test_many_stars_do_not_make_matching_slow() -> None:
    hostile = [
        ("*a" * 100 + "b", "a" * 255),
        ("**/a/" * 40 + "b", "a/" * 127 + "c"),
        ("**/*a*a*a*a/" * 15 + "b", ("aaaaa/" * 42) + "c"),
    ]
    for pattern, repository in hostile:
        matcher = RepositoryPattern.parse(pattern)
        started = time.perf_counter()
        assert not matcher.matches(repository)
        assert time.perf_counter() - started < 0.5


def test_the_more_specific_pattern_sorts_higher() -> None:
    texts = ["**", "*/api", "payments/**", "payments/*", "payments/a*", "payments/api"]
    assert texts == sorted(texts, key=lambda text: RepositoryPattern.parse(text).specificity)


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [
        ("**", "shop/**", True),
        ("**", "a", True),
        ("shop/**", "shop/*", True),
        ("shop/**", "shop/**", True),
        ("shop/**", "shop/a/*", True),
        ("shop/**", "shop/app", True),
        ("shop/*", "shop/app", True),
        ("shop/*", "shop/*", True),
        ("shop/*", "shop/**", False),
        ("shop/app", "shop/*", False),
        ("shop/**", "**", False),
        ("shop/**", "shop*/a", False),
        ("shop/**", "shopping/*", False),
        ("*/app", "*/*", False),
    ],
)
def test_a_pattern_covers_another_only_where_that_is_sure(outer: str, inner: str, covered: bool) -> None:
    assert RepositoryPattern.parse(outer).covers(RepositoryPattern.parse(inner)) is covered
