"""Slow, pairwise comparisons of versions, written from the specifications to check the keys against.

Each returns a number below, equal to or above 0. They share nothing with the code they check.
"""

import re
from itertools import zip_longest


def _sign(a: int, b: int) -> int:
    return (a > b) - (a < b)


def _dpkg_order(character: str) -> int:
    if character == "~":
        return -1
    if not character or character.isdigit():
        return 0
    return ord(character) if character.isalpha() else ord(character) + 256


def _dpkg_part(a: str, b: str) -> int:
    """The algorithm of deb-version(7), character by character."""
    while a or b:
        while (a and not a[0].isdigit()) or (b and not b[0].isdigit()):
            difference = _dpkg_order(a[:1]) - _dpkg_order(b[:1])
            if difference:
                return difference
            a, b = (a[1:] if a and not a[0].isdigit() else a), (b[1:] if b and not b[0].isdigit() else b)
        digits_a, digits_b = re.match("[0-9]*", a), re.match("[0-9]*", b)
        assert digits_a is not None
        assert digits_b is not None
        difference = _sign(int(digits_a[0] or 0), int(digits_b[0] or 0))
        if difference:
            return difference
        a, b = a[digits_a.end() :], b[digits_b.end() :]
    return 0


def compare_dpkg(a: str, b: str) -> int:
    def split(text: str) -> tuple[int, str, str]:
        epoch, _, rest = text.rpartition(":") if ":" in text else ("0", "", text)
        upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
        return int(epoch), upstream, revision

    left, right = split(a), split(b)
    return (
        _sign(left[0], right[0])
        or _dpkg_part(left[1], right[1])
        or _dpkg_part(left[2] or "0", right[2] or "0")
    )


def compare_rpm(a: str, b: str) -> int:
    """The rules of rpm-version(7) for a version without epoch and release."""
    while a or b:
        a, b = re.sub("^[^A-Za-z0-9~^]+", "", a), re.sub("^[^A-Za-z0-9~^]+", "", b)
        if a.startswith("~") or b.startswith("~"):
            if not a.startswith("~"):
                return 1
            if not b.startswith("~"):
                return -1
            a, b = a[1:], b[1:]
            continue
        if a.startswith("^") or b.startswith("^"):
            if not a:
                return -1
            if not b:
                return 1
            if not a.startswith("^"):
                return 1
            if not b.startswith("^"):
                return -1
            a, b = a[1:], b[1:]
            continue
        if not (a and b):
            break
        numeric = a[0].isdigit()
        pattern = "[0-9]*" if numeric else "[A-Za-z]*"
        one, two = re.match(pattern, a), re.match(pattern, b)
        assert one is not None
        assert two is not None
        if not two[0]:
            return 1 if numeric else -1
        difference = _sign(int(one[0]), int(two[0])) if numeric else (one[0] > two[0]) - (one[0] < two[0])
        if difference:
            return difference
        a, b = a[one.end() :], b[two.end() :]
    return _sign(bool(a), bool(b))


def compare_semver(a: str, b: str) -> int:
    """Rules 9 to 11 of semver.org for full versions."""

    def split(text: str) -> tuple[list[int], list[str]]:
        core, _, pre = text.partition("+")[0].partition("-")
        return [int(part) for part in core.split(".")], pre.split(".") if pre else []

    (core_a, pre_a), (core_b, pre_b) = split(a), split(b)
    if core_a != core_b:
        return 1 if core_a > core_b else -1
    if not pre_a or not pre_b:
        return _sign(not pre_a, not pre_b)
    for one, two in zip_longest(pre_a, pre_b):
        if one is None or two is None:
            return -1 if one is None else 1
        if one.isdigit() and two.isdigit():
            difference = _sign(int(one), int(two))
        elif one.isdigit() or two.isdigit():
            return -1 if one.isdigit() else 1
        else:
            difference = (one > two) - (one < two)
        if difference:
            return difference
    return 0


def compare_gem(a: str, b: str) -> int:
    """Segment by segment, an absent one being 0, letters less than any number."""

    def segments(text: str) -> list[int | str]:
        found = [int(part) if part.isdigit() else part for part in re.findall("[0-9]+|[A-Za-z]+", text)]
        at = next((index for index, part in enumerate(found) if isinstance(part, str)), len(found))
        halves = [found[:at], found[at:]]
        for half in halves:
            while half and half[-1] == 0:
                half.pop()
        return halves[0] + halves[1]

    for one, two in zip_longest(segments(a), segments(b), fillvalue=0):
        if one == two:
            continue
        if isinstance(one, str) and isinstance(two, str):
            return 1 if one > two else -1
        if isinstance(one, str) or isinstance(two, str):
            return -1 if isinstance(one, str) else 1
        return _sign(one, two)
    return 0


def compare_apk(a: str, b: str) -> int:
    """Token by token, as apk-tools compares."""
    kinds = ("digits", "letter", "suffix", "suffix_number", "revision", "end")
    order = ("alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p")

    def tokens(text: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for match in re.finditer(r"\.?([0-9]+)|-r([0-9]+)|_([a-z]+)([0-9]*)|([a-z])", text):
            digits, revision, suffix, suffix_number, letter = match.groups()
            if digits is not None:
                found.append(("digits", digits))
            elif revision is not None:
                found.append(("revision", revision))
            elif suffix is not None:
                found.append(("suffix", suffix))
                found += [("suffix_number", suffix_number)] if suffix_number else []
            else:
                found.append(("letter", letter))
        return [*found, ("end", "")]

    for at, ((kind_a, one), (kind_b, two)) in enumerate(zip(tokens(a), tokens(b), strict=False)):
        if kind_a != kind_b:
            if kind_a == "suffix" and order.index(one) < order.index(""):
                return -1
            if kind_b == "suffix" and order.index(two) < order.index(""):
                return 1
            return _sign(kinds.index(kind_b), kinds.index(kind_a))
        if kind_a == "suffix":
            difference = _sign(order.index(one), order.index(two))
        elif kind_a == "letter" or (kind_a == "digits" and at > 0 and (one[0] == "0" or two[0] == "0")):
            difference = (one > two) - (one < two)
        else:
            difference = _sign(int(one or 0), int(two or 0))
        if difference:
            return difference
    return 0
