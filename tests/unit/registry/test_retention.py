"""Which tags go, and what protects the others."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.registry.retention import (
    Conditions,
    ManifestFacts,
    Order,
    Plan,
    Protector,
    ProtectorKind,
    RepositoryFacts,
    RetentionRule,
    Series,
    TagFacts,
    check_conditions,
    plan,
)
from lading.registry.tag_pattern import TagPattern

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
A, B, C, D = (Digest.of(name) for name in (b"a", b"b", b"c", b"d"))


def rule(tags: str = "*", **conditions: Any) -> RetentionRule:
    made = check_conditions(Conditions(**conditions))
    return RetentionRule("r", RepositoryPattern.parse("**"), TagPattern.parse(tags), made, "", NOW, "x")


def tag(name: str, digest: Digest, age: int = 0, pulled: int | None = None, **more: bool) -> TagFacts:
    at = NOW - age * DAY
    return TagFacts(name, digest, at, at, NOW - pulled * DAY if pulled is not None else None, **more)


def facts(*tags: TagFacts, manifests: tuple[ManifestFacts, ...] = ()) -> RepositoryFacts:
    known = {each.digest: ManifestFacts(each.digest, each.pushed_at) for each in tags}
    known |= {each.digest: each for each in manifests}
    since = NOW - 999 * DAY
    return RepositoryFacts("team/app", tags, known, {}, {}, pulls_since=since, deployments_since=since)


def gone(planned: Plan) -> set[str]:
    return {going.tag for going in planned.tags}


def images(planned: Plan) -> set[Digest]:
    return {going.digest for going in planned.manifests}


def test_the_newest_tags_stay_and_tags_are_counted_not_digests() -> None:
    known = facts(tag("1", A, 5), tag("2", A, 4), tag("3", A, 3), tag("4", B, 2))
    planned = plan([rule(beyond_newest=2)], known, NOW)
    assert gone(planned) == {"1", "2"}
    assert images(planned) == set(), "the image has a tag left"
    assert planned.tags[0].why == "not among the newest 2"


def test_an_image_goes_with_its_last_tag() -> None:
    planned = plan([rule("pr-*", older_than=7 * DAY)], facts(tag("pr-1", A, 9), tag("pr-2", A, 8)), NOW)
    assert gone(planned) == {"pr-1", "pr-2"}
    assert images(planned) == {A}


def test_newest_by_version_counts_each_series_and_leaves_what_is_no_version() -> None:
    names = ["1.0.0", "1.0.10", "1.0.9", "1.1.0", "2.0.0-rc.1", "2.0.0", "latest"]
    known = facts(*(tag(name, Digest.of(name.encode()), 1) for name in names))
    assert gone(plan([rule(beyond_newest=1, order=Order.VERSION)], known, NOW)) == {
        "1.0.0", "1.0.10", "1.0.9", "1.1.0", "2.0.0-rc.1",
    }  # fmt: skip
    by_minor = rule(beyond_newest=1, order=Order.VERSION, series=Series.MINOR)
    assert gone(plan([by_minor], known, NOW)) == {"1.0.0", "1.0.9", "2.0.0-rc.1"}


def test_all_conditions_of_a_rule_must_be_met() -> None:
    known = facts(tag("old", A, 90), tag("pulled", B, 90, 3), tag("young", C, 3))
    planned = plan([rule(older_than=30 * DAY, unpulled_for=30 * DAY)], known, NOW)
    assert gone(planned) == {"old"}
    assert planned.tags[0].why == "older than 30 days; not pulled for 30 days"


def test_never_pulled_and_never_deployed() -> None:
    known = facts(tag("a", A, 9), tag("b", B, 9, 5), tag("c", C, 9, ever_deployed=True))
    assert gone(plan([rule(never_pulled=True)], known, NOW)) == {"a", "c"}
    assert gone(plan([rule(never_deployed=True)], known, NOW)) == {"a", "b"}


def test_what_nobody_recorded_protects() -> None:
    known = facts(tag("a", A, 90))
    for unknown in ({"pulls_since": None}, {"pulls_since": NOW - 5 * DAY}):
        blind = replace(known, **unknown)
        assert gone(plan([rule(never_pulled=True), rule(unpulled_for=30 * DAY)], blind, NOW)) == set()
    blind = replace(known, deployments_since=None)
    assert gone(plan([rule(never_deployed=True)], blind, NOW)) == set()


@pytest.mark.parametrize("kind", list(ProtectorKind))
def test_whatever_protects_an_image_protects_each_of_its_tags_and_is_named(kind: ProtectorKind) -> None:
    known = facts(tag("a", A, 9), tag("b", A, 9), tag("c", B, 9))
    known = replace(known, protectors={A: (Protector(kind, "it"),)})
    planned = plan([rule(older_than=DAY)], known, NOW)
    assert gone(planned) == {"c"}
    assert {staying.tag for staying in planned.protected} == {"a", "b"}
    assert str(planned.protected[0].protectors[0]) == f"{kind}: it"


def test_a_platform_that_runs_protects_the_index_and_its_tag() -> None:
    index = ManifestFacts(C, NOW - 9 * DAY, children=(A, B))
    known = facts(tag("multi", C, 9), manifests=(index, ManifestFacts(A, NOW), ManifestFacts(B, NOW)))
    known = replace(known, protectors={A: (Protector(ProtectorKind.RUNNING, "container app on node"),)})
    planned = plan([rule(older_than=DAY)], known, NOW)
    assert (gone(planned), images(planned)) == (set(), set())


def test_what_an_index_lists_goes_with_it_unless_it_has_a_tag_or_another_index() -> None:
    first = ManifestFacts(C, NOW - 9 * DAY, children=(A, B))
    second = ManifestFacts(D, NOW, children=(B,))
    known = facts(
        tag("old", C, 9), tag("new", D, 0),
        manifests=(first, second, ManifestFacts(A, NOW), ManifestFacts(B, NOW)),
    )  # fmt: skip
    planned = plan([rule(older_than=DAY)], known, NOW)
    assert images(planned) == {C, A}
    (staying,) = planned.protected
    assert (staying.digest, staying.protectors[0].kind) == (B, ProtectorKind.INDEX)


def test_a_child_is_never_taken_from_under_its_index() -> None:
    index = ManifestFacts(C, NOW, children=(A,))
    known = facts(tag("child", A, 9), tag("index", C, 0), manifests=(index,))
    planned = plan([rule("child", older_than=DAY), rule(untagged=True, older_than=DAY)], known, NOW)
    assert gone(planned) == {"child"}
    assert images(planned) == set()


def test_untagged_manifests_go_by_age_but_not_accessories_of_what_is_here() -> None:
    old = NOW - 9 * DAY
    known = facts(
        tag("1", A, 9),
        manifests=(
            ManifestFacts(B, old),
            ManifestFacts(C, old, subject=A),
            ManifestFacts(D, old, subject=Digest.of(b"x")),
        ),
    )  # fmt: skip
    planned = plan([rule(untagged=True, older_than=DAY)], known, NOW)
    assert images(planned) == {B, D}
    assert planned.manifests[0].why == "has no tag; older than a day"


def test_tags_of_accessories_are_not_counted_and_do_not_go_by_themselves() -> None:
    known = facts(tag(f"sha256-{A.hex}.sig", B, 99), tag("1", A, 9))
    assert gone(plan([rule(beyond_newest=1)], known, NOW)) == set()
    assert gone(plan([rule(older_than=DAY)], known, NOW)) == {"1"}


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"beyond_newest": -1},
        {"older_than": timedelta(0)},
        {"untagged": True},
        {"untagged": True, "beyond_newest": 3, "older_than": DAY},
        {"beyond_newest": 1, "series": Series.MINOR},
    ],
)
def test_a_rule_that_would_take_everything_or_means_nothing_is_refused(conditions: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as refused:
        rule(**conditions)
    assert refused.value.code == "retention-rule-invalid"
