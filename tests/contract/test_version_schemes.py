"""Every version scheme keeps the vectors written here, and the public ones where they are at hand."""

import csv
import re
from itertools import pairwise
from pathlib import Path

import pytest

from lading.packages.all_version_schemes import ALL_VERSION_SCHEMES, SCHEME_OF_TYPE, VERSION_SCHEMES
from lading.packages.version_scheme import VersionScheme

# Each version goes up or, after "=", is equal; an indented line goes on.
ASCENDING = {
    "apk": """
    1.0_alpha < 1.0_alpha1 < 1.0_beta < 1.0_pre < 1.0_rc1 < 1.0 < 1.0-r0 < 1.0-r9
        < 1.0-r10 < 1.0_git20240101 < 1.0_p1 < 1.0_p2-r1 < 1.0a < 1.0b < 1.0.0 < 1.01
        < 1.1 < 1.10 < 2
    6.0.2_p1-r2 < 6.0.2p1-r0 < 6.0.2p1-r1
    """,
    "composer": """
    1.0-dev < 1.0-alpha1 = 1.0a1 < 1.0-beta2 < 1.0-RC1 < 1.0 = v1.0.0 = 1.0.0.0+build
        < 1.0-p1 < 1.0.1 < 1.10
    """,
    "conan": """
    1.1-beta < 1.1 = 1.1.0 < 1.1.1 < 1.1.1a < 1.1.1t < 1.1.2 < 1.2+1 < 1.2+2
    cci.20200101 < cci.20210101
    """,
    "cpan": """
    0.9 < 1.002003 = v1.2.3 = 1.2.3 < 1.10 = v1.100 < 1.2 = 1.200 = v1.200.0 < v2
        = 2.000_000
    """,
    "cran": """
    0.9 < 0.10 < 0.10-1 = 0.10.1 < 1.0 < 1.0.0
    """,
    "crates": """
    0.9.0 < 1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-rc.1 < 1.0.0 = 1.0.0+a < 1.0.1
    """,
    "dpkg": """
    0 = 0:0 = 0-0 < 1~~ < 1~rc1-1 < 1 < 1-1~bpo12+1 < 1-1 < 1-1+b1 < 1-1+deb12u1 < 1-1.1
        < 1-2 < 1a < 1+dfsg-1 < 1.0-1 < 1.9 < 1.10 < 1:0.1 < 2:0
    """,
    "gem": """
    1.a < 1.0.0.beta2 = 1.beta2 < 1.0.0.rc1 < 1.0 = 1 = 1.0.0 < 1.0.1 < 1.1.pre < 1.1
        < 1.10 < 2.0.0.1
    """,
    "generic": """
    1.0-dev < 1.0alpha2 < 1.0-beta1 < 1.0rc1 < 1.0 = 1.0.0 = v1 < 1.0p1 < 1.0.1 < 1.1
        < 1.1.1-pre2 < 1.1.1 < 1.1.1a < 1.1.1w < 1.10 < 4.3.25
    1.0.2z < 1.0.2zg
    """,
    "go": """
    v0.0.0-20180101000000-abcdefabcdef < v0.0.0-20190101000000-abcdefabcdef < v0.0.0
        < v1.0.0-rc.1 < v1.0.0 = 1.0.0 = v1 < v1.0.1-0.20200101000000-abcdefabcdef
        < v1.0.1 < v2.0.0+incompatible = v2.0.0
    go1.20.3 < go1.21beta1 < go1.21rc2 = 1.21.0-rc.2 < go1.21 = 1.21.0 < go1.21.1
    """,
    "hackage": """
    0.9 < 0.10 < 1 < 1.0 < 1.0.0 < 1.0.1
    """,
    "hex": """
    0.9.0 < 1.0.0-rc.1 < 1.0.0 < 1.10.0
    """,
    "maven": """
    1-alpha1 = 1-a1 = 1.0-alpha-1 < 1-beta-2 < 1-M3 < 1.0.0.RC1 = 1-cr1 < 1-SNAPSHOT < 1
        = 1.0 = 1.0.0-ga = 1.Final < 1-sp1 < 1-android < 1-jre < 1-1 < 1.0.1 < 1.1 < 1.10
        < 2.14.1
    """,
    "nuget": """
    1.0.0-alpha < 1.0.0-ALPHA.2 = 1.0-alpha.2 < 1.0.0-beta < 1.0 = 1.0.0.0+x < 1.0.0.1
        < 1.0.1 < 1.10
    """,
    "pacman": """
    1.0alpha-1 < 1.0beta-1 < 1.0rc-1 < 1.0-1 < 1.0-2 < 1.0.a-1 < 1.0.1-1 < 1.1-1
        < 1:0.1-1
    """,
    "pep440": """
    1.0.dev1 < 1.0a1.dev1 < 1.0a1 = 1.0-alpha-1 < 1.0b2 < 1.0rc1 = 1.0c1 < 1.0 = v1
        = 1.0.0 < 1.0+local < 1.0+1 < 1.0.post1 = 1.0-1 < 1.0.1.dev1 < 1.0.1 < 1.10
        < 1!0.1
    """,
    "pub": """
    1.0.0-dev < 1.0.0-dev+1 < 1.0.0 < 1.0.0+1 < 1.0.0+2 < 1.0.1
    """,
    "rpm": """
    1.0~rc1-1 < 1.0 < 1.0-1.el9 = 0:1.0-01.el9 < 1.0-1.el9_4 = 1.0-1.el9.4 < 1.0-2.el9
        < 1.0^git1-1 < 1.0a-1 < 1.0.1 = 1_0_1 < 1.10 < 1:0.1
    """,
    "semver": """
    0.9.9 < 1.0.0-alpha.9 < 1.0.0-alpha.10 < 1.0.0-alpha.a < 1.0.0-beta < 1.0.0 = v1
        = 1.0+7 < 1.0.1 < 1.10
    """,
}

NO_VERSIONS = {
    "apk": ("", "1.0.", "1..2", "1.0_nightly", "1.0-r", "a", "1.0 "),
    "composer": ("", "dev-main", "2.x-dev", "#"),
    "conan": ("", "1..2", "[>1.0]"),
    "cpan": ("", ".", "1.a", "v"),
    "cran": ("", "1.0.a", "1..0"),
    "crates": ("", "1.0", "*", "v1.0.0"),
    "dpkg": ("", "1 2", "a:1", "-1", "1.0\n", "$ver"),
    "gem": ("", "1gamma", "1.0 x", ">= 1"),
    "generic": ("", "latest", "abc", "-1.0"),
    "go": ("", "(devel)", "latest", "v1.2.3.4"),
    "hackage": ("", "1.a"),
    "hex": ("", "1.0", "~> 1.0.0"),
    "maven": ("", "1.0\x00", "1 0", "1.0\u00e9"),
    "nuget": ("", "1.2.3.4.5", "1.*", "1.0-\u212a"),
    "pacman": ("", "1.0.", "1.0-x", "a:1"),
    "pep440": ("", "2004-01-01x", "1.0-final", "trunk", "1.0+"),
    "pub": ("", "1.0", "any"),
    "rpm": ("", "1-2-3", "1.0-", "-1"),
    "semver": ("", "latest", "1.2.3.4", "^1.0.0", "1.0.0-a..b"),
}

# Public vectors that are not kept, and why. Undetermined is an answer; the wrong order would not be.
CIRCULAR_MAVEN = "Maven before 3.9 put any .qualifier before any -qualifier, and so went in circles"
EXCEPTIONS = {
    ("maven", "1.0.0-RC16", "1.0.0.RC8-beta"): CIRCULAR_MAVEN,
    ("maven", "2.9.0-1", "2.9.0.RC1"): CIRCULAR_MAVEN,
    ("maven", "6.1.12.rc5", "6.1.12rc1"): CIRCULAR_MAVEN,
    ("maven", "1.1.0-01-glassfish", "1.1.0.Beta1"): CIRCULAR_MAVEN,
    ("maven", "1.1.31.sec10", "1.1.31_noneautotype"): CIRCULAR_MAVEN,
    ("maven", "1.1.34.sec10", "1.1.34_noneautotype"): CIRCULAR_MAVEN,
    ("maven", "1.2.8.sec10_noneautotype", "1.2.8_noneautotype"): CIRCULAR_MAVEN,
    ("maven", "1.2.48.sec10", "1.2.48_noneautotype"): CIRCULAR_MAVEN,
    ("maven", "1.2.60.sec10", "1.2.60_noneautotype"): CIRCULAR_MAVEN,
    ("maven", "1.2.67.sec10", "1.2.67_noneautotype"): CIRCULAR_MAVEN,
    ("composer", "v3.0", "v3.0.0-beta"): "3.0 is 3.0.0.0 after normalisation, so it comes after its beta",
    ("composer", "v3.4", "v3.4.0-alpha"): "likewise",
    ("composer", "5.1.0-stable", "5.1.0-beta2"): "-stable is the release after normalisation",
    ("semver", "0.0.14", "0.0.13"): "an advisory that was published with its ends exchanged",
    (
        "pacman",
        "1.5.b-1",
        "1.5.b",
    ): "vercmp holds any pkgrel equal to none: 1-1 = 1 = 1-2, no order",
}
# What these schemes say is no version at all, as a pattern of either side.
NOT_VERSIONS = {
    "apk": r"1-r$|1-+r?-|.*ruff|.*\.r[0-9]|0?\.\.|0\.\.|.*[A-Z]|.*csv|.*blah|\.|[ac]$|1\.0bc",
    "composer": r".*#",
    "gem": r"1gamma",
    "pep440": (  # uploaded to the index before PEP 440
        r"0\.\d-(charmander|doduo|fearow|gyarados|horsea|ivysaur)|-class|.*fix1|.*svn|2013-|2014-|.*\dp\d+$|trunk"
        r"|.*\dm\d|.*-final|1\.0beta6\.1|.*-p1"
    ),
    "pub": r"9{29}|1\.1\.3\.4\.5",
    "rpm": r"1-$|1-2-3-4",
    "semver": r"1\.1\.3\.4\.5",
}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("scheme", ALL_VERSION_SCHEMES, ids=lambda scheme: scheme.name)
def test_versions_are_ordered(scheme: VersionScheme) -> None:
    for line in re.sub(r"\n {8}", " ", ASCENDING[scheme.name]).strip().splitlines():
        steps = [step.split(" = ") for step in line.strip().split(" < ")]
        keys = []
        for equal in steps:
            (key,) = {scheme.key(version) for version in equal}
            assert key is not None, equal
            keys.append(key)
        for (low, high), (below, above) in zip(pairwise(steps), pairwise(keys), strict=True):
            assert below < above, (low, high)


@pytest.mark.parametrize("scheme", ALL_VERSION_SCHEMES, ids=lambda scheme: scheme.name)
def test_what_is_no_version_has_no_place_in_the_order(scheme: VersionScheme) -> None:
    assert [text for text in NO_VERSIONS[scheme.name] if scheme.key(text) is not None] == []


@pytest.mark.parametrize("scheme", ALL_VERSION_SCHEMES, ids=lambda scheme: scheme.name)
def test_public_vectors_hold(scheme: VersionScheme, shared_data: Path) -> None:
    path = shared_data / "versions" / f"{scheme.name}.csv"
    if not path.exists():
        pytest.skip(f"no public vectors for {scheme.name}")
    not_versions = re.compile(NOT_VERSIONS.get(scheme.name, r"(?!)"))
    wrong = []
    for row in rows_of(path):
        a, relation, b = row["a"], row["relation"], row["b"]
        key_a, key_b = scheme.key(a), scheme.key(b)
        if (scheme.name, a, b) in EXCEPTIONS:
            continue
        if key_a is None or key_b is None:
            if not (not_versions.match(a) or not_versions.match(b)):
                wrong.append(f"{a} {relation} {b}: undetermined")
        elif relation != ("<" if key_a < key_b else ">" if key_a > key_b else "="):
            wrong.append(f"{a} {relation} {b}: does not hold")
    assert wrong == []


def test_apk_versions_are_recognised_as_apk_tools_does(shared_data: Path) -> None:
    apk = VERSION_SCHEMES["apk"]
    for row in rows_of(shared_data / "versions" / "apk-valid.csv"):
        assert (apk.key(row["version"]) is not None) == (row["validity"] == "valid"), row


def test_names_are_distinct_and_every_scheme_serves_a_type() -> None:
    assert len(VERSION_SCHEMES) == len(ALL_VERSION_SCHEMES)
    assert set(SCHEME_OF_TYPE.values()) == set(ALL_VERSION_SCHEMES)
