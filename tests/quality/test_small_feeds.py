"""The gate on feeds that are written here, so that it stands wherever the tests run.

Each finding must be labelled, with its verdict: one that is not, or says otherwise, lowers precision; one
that is wanting lowers recall. The figures may only go up.
"""

import sys
from collections.abc import Mapping, Sequence

import pytest

from lading.advisories.advisory import Advisory
from lading.advisories.feed_realms import speaks_for
from lading.matching.finding import Finding, Verdict
from lading.matching.match import match
from lading.matching.sweep import speak, sweep
from lading.packages.package import Package
from lading.packages.realm import Realm, realm_of_name
from tests.quality.small_feeds import small_advisories
from tests.quality.small_labels import AFFECTED, SMALL_LABELS, UNDETERMINED, Right, SmallLabel

LEAST_PRECISION = 1.0
LEAST_RECALL = 1.0
_FOUND = {Verdict.AFFECTED: AFFECTED, Verdict.UNDETERMINED: UNDETERMINED}
Findings = Mapping[Package, Sequence[Finding]]


@pytest.fixture(scope="module")
def advisories() -> list[Advisory]:
    return list(small_advisories())


@pytest.fixture(scope="module")
def held(advisories: list[Advisory]) -> frozenset[Realm]:
    """The realms that the feeds speak for, as they do when they are imported."""
    said = ((one.feed, realm_of_name(each.package_name)) for one in advisories for each in one.affected)
    return frozenset(realm for feed, realm in said if speaks_for(feed, realm))


@pytest.fixture(scope="module")
def found(advisories: list[Advisory], held: frozenset[Realm]) -> Findings:
    return {label.package: match(label.package, advisories, held) for label in SMALL_LABELS}


def said_of(label: SmallLabel, found: Findings) -> dict[str, Right]:
    """What is found of a package that is or may be affected, flaw by flaw."""
    return {each.flaw: _FOUND[each.verdict] for each in found[label.package] if each.verdict in _FOUND}


def test_what_is_labelled_is_found_and_nothing_else_is(
    found: Findings, capsys: pytest.CaptureFixture[str]
) -> None:
    right, missed, wrong = 0, list[str](), list[str]()
    for label in SMALL_LABELS:
        of = f"{label.package.type} {label.package.name} {label.package.version} ({label.why})"
        said = said_of(label, found)
        known = {flaw: each for flaw, each in label.right.items() if each in _FOUND.values()}
        right += len(said.items() & known.items())
        missed += [f"{flaw} of {of}: {each}" for flaw, each in known.items() if said.get(flaw) != each]
        wrong += [f"{flaw} of {of}: {each}" for flaw, each in said.items() if known.get(flaw) != each]
    precision, recall = right / max(right + len(wrong), 1), right / max(right + len(missed), 1)
    with capsys.disabled():
        lines = [
            f"small feeds: precision {precision:.3f}, recall {recall:.3f}, {right + len(missed)} labelled"
        ]
        lines += [f"  missed: {each}" for each in missed] + [f"  wrong: {each}" for each in wrong]
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert precision >= LEAST_PRECISION
    assert recall >= LEAST_RECALL


def test_a_sweep_over_all_of_them_finds_the_same(
    advisories: list[Advisory], held: frozenset[Realm], found: Findings
) -> None:
    swept = sweep([label.package for label in SMALL_LABELS], speak(advisories), held)
    one_by_one = [each for findings in found.values() for each in findings if each.verdict in _FOUND]
    assert sorted(map(repr, swept)) == sorted(map(repr, one_by_one))


def test_the_labels_are_of_every_kind_and_of_every_ecosystem() -> None:
    """Nothing is measured by a label that is not there, nor by one whose flaw no feed knows."""
    kinds = {"deb", "apk", "rpm", "pypi", "npm", "golang"}
    assert {label.package.type for label in SMALL_LABELS} == kinds
    assert {right for label in SMALL_LABELS for right in label.right.values()} == set(Right)
    known = {name for one in small_advisories() for name in (one.id, *one.aliases, *one.flaws)}
    assert {flaw for label in SMALL_LABELS for flaw in label.right} <= known
    assert len({label.package for label in SMALL_LABELS}) == len(SMALL_LABELS)


@pytest.mark.parametrize("feed", ["debian-tracker", "osv/PyPI"])
def test_without_a_feed_recall_falls(feed: str, advisories: list[Advisory], found: Findings) -> None:
    """The gate can fail: what nobody says is not found."""
    rest = [one for one in advisories if one.feed != feed]
    fewer = sum(len(match(label.package, rest)) for label in SMALL_LABELS)
    assert fewer < sum(len(each) for each in found.values())
