"""Passes that read everything again and what they found damaged, over every adapter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lading.adapters.sql.engine import SqlRecords
from lading.oci.digest import Digest
from lading.registry.collection import RunState
from lading.registry.scrub import Damage, DamageState, Read, Scrub, ScrubStep
from tests.support.manifests import digest_of, image

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
RUN = Scrub("s1", RunState.RUNNING, NOW, "person:root", 7)
BLOB = Digest.of(b"layer")


def test_a_pass_is_kept_whole_and_one_of_two_who_change_it_gives_way(records: SqlRecords) -> None:
    moved = replace(
        RUN, step=ScrubStep.LINKS, cursor="x", read=Read(3, 1 << 40, 2, 1), updated_at=LATER, revision=1
    )
    with records.write() as written:
        assert written.scrubs.last_whole() is None
        assert written.scrubs.save_scrub(RUN)
        assert not written.scrubs.save_scrub(RUN)
        assert written.scrubs.save_scrub(moved)
        assert not written.scrubs.save_scrub(replace(moved, cursor="other"))
        assert written.scrubs.save_scrub(replace(RUN, id="s2"))
    with records.read() as view:
        assert view.scrubs.scrub("s1") == moved
        assert view.scrubs.scrub("absent") is None
        assert [run.id for run in view.scrubs.scrubs(limit=9)] == ["s2", "s1"]
        assert [run.id for run in view.scrubs.scrubs(limit=1)] == ["s2"]
        assert view.scrubs.last_whole() is None
    done = replace(moved, state=RunState.DONE, ended_at=LATER, revision=2)
    with records.write() as written:
        assert written.scrubs.save_scrub(done)
        assert written.scrubs.last_whole() == done


def test_damage_is_found_healed_and_found_again(records: SqlRecords) -> None:
    found = Damage(BLOB, DamageState.QUARANTINED, NOW, 1 << 40)
    with records.write() as written:
        assert not written.scrubs.heal([BLOB], at=NOW, by="person:ann")
        written.scrubs.save_damage(found)
        assert written.scrubs.damage_of(BLOB) == found
        assert written.scrubs.damage_of(Digest.of(b"other")) is None
        assert written.scrubs.heal([BLOB], at=LATER, by="person:ann")
        assert not written.scrubs.heal([BLOB], at=LATER, by="person:bob")
        assert written.scrubs.damage_of(BLOB) is None
        healed = replace(found, state=DamageState.HEALED, healed_at=LATER, healed_by="person:ann")
        assert written.scrubs.damages(healed=True).items == (healed,)
        again = Damage(BLOB, DamageState.MISSING, LATER, 0)
        written.scrubs.save_damage(again)
        assert written.scrubs.damages(healed=True).items == ()
        assert written.scrubs.damages(healed=False).items == (again,)


def test_damage_is_listed_by_digest_page_by_page(records: SqlRecords) -> None:
    digests = sorted((Digest.of(f"{number}".encode()) for number in range(5)), key=str)
    with records.write() as written:
        for digest in digests:
            written.scrubs.save_damage(Damage(digest, DamageState.QUARANTINED, NOW, 1))
        first = written.scrubs.damages(healed=False, limit=3)
        rest = written.scrubs.damages(healed=False, after=first.next, limit=3)
    assert [each.digest for each in (*first.items, *rest.items)] == digests
    assert rest.next == ""


def test_no_manifest_may_rely_on_what_is_damaged_and_those_that_do_are_named(records: SqlRecords) -> None:
    manifests = [image(name, layers=(b"layer",)) for name in ("one", "two")]
    with records.write() as written:
        for repository, manifest in zip(("a", "b"), manifests, strict=True):
            written.registry.ensure_repository(repository, at=NOW, by="person:ann")
            written.registry.link_blob(repository, BLOB, 5, at=NOW)
            written.registry.save_manifest(repository, digest_of(manifest), manifest, at=NOW, by="person:ann")
        assert written.registry.missing_blobs("a", [BLOB]) == ()
        written.scrubs.save_damage(Damage(BLOB, DamageState.QUARANTINED, NOW, 5))
        assert written.registry.missing_blobs("a", [BLOB]) == (BLOB,)
        assert written.scrubs.manifests_listing(BLOB, limit=9) == tuple(map(digest_of, manifests))
        assert len(written.scrubs.manifests_listing(BLOB, limit=1)) == 1
        written.scrubs.heal([BLOB], at=LATER, by="person:ann")
        assert written.registry.missing_blobs("a", [BLOB]) == ()
    with records.read() as view:
        assert view.registry.missing_blobs("a", [BLOB]) == ()
