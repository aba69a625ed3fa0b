"""Sums and quotas, over every adapter; and pushes at once that must not exceed one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import Principal, PrincipalKind
from lading.adapters.blobs_memory import MemoryBlobs
from lading.adapters.sql.engine import SqlRecords
from lading.foundation.errors import OverLimit
from lading.lineage.chain import chain_ids
from lading.lineage.placement import PlacedImage
from lading.oci.digest import Digest
from lading.ports.records.usage import ProjectUsage
from lading.registry.caller import BoundRights, Caller
from lading.registry.pulls import Pulls
from lading.registry.quotas import Kept, Quota
from lading.workflows.attach_claim import push_bytes
from lading.workflows.storage_use import set_quota
from tests.support.manifests import digest_of, image
from tests.support.registry import DrivenRegistry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOT = Caller(Principal(PrincipalKind.PERSON, "root", admin=True), BoundRights(NO_BINDINGS))


def link(records: SqlRecords, repository: str, *contents: bytes) -> None:
    with records.write() as written:
        written.registry.ensure_repository(repository, at=NOW, by="x")
        for content in contents:
            written.registry.link_blob(repository, Digest.of(content), len(content), at=NOW)


def test_blobs_count_once_for_a_project_and_alone_only_where_nobody_else_has_them(
    records: SqlRecords,
) -> None:
    link(records, "team/a", b"1234", b"12")
    link(records, "team/b", b"1234", b"123456")
    link(records, "team", b"1")
    link(records, "teams/x", b"123456", b"12345678")
    manifest = image("app", layers=(b"1234",))
    with records.write() as written:
        written.registry.save_manifest("team/a", digest_of(manifest), manifest, at=NOW, by="x")
        written.registry.save_manifest("team/b", digest_of(manifest), manifest, at=NOW, by="x")
        written.use.note_pulls({("team/a", str(digest_of(manifest))): Pulls(NOW, 1)}, at=NOW)
    logical = 2 * (4 + len(b"config of app"))
    with records.read() as view:
        assert view.usage.projects() == ("team", "teams")
        assert view.usage.kept("team") == Kept(4 + 2 + 6 + 1, 2)
        assert view.usage.kept("team/a") == Kept(6, 1)
        assert view.usage.usage("team") == ProjectUsage("team", 3, 2, logical, 13, 7, 1)
        assert view.usage.usage("nobody") == ProjectUsage("nobody", 0, 0, 0, 0, 0, 0)


def test_an_image_keeps_alone_what_no_other_image_lists(records: SqlRecords) -> None:
    both, one, other = b"shared" * 10, b"1" * 100, b"2" * 7
    first, second = image("first", layers=(both, one)), image("second", layers=(both, other))
    with records.write() as written:
        for repository, manifest in (("team/a", first), ("team/b", first), ("lab/x", second)):
            written.registry.ensure_repository(repository, at=NOW, by="x")
            written.registry.save_manifest(repository, digest_of(manifest), manifest, at=NOW, by="x")
    config = len(b"config of first")
    with records.read() as view:
        found = view.usage.image_usage("", limit=10)
        assert [(each.repository, each.alone - config) for each in found[:2]] == [
            ("team/a", 100),
            ("team/b", 100),
        ]
        assert found[2].alone == 7 + len(b"config of second")
        assert {each.listed for each in found[:2]} == {160 + config}
        assert [each.repository for each in view.usage.image_usage("lab", limit=10)] == ["lab/x"]
        assert view.usage.image_usage("la", limit=10) == ()
        assert len(view.usage.image_usage("", limit=1)) == 1


def test_a_base_weighs_once_and_images_on_it_add_what_is_new(records: SqlRecords) -> None:
    system, more, other = b"o" * 50, b"a" * 5, b"b" * 9
    stacks = {"os": (system,), "a": (system, more), "b": (system, other), "c": (system, more)}
    digests = {}
    with records.write() as written:
        for name, layers in stacks.items():
            manifest = image(name, layers=layers)
            digests[name] = digest_of(manifest)
            written.registry.ensure_repository(name, at=NOW, by="x")
            written.registry.save_manifest(name, digests[name], manifest, at=NOW, by="x")
            chains = chain_ids([Digest.of(layer) for layer in layers])
            written.lineage.place([PlacedImage(digests[name], "linux/amd64", "", chains)])
    base = digests["os"]
    with records.read() as view:
        assert view.lineage.bases()[base] == 3
        (used,) = view.usage.base_usage({base: 3})
        configs = sum(len(f"config of {name}") for name in "abc")
        assert (used.images, used.own, used.added) == (3, 50 + len("config of os"), 5 + 9 + configs)
        assert used.shared == 3 * used.own
        assert view.usage.base_usage({}) == ()


def test_a_repository_counts_for_every_quota_above_it(records: SqlRecords) -> None:
    quotas = [Quota(name, 10, None, NOW, "x") for name in ("other", "team", "team/a", "team/a/deep")]
    with records.write() as written:
        for quota in quotas:
            written.usage.set_quota(quota)
        written.usage.set_quota(Quota("team", 20, 3, NOW, "y"))
        assert [quota.project for quota in written.usage.hold_quotas("team/a")] == ["team", "team/a"]
        assert written.usage.hold_quotas("teams/a") == ()
        assert written.usage.quotas()[1] == Quota("team", 20, 3, NOW, "y")
        assert written.usage.remove_quota("team")
        assert not written.usage.remove_quota("team")


def test_pushes_at_once_never_exceed_a_quota_of_bytes(records: SqlRecords) -> None:
    whole: Any = records
    registry = DrivenRegistry(whole, MemoryBlobs())
    set_quota(whole, ROOT, "team", NOW, most_bytes=50, most_artifacts=None)

    def push(number: int) -> bool:
        try:
            push_bytes(registry.ports, ROOT, f"team/{number % 3}", b"%010d" % number, NOW)
        except OverLimit as refused:
            return refused.code != "quota-exceeded"
        return True

    with ThreadPoolExecutor(8) as pushers:
        outcomes = list(pushers.map(push, range(24)))
    with records.read() as view:
        assert view.usage.kept("team").unique_bytes == 50
    assert outcomes.count(True) == 5


def test_pushes_at_once_never_exceed_a_quota_of_artifacts(records: SqlRecords) -> None:
    whole: Any = records
    registry = DrivenRegistry(whole, MemoryBlobs())
    set_quota(whole, ROOT, "team", NOW, most_bytes=None, most_artifacts=3)

    def push(number: int) -> bool:
        try:
            registry.push_image(f"team/{number % 2}", name=str(number), tags=("latest",))
        except OverLimit:
            return False
        return True

    with ThreadPoolExecutor(8) as pushers:
        assert list(pushers.map(push, range(12))).count(True) == 3
    with records.read() as view:
        assert view.usage.kept("team").artifacts == 3
    name = next(str(n) for n in range(12) if _has(records, n))
    registry.push_image(
        f"team/{int(name) % 2}", name=name, tags=("again",)
    )  # what is there may be pushed again


def _has(records: SqlRecords, number: int) -> bool:
    with records.read() as view:
        blob = Digest.of(b"layer of %d" % number)
        return bool(view.registry.manifests_with_blob(f"team/{number % 2}", blob))
