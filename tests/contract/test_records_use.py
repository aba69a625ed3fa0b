"""Pulls, deployments, shapes of repositories, rules and holds, over every adapter."""

from datetime import UTC, datetime, timedelta

from lading.access.repository_pattern import RepositoryPattern
from lading.adapters.sql.engine import SqlRecords
from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.ports.records.inventory import Host
from lading.registry.holds import LegalHold
from lading.registry.pulls import Pulls
from lading.registry.retention import Conditions, ManifestFacts, Order, RetentionRule, Series
from lading.registry.tag_pattern import TagPattern
from tests.support.manifests import artifact, blob, digest_of, image, index

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def test_pulls_add_up_and_what_is_gone_is_forgotten(records: SqlRecords) -> None:
    with records.write() as written:
        written.registry.ensure_repository("a", at=NOW, by="x")
        assert written.use.pulls_since() is None
        written.use.note_pulls({("a", "1.0"): Pulls(NOW, 3), ("gone", "1.0"): Pulls(NOW, 1)}, at=NOW)
        written.use.note_pulls({("a", "1.0"): Pulls(LATER, 2), ("a", "x"): Pulls(NOW, 1)}, at=LATER)
    with records.read() as view:
        assert view.use.pulls("a") == {"1.0": Pulls(LATER, 5), "x": Pulls(NOW, 1)}
        assert view.use.pulls("gone") == {}
        assert view.use.pulls_since() == NOW


def test_what_ran_once_was_deployed_also_when_it_has_ended(records: SqlRecords) -> None:
    manifest, other = Digest.of(b"manifest"), Digest.of(b"other")
    container = RunningContainer(
        host="node",
        engine="docker",
        id="c1",
        name="app",
        image_reference="r/app:1",
        image_id="sha256:" + "0" * 64,
        manifest_digests=(f"r/app@{manifest}",),
        started_at="2026-03-01T00:00:00Z",
        labels={},
        privileged=False,
        user="",
    )
    with records.write() as written:
        assert written.use.deployments_since() is None
        written.inventory.report(Host("node", "1", NOW), [container])
        assert written.use.running_as([manifest, other]) == {manifest: (container,)}
        written.inventory.report(Host("node", "1", LATER), [])
    with records.read() as view:
        assert view.use.deployed([manifest, other]) == {manifest}
        assert view.use.running_as([manifest]) == {}
        assert view.use.deployments_since() == NOW


def test_the_shape_of_a_repository(records: SqlRecords) -> None:
    child, loose = image("child"), image("loose")
    listing = index((child, "linux/amd64"))
    signature = artifact(child, "application/vnd.example")
    with records.write() as written:
        for manifest in (child, loose, listing, signature):
            written.registry.save_manifest("a", digest_of(manifest), manifest, at=NOW, by="x")
    with records.read() as view:
        shape = view.use.shape("a")
        assert view.use.shape("nowhere") == {}
    assert shape == {
        digest_of(child): ManifestFacts(digest_of(child), NOW),
        digest_of(loose): ManifestFacts(digest_of(loose), NOW),
        digest_of(listing): ManifestFacts(digest_of(listing), NOW, children=(digest_of(child),)),
        digest_of(signature): ManifestFacts(digest_of(signature), NOW, subject=digest_of(child)),
    }


def test_bytes_are_freed_only_where_nobody_else_lists_them(records: SqlRecords) -> None:
    one, two = image("one", layers=(b"shared", b"mine")), image("two", layers=(b"shared",))
    with records.write() as written:
        for repository, manifest in (("a", one), ("a", two), ("b", one)):
            written.registry.save_manifest(repository, digest_of(manifest), manifest, at=NOW, by="x")
    config = len(b"config of one")
    with records.write() as written:
        assert written.use.freed_with("a", [digest_of(one)]) == 0, "another repository has it"
        written.registry.delete_manifest("b", digest_of(one), at=NOW, by="x")
        assert written.use.freed_with("a", [digest_of(one)]) == config + len(b"mine")
        both = [digest_of(one), digest_of(two)]
        assert written.use.freed_with("a", both) == 2 * config + len(b"mine") + len(b"shared")
        assert written.use.freed_with("a", []) == 0
    assert blob(b"mine").size == 4


def test_rules_of_retention_and_holds_come_back_as_they_were(records: SqlRecords) -> None:
    conditions = Conditions(
        beyond_newest=3,
        order=Order.VERSION,
        series=Series.MINOR,
        older_than=timedelta(days=30),
        never_pulled=True,
    )
    pattern = RepositoryPattern.parse("team/**")
    rule = RetentionRule("r1", pattern, TagPattern.parse("pr-*"), conditions, "why", NOW, "person:root")
    all_of_it = LegalHold("h1", pattern, None, "case 17", NOW, "person:root")
    one = LegalHold("h2", pattern, Digest.of(b"x"), "case 18", NOW, "person:root")
    with records.write() as written:
        written.rules.add_retention_rule(rule)
        written.rules.place_hold(all_of_it)
        written.rules.place_hold(one)
    with records.write() as written:
        assert written.rules.retention_rules() == (rule,)
        assert written.rules.holds() == (all_of_it, one)
        assert written.rules.remove_retention_rule("r1") == rule
        assert written.rules.remove_retention_rule("r1") is None
        assert written.rules.release_hold("h1") == all_of_it
        assert written.rules.release_hold("h1") is None
        assert written.rules.holds() == (one,)
