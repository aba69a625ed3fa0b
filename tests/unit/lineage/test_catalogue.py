"""Whether one may build on a base, today."""

from datetime import date

import pytest

from lading.foundation.errors import Malformed
from lading.lineage.catalogue import BaseState, CatalogueEntry, check_entry, entry_for, standing_of
from lading.lineage.resemblance import Likeness, guess_base
from lading.oci.digest import Digest

TODAY = date(2026, 11, 26)
ANY = CatalogueEntry("base/*", purpose="all of them")
DEBIAN = CatalogueEntry("base/debian", owner="platform")
OLD = CatalogueEntry(
    "base/debian",
    tags="11*",
    state=BaseState.DEPRECATED,
    deprecated_on=date(2026, 12, 24),
    successor="base/debian:12",
)


def test_the_most_specific_entry_counts() -> None:
    entries = [ANY, OLD, DEBIAN]
    assert entry_for("base/debian", ["11.9"], entries) is OLD
    assert entry_for("base/debian", ["12.5"], entries) is DEBIAN
    assert entry_for("base/alpine", [], entries) is ANY
    assert entry_for("shop/app", [], entries) is None


def test_what_is_deprecated_warns_until_its_date_and_is_forbidden_from_then_on() -> None:
    before = standing_of("base/debian", ["11"], [OLD], TODAY)
    assert before.state is BaseState.DEPRECATED
    assert "2026-12-24" in before.reason
    assert "base/debian:12" in before.reason
    assert standing_of("base/debian", ["11"], [OLD], date(2026, 12, 24)).state is BaseState.FORBIDDEN


def test_what_has_no_support_any_more_is_forbidden() -> None:
    ended = CatalogueEntry("base/debian", supported_until=date(2026, 11, 25))
    assert standing_of("base/debian", [], [ended], TODAY).state is BaseState.FORBIDDEN
    lasts = CatalogueEntry("base/debian", supported_until=TODAY)
    assert standing_of("base/debian", [], [lasts], TODAY).state is BaseState.APPROVED


def test_a_base_that_nobody_knows_has_no_state() -> None:
    assert standing_of("shop/app", [], [DEBIAN], TODAY).state is None


@pytest.mark.parametrize(
    "entry",
    [
        CatalogueEntry("Base/**x"),
        CatalogueEntry("base/debian", tags="a b"),
        CatalogueEntry("base/debian", tags="x" * 200),
        CatalogueEntry("base/debian", state=BaseState.DEPRECATED),
        CatalogueEntry("base/debian", purpose="x" * 5000),
    ],
)
def test_an_entry_that_cannot_mean_anything_is_refused(entry: CatalogueEntry) -> None:
    with pytest.raises(Malformed):
        check_entry(entry)


def packages(number: int, version: str = "1") -> set[tuple[str, str]]:
    return {(f"deb/p{at}", version) for at in range(number)}


def test_a_squashed_copy_is_guessed_from_what_it_holds() -> None:
    small, large = Digest.of(b"small"), Digest.of(b"large")
    bases = {small: packages(10), large: packages(50)}
    guess = guess_base(packages(60), bases)
    assert guess is not None
    assert (guess.manifest, guess.likeness) == (large, Likeness.SQUASHED)


def test_the_same_packages_in_other_versions_are_a_rebuilt_one() -> None:
    guess = guess_base(packages(60, "2"), {Digest.of(b"base"): packages(50)})
    assert guess is not None
    assert guess.likeness is Likeness.REBUILT


def test_a_handful_of_packages_and_too_few_in_common_are_no_guess() -> None:
    assert guess_base(packages(60), {Digest.of(b"tiny"): packages(3)}) is None
    assert guess_base(packages(10), {Digest.of(b"base"): packages(50)}) is None
