"""Mirrors, their tags and runs, over every adapter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lading.adapters.sql.engine import SqlRecords
from lading.oci.digest import Digest
from lading.ports.records.mirrors import MirrorRun
from lading.registry.mirrors import MirrorRule, MirrorTag, TagState
from lading.registry.tag_pattern import TagPattern

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULE = MirrorRule(
    "debian", "hub", ("library/debian", "é"), "base", TagPattern.parse("{semver}, 12*"), ">=1", 5,
    timedelta(hours=72), True, ("release",), 24, NOON, "person:root",
)  # fmt: skip
ONE, OTHER = Digest.of(b"one"), Digest.of(b"other")
TAG = MirrorTag("debian", "a", "1", ONE, NOON, TagState.WAITING, "until <soon>", NOON)


def test_mirrors_come_back_as_they_were_saved(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.mirrors.save_mirror(RULE)
        kept.mirrors.save_mirror(replace(RULE, name="a", signers=(), trust_created=False))
        kept.mirrors.save_mirror(replace(RULE, newest=6))
    with records.read() as kept:
        assert kept.mirrors.mirror("debian") == replace(RULE, newest=6)
        assert [each.name for each in kept.mirrors.mirrors()] == ["a", "debian"]
        assert kept.mirrors.mirror("none") is None
        assert kept.mirrors.last_run("debian") is None


def test_a_run_is_kept_as_it_goes_and_goes_with_its_mirror(records: SqlRecords) -> None:
    run = MirrorRun(NOON, None, 3, 1, "a:1", ("why",))
    with records.write() as kept:
        kept.mirrors.save_mirror(RULE)
        kept.mirrors.save_run("debian", MirrorRun(NOON))
        kept.mirrors.save_run("debian", run)
        kept.mirrors.save_tag(TAG)
    with records.write() as kept:
        assert kept.mirrors.last_run("debian") == run
        assert kept.mirrors.remove_mirror("debian")
        assert not kept.mirrors.remove_mirror("debian")
        assert kept.mirrors.last_run("debian") is None
        assert kept.mirrors.tags("debian").items == ()


def test_tags_are_counted_listed_by_state_and_in_pages(records: SqlRecords) -> None:
    here = replace(TAG, tag="2", state=TagState.HERE, taken=ONE, taken_at=NOON)
    held = replace(
        here, repository="b", tag="1", state=TagState.HELD, digest=OTHER, accepted=OTHER, refused=ONE
    )
    with records.write() as kept:
        for each in (held, here, TAG, replace(TAG, rule="other")):
            kept.mirrors.save_tag(each)
    with records.read() as kept:
        first = kept.mirrors.tags("debian", limit=2)
        assert first.items == (TAG, here)
        assert kept.mirrors.tags("debian", after=first.next, limit=2).items == (held,)
        assert kept.mirrors.tags("debian", state=TagState.HELD).items == (held,)
        assert kept.mirrors.tag("debian", "b", "1") == held
        assert kept.mirrors.tag("debian", "b", "2") is None
        assert kept.mirrors.counts("debian") == {TagState.WAITING: 1, TagState.HERE: 1, TagState.HELD: 1}
        assert kept.mirrors.counts("none") == {}
