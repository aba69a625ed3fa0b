"""Statements of VEX, over every adapter."""

from datetime import UTC, datetime, timedelta

from lading.adapters.sql.engine import SqlRecords
from lading.advisories.vex import PackageProduct, VexStatement, VexStatus
from lading.ports.records.vex import StoredStatement

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def statement(identifier: str, *flaws: str, document: str = "own") -> VexStatement:
    product = PackageProduct("deb", "debian", "bash\x00", "1", "debian-12")
    return VexStatement(
        identifier,
        "own",
        document,
        "ann",
        "2026",
        flaws,
        VexStatus.FIXED,
        packages=(product,),
        impact="\ud800",
    )


def test_statements_are_found_by_any_name_of_the_flaw_while_they_count(records: SqlRecords) -> None:
    one, two = statement("1", "CVE-1", "GHSA-1"), statement("2", "CVE-2", document="doc")
    with records.write() as written:
        assert written.vex.add([one, two], at=NOON, by="person:ann") == 2
        assert written.vex.add([one], at=NOON, by="person:ann") == 1
    with records.read() as view:
        assert view.vex.about(["GHSA-1", "CVE-9"]) == (one,)
        assert {each.id for each in view.vex.about(["CVE-1", "CVE-2"])} == {"1", "2"}
        assert view.vex.about([]) == ()
    later = NOON + timedelta(days=1)
    with records.write() as written:
        assert written.vex.retire("1", at=later, by="person:bob") == one
        assert written.vex.retire("1", at=later, by="person:bob") is None
        assert written.vex.retire_document("doc", at=later, by="person:bob") == (two,)
    with records.read() as view:
        assert view.vex.about(["CVE-1", "CVE-2"]) == ()
        assert view.vex.statements().items == ()
        history = view.vex.statements(only_current=False).items
    assert history[0] == StoredStatement(one, NOON, "person:ann", later, "person:bob")
