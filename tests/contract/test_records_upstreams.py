"""Upstreams, caches and what is being brought in, over every adapter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lading.adapters.sql.engine import SqlRecords
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.ports.records.upstreams import CachedTag, PendingManifest
from lading.registry.rate_limits import Quota
from lading.registry.upstreams import Cache, UpstreamRegistry, UpstreamStanding

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HUB = UpstreamRegistry("hub", "https://hub.example", "é", "v1:x", 10 * MINUTE, 100, NOON, "person:root")
CACHE = Cache("hub", "hub", "library", "docker.io", NOON, "person:root")
ONE, OTHER = Digest.of(b"one"), Digest.of(b"other")


def test_upstreams_and_caches_come_back_as_they_were_saved(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.upstreams.save_upstream(HUB)
        kept.upstreams.save_upstream(replace(HUB, name="a", user="", sealed=""))
        kept.upstreams.save_cache(CACHE)
    with records.read() as kept:
        assert [each.name for each in kept.upstreams.upstreams()] == ["a", "hub"]
        assert kept.upstreams.upstream("hub") == HUB
        assert kept.upstreams.standing("hub") == UpstreamStanding()
        assert kept.upstreams.standing("none") == UpstreamStanding()
        assert kept.upstreams.caches().each == (CACHE,)
    with records.write() as kept:
        assert kept.upstreams.remove_upstream("a")
        assert not kept.upstreams.remove_upstream("a")


def test_a_budget_is_counted_by_the_hour_and_ends(records: SqlRecords) -> None:
    def spend(now: datetime) -> bool:
        with records.write() as kept:
            return kept.upstreams.spend("hub", now, since=now - HOUR, most=2)

    with records.write() as kept:
        kept.upstreams.save_upstream(HUB)
    assert [spend(NOON), spend(NOON + MINUTE), spend(NOON + 2 * MINUTE)] == [True, True, False]
    assert spend(NOON + HOUR)
    with records.read() as kept:
        standing = kept.upstreams.standing("hub")
    assert (standing.window_at, standing.spent) == (NOON + HOUR, 1)
    with records.write() as kept:
        assert not kept.upstreams.spend("none", NOON, since=NOON - HOUR, most=2)


def test_answers_and_failures_are_both_remembered(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.upstreams.save_upstream(HUB)
        kept.upstreams.note_answer("hub", NOON, "it answered 429", Quota(held_until=NOON + HOUR))
    with records.read() as kept:
        standing = kept.upstreams.standing("hub")
        assert (standing.failure, standing.held_until) == ("it answered 429", NOON + HOUR)
        assert standing.does_not_help
    with records.write() as kept:
        kept.upstreams.note_answer("hub", NOON + MINUTE, "", Quota(spared_until=NOON + HOUR))
    with records.read() as kept:
        standing = kept.upstreams.standing("hub")
        assert (standing.answered_at, standing.failed_at) == (NOON + MINUTE, NOON)
        assert (standing.held_until, standing.spared_until) == (None, NOON + HOUR)
        assert not standing.does_not_help


def test_tags_are_listed_below_a_prefix_in_pages_and_go_with_the_cache(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.upstreams.save_cache(CACHE)
        for repository, name in (
            ("hub/a", "2"),
            ("hub/a", "1"),
            ("hub/a-b", "1"),
            ("hubble/a", "1"),
            ("hub", "1"),
        ):
            kept.upstreams.save_tag(CachedTag(repository, name, ONE, NOON))
        kept.upstreams.save_tag(CachedTag("hub/a", "1", OTHER, NOON + MINUTE))
        kept.upstreams.mark_stale("hub/a", "2", "it is down")
        kept.upstreams.save_pending(PendingManifest("hub/a", ONE, "x/y", b"{}", NOON))
    with records.read() as kept:
        first = kept.upstreams.tags("hub", limit=2)
        rest = kept.upstreams.tags("hub", after=first.next, limit=2)
        assert [(each.repository, each.name) for each in (*first.items, *rest.items)] == [
            ("hub/a", "1"), ("hub/a", "2"), ("hub/a-b", "1"),
        ]  # fmt: skip
        assert rest.next == ""
        assert first.items == (
            CachedTag("hub/a", "1", OTHER, NOON + MINUTE),
            CachedTag("hub/a", "2", ONE, NOON, "it is down"),
        )
        assert kept.upstreams.tags_at("hub/a", ONE) == ("2",)
    with records.write() as kept:
        kept.upstreams.remove_tag("hub/a", "2")
        assert kept.upstreams.tag("hub/a", "2") is None
        assert kept.upstreams.remove_cache("hub")
        assert kept.upstreams.tags("hub").items == ()
        assert kept.upstreams.pending("hub/a", ONE) is None
        assert kept.upstreams.tag("hubble/a", "1") is not None
        assert not kept.upstreams.remove_cache("hub")


def test_pending_manifests_are_found_by_what_is_wanted_of_them(records: SqlRecords) -> None:
    image = PendingManifest("hub/a", ONE, media_types.OCI_MANIFEST, b"\x00\xff", NOON)
    index = PendingManifest("hub/a", OTHER, media_types.OCI_INDEX, b"{}", NOON + MINUTE)
    with records.write() as kept:
        for each in (image, index, replace(image, fetched_at=NOON + HOUR)):
            kept.upstreams.save_pending(each)
    with records.read() as kept:
        assert kept.upstreams.pending("hub/a", ONE) == image
        assert kept.upstreams.pending_in("hub/a") == (index, image)
        assert kept.upstreams.pending_in("hub/b") == ()
        assert kept.upstreams.pending_before(NOON + HOUR, media_types.MANIFESTS) == (image,)
        assert kept.upstreams.pending_before(NOON, media_types.MANIFESTS) == ()
    with records.write() as kept:
        kept.upstreams.remove_pending("hub/a", [ONE])
        assert kept.upstreams.pending("hub/a", ONE) is None
        assert kept.upstreams.forget_pending(NOON + HOUR) == 1


def test_one_at_a_time_brings_something_in_and_a_dead_one_holds_nobody_back_for_long(
    records: SqlRecords,
) -> None:
    with records.write() as kept:
        assert kept.upstreams.take_lease("k", "me", NOON, NOON + MINUTE)
        assert not kept.upstreams.take_lease("k", "you", NOON, NOON + MINUTE)
        assert kept.upstreams.take_lease("k", "me", NOON, NOON + 2 * MINUTE)
        assert not kept.upstreams.take_lease("k", "you", NOON + MINUTE, NOON + HOUR)
        assert kept.upstreams.take_lease("k", "you", NOON + 2 * MINUTE, NOON + HOUR)
        kept.upstreams.end_lease("k", "me")
        assert not kept.upstreams.take_lease("k", "me", NOON + 3 * MINUTE, NOON + HOUR)
        kept.upstreams.end_lease("k", "you")
        assert kept.upstreams.take_lease("k", "me", NOON + 3 * MINUTE, NOON + HOUR)
