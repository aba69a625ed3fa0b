"""Numbers of the whole installation, over every adapter."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.engine import SqlRecords
from lading.advisories.advisory import Advisory, Severity
from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.policy.decision import Outcome
from lading.policy.evaluation import evaluate
from lading.policy.example import EXAMPLE, EXAMPLE_NOW
from lading.ports.records.advisories import FeedState
from lading.ports.records.contents import AnalysisState
from lading.ports.records.governance import StoredDecision
from lading.ports.records.inventory import Host
from lading.ports.records.matches import Match, MatchStatus
from lading.ports.records.tallies import ExploitedFlaw, InstallationCounts
from tests.support import manifests
from tests.support.analyses import AT, deb, image_record
from tests.support.fleet import keep_image, run_image
from tests.support.policies import shipped_policy
from tests.support.registry import ROOT

BASH, CURL = deb("bash", "4.2-1"), deb("curl", "7.1-1")


def advisory(name: str, *, exploited: bool) -> Advisory:
    return Advisory(
        feed="starter",
        id=name,
        aliases=(),
        summary="",
        severity=Severity.HIGH,
        cvss="",
        published="",
        modified="",
        withdrawn=False,
        affected=(),
        known_exploited=exploited,
    )


def match(package: Package, flaw: str, status: MatchStatus = MatchStatus.AFFECTED) -> Match:
    return Match(package, flaw, "starter", flaw, status, Severity.HIGH, "", {"rule": "no-fix"})


def container(name: str) -> RunningContainer:
    return RunningContainer("h1", "docker", name, name, "app", "", (), "", {}, privileged=False, user="")


def test_nothing_is_counted_as_nothing(records: SqlRecords) -> None:
    with records.read() as kept:
        assert kept.tallies.counts() == InstallationCounts(0, 0, {}, 0, 0)
        assert kept.tallies.exploited_flaws(limit=5) == ()


def test_images_count_once_for_each_repository_that_has_them(records: SqlRecords) -> None:
    keep_image(records, "one", BASH, repository="shop/app")
    keep_image(records, "one", BASH, repository="shop/copy")
    pending = manifests.image("pending")
    index = manifests.index((manifests.image("one"), "linux/amd64"))
    with records.write() as kept:
        for each in (pending, index, manifests.artifact(pending, "application/x.signature")):
            digest = manifests.digest_of(each)
            kept.registry.save_manifest("team/app", digest, each, at=AT, by="person:ann")
        record = replace(image_record("pending", []), manifest=manifests.digest_of(pending))
        kept.contents.save_image(record)
    with records.read() as kept:
        counts = kept.tallies.counts()
    assert (counts.repositories, counts.images) == (3, 4), "an artifact is no image"
    assert counts.analyses == {AnalysisState.DONE: 2, AnalysisState.PENDING: 1}


def test_only_what_runs_now_is_counted(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.inventory.report(Host("h1", "1", AT), [container("a"), container("b")])
    with records.write() as kept:
        kept.inventory.report(Host("h1", "1", AT), [container("a")])
    with records.read() as kept:
        counts = kept.tallies.counts()
    assert (counts.hosts, counts.containers) == (1, 1)


def test_exploited_flaws_are_those_that_images_have_or_may_have(records: SqlRecords) -> None:
    keep_image(records, "one", BASH, CURL, repository="shop/app")
    keep_image(records, "two", CURL, repository="shop/other")
    advisories = [advisory(f"CVE-{number}", exploited=number < 4) for number in range(1, 6)]
    with records.write() as kept:
        kept.advisories.replace_feed(FeedState("starter", AT, None, "", 0), advisories)
        found = [
            match(BASH, "CVE-1"),
            match(CURL, "CVE-2", MatchStatus.UNDETERMINED),
            match(BASH, "CVE-4"),
        ]
        kept.matches.replace_matches(kept.contents.known([BASH, CURL]), found)
    with records.read() as kept:
        assert kept.tallies.exploited_flaws(limit=5) == (ExploitedFlaw("CVE-2", 2), ExploitedFlaw("CVE-1", 1))
        assert kept.tallies.exploited_flaws(limit=1) == (ExploitedFlaw("CVE-2", 2),)


def test_denied_images_that_run_are_counted_by_their_newest_decision(records: SqlRecords) -> None:
    names = ("denied", "denied before", "denied, not running", "never judged")
    kept_images = {name: keep_image(records, name, BASH, repository="shop/app") for name in names}
    for number, name in enumerate(names):
        if "not running" not in name:
            run_image(records, kept_images[name], name=f"c{number}", host=f"h{number}")
    decided = [
        ("denied", Outcome.ALLOW),
        ("denied", Outcome.DENY),
        ("denied before", Outcome.DENY),
        ("denied before", Outcome.WARN),
        ("denied, not running", Outcome.DENY),
    ]
    with records.write() as kept:
        for number, (name, outcome) in enumerate(decided):
            decision = evaluate(shipped_policy(), EXAMPLE, now=EXAMPLE_NOW)
            changed = replace(decision, outcome=outcome, image=str(kept_images[name]))
            kept.governance.save_decision(StoredDecision(f"d{number}", changed, "x", "y", Digest.of(b"w")))
    with records.read() as kept:
        assert kept.tallies.denied_and_running() == 1


def test_questions_are_planned_by_what_is_there_after_statistics_were_refreshed(records: SqlRecords) -> None:
    if records.engine.dialect.name != "sqlite":
        with records.write(long=True) as kept:
            kept.tallies.refresh_statistics()
        return

    def rows(connection: sa.Connection) -> list[Any]:
        return list(
            connection.exec_driver_sql("SELECT tbl, stat FROM sqlite_stat1 WHERE tbl = 'audit_entry'")
        )

    with records.engine.connect() as before:  # a connection that was there already
        schema = before.exec_driver_sql("PRAGMA schema_version").scalar_one()
    with records.write(long=True) as kept:
        kept.audit.append(ROOT.did("test", "subject", AT))
        kept.tallies.refresh_statistics()
    with records.engine.connect() as after:
        assert rows(after)
        assert after.exec_driver_sql("PRAGMA schema_version").scalar_one() != schema
    with records.write(long=True) as kept:
        kept.tallies.refresh_statistics()  # again and again
