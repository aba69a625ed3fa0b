"""What runs where, over every adapter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lading.adapters.sql.engine import SqlRecords
from lading.foundation.errors import Malformed
from lading.inventory.container import RunningContainer
from lading.ports.records.inventory import Host, SeenContainer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONFIG = "sha256:" + "c" * 64
INDEX = "sha256:" + "1" * 64
OTHER = "sha256:" + "2" * 64


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def container(name: str = "web", host: str = "h1") -> RunningContainer:
    return RunningContainer(
        host=host,
        engine="docker",
        id=f"id-{name}",
        name=name,
        image_reference="registry.example/team/app:v1",
        image_id=CONFIG,
        manifest_digests=(f"registry.example/team/app@{INDEX}",),
        started_at="2026-03-01T11:00:00Z",
        labels={"owner": "payments", "\x00": "\\"},
        privileged=False,
        user="1000",
    )


def report(records: SqlRecords, minutes: int, *running: RunningContainer, host: str = "h1") -> None:
    with records.write() as written:
        written.inventory.report(Host(host, "0.1", at(minutes)), running)


def test_a_container_runs_from_its_first_report_until_the_first_without_it(records: SqlRecords) -> None:
    web, job = container("web"), container("job")
    report(records, 0, web, job)
    report(records, 1, web)
    report(records, 2, web)
    with records.read() as view:
        assert view.inventory.running().items == (SeenContainer(web, at(0), at(2)),)
        ended = SeenContainer(job, at(0), at(0), at(1))
        assert view.inventory.history("h1").items == (ended, SeenContainer(web, at(0), at(2)))
        assert view.inventory.hosts().items == (Host("h1", "0.1", at(2)),)


def test_a_container_that_starts_again_runs_again(records: SqlRecords) -> None:
    web = container()
    restarted = replace(web, started_at="2026-03-01T12:02:00Z", labels={})
    report(records, 0, web)
    report(records, 1)
    report(records, 2, restarted)
    with records.read() as view:
        assert view.inventory.running().items == (SeenContainer(restarted, at(0), at(2)),)


def test_a_late_report_changes_nothing(records: SqlRecords) -> None:
    report(records, 5, container("web"))
    report(records, 4, container("job"))
    with records.read() as view:
        assert [seen.container.name for seen in view.inventory.running().items] == ["web"]
        assert view.inventory.hosts().items[0].last_seen_at == at(5)


def test_a_report_is_about_its_own_host(records: SqlRecords) -> None:
    with pytest.raises(Malformed) as refused:
        report(records, 0, container(host="h2"))
    assert refused.value.code == "report-invalid"


def test_hosts_do_not_end_each_others_containers(records: SqlRecords) -> None:
    report(records, 0, container("web"), container("job"))
    report(records, 1, container("web", "h2"), host="h2")
    with records.read() as view:
        first = view.inventory.running(limit=2)
        rest = view.inventory.running(after=first.next)
        names = [(seen.container.host, seen.container.name) for seen in (*first.items, *rest.items)]
        assert names == [("h1", "job"), ("h1", "web"), ("h2", "web")]
        assert [seen.container.host for seen in view.inventory.running(host="h2").items] == ["h2"]
        assert [host.name for host in view.inventory.hosts().items] == ["h1", "h2"]


def test_containers_are_found_by_any_digest_of_their_image(records: SqlRecords) -> None:
    report(records, 0, container("web"), container("job"))
    with records.read() as view:
        for digest in (CONFIG, INDEX):
            assert len(view.inventory.running_image(digest).items) == 2
        assert view.inventory.running_image(OTHER).items == ()
    changed = replace(container("web"), image_id=OTHER, manifest_digests=())
    report(records, 1, changed)
    with records.read() as view:
        assert view.inventory.running_image(CONFIG).items == ()
        assert [seen.container for seen in view.inventory.running_image(OTHER).items] == [changed]
