"""Keys give the order that the specifications give, and never fail, whatever text they are given."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from lading.packages.all_version_schemes import ALL_VERSION_SCHEMES, VERSION_SCHEMES
from lading.packages.version_scheme import MAX_VERSION_LENGTH, VersionScheme
from tests.support import version_oracles

Compare = Callable[[str, str], int]


def compare_pep440(a: str, b: str) -> int:
    left, right = Version(a), Version(b)
    return (left > right) - (left < right)


# Few numbers and letters, so that equal and nearly equal versions come up often.
NUMBERS = st.sampled_from(["0", "1", "2", "9", "10", "007", "256", "99999999999999999999"])
PLAIN = st.sampled_from(["0", "1", "2", "9", "10", "256", "99999999999999999999"])
DOTTED = st.lists(NUMBERS, min_size=1, max_size=4).map(".".join)


def joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


def maybe(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), part)


DPKG_PIECES = ("0", "1", "2", "10", "00", "a", "b", "Z", "~", "+", ".", ".0", "~~", "+b")
DPKG_PART = st.lists(st.sampled_from(DPKG_PIECES), max_size=6).map("".join)
DPKG = joined(
    maybe(st.sampled_from(["0:", "1:"])),
    st.sampled_from("012"),
    DPKG_PART,
    maybe(joined(st.just("-"), DPKG_PART)),
)
RPM_PIECES = ("0", "1", "2", "10", "01", "a", "b", "Z", ".", "..", "_", "~", "^", "+", "rc")
RPM = st.lists(st.sampled_from(RPM_PIECES), min_size=1, max_size=7).map("".join)
SUFFIX = joined(st.sampled_from(["_alpha", "_beta", "_pre", "_rc", "_cvs", "_p"]), maybe(NUMBERS))
APK = joined(
    DOTTED,
    maybe(st.sampled_from(["a", "b"])),
    st.lists(SUFFIX, max_size=2).map("".join),
    maybe(NUMBERS.map("-r".__add__)),
)
PEP440 = joined(
    maybe(st.sampled_from(["0!", "1!", "v"])),
    DOTTED,
    maybe(joined(st.sampled_from(["a", "b", "rc", ".alpha", "-c", "_PRE_"]), maybe(NUMBERS))),
    maybe(joined(st.sampled_from([".post", "-r", "rev"]), maybe(NUMBERS))),
    maybe(joined(st.sampled_from([".dev", "dev"]), maybe(NUMBERS))),
    maybe(
        st.lists(st.sampled_from(["0", "1", "01", "a", "1a", "ab"]), min_size=1, max_size=3)
        .map(".".join)
        .map("+".__add__)
    ),
)
SEMVER = joined(
    st.tuples(PLAIN, PLAIN, PLAIN).map(".".join),
    maybe(
        st.lists(st.sampled_from(["0", "1", "10", "a", "b", "a-b", "1a", "rc"]), min_size=1, max_size=3)
        .map(".".join)
        .map("-".__add__)
    ),
    maybe(st.just("+build.7")),
)
GEM = joined(
    DOTTED,
    maybe(
        st.lists(st.sampled_from(["0", "1", "a", "rc1", "b2", "00"]), min_size=1, max_size=3)
        .map(".".join)
        .map(".".__add__)
    ),
)

CASES = [
    ("dpkg", version_oracles.compare_dpkg, DPKG),
    ("rpm", version_oracles.compare_rpm, RPM),
    ("apk", version_oracles.compare_apk, APK),
    ("pep440", compare_pep440, PEP440),
    ("semver", version_oracles.compare_semver, SEMVER),
    ("crates", version_oracles.compare_semver, SEMVER),
    ("hex", version_oracles.compare_semver, SEMVER),
    ("go", version_oracles.compare_semver, SEMVER),
    ("gem", version_oracles.compare_gem, GEM),
]


@pytest.mark.parametrize(("name", "compare", "versions"), CASES, ids=[case[0] for case in CASES])
def test_keys_compare_as_the_specification_does(
    name: str, compare: Compare, versions: st.SearchStrategy[str]
) -> None:
    scheme = VERSION_SCHEMES[name]

    @settings(max_examples=300, deadline=None)
    @given(versions, versions)
    def check(a: str, b: str) -> None:
        key_a, key_b = scheme.key(a), scheme.key(b)
        assert key_a is not None, a
        assert key_b is not None, b
        expected = compare(a, b)
        assert (key_a > key_b) - (key_a < key_b) == (expected > 0) - (expected < 0), (a, b)

    check()


@pytest.mark.parametrize("scheme", ALL_VERSION_SCHEMES, ids=lambda scheme: scheme.name)
def test_no_text_makes_a_scheme_raise(scheme: VersionScheme) -> None:
    near_versions = st.text(alphabet="019aZ\u017f\u212a.-_+~^:!*@ \x00\u0661rcdev", max_size=40)

    @settings(max_examples=200, deadline=None)
    @given(st.one_of(st.text(max_size=60), near_versions, DPKG, RPM, APK, PEP440, SEMVER, GEM))
    def check(text: str) -> None:
        assert scheme.key(text) is None or isinstance(scheme.key(text), bytes)

    check()


@pytest.mark.parametrize("scheme", ALL_VERSION_SCHEMES, ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("piece", ["9", "1.", ".", "-", "a", "1a", "_p1", "~", "0", "1-", "a1.", " "])
def test_an_endless_version_is_answered_at_once(scheme: VersionScheme, piece: str) -> None:
    longest = ("1" + piece * MAX_VERSION_LENGTH)[:MAX_VERSION_LENGTH]
    assert scheme.key(longest + "9") is None
    assert scheme.key(longest) is None or isinstance(scheme.key(longest), bytes)
