"""Writers in several processes, and writers killed with -9: whole blocks or nothing, and no gap."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lading.audit import chain
from lading.audit.entry import Entry
from tests.faults import write_records
from tests.support.records import PostgresDatabases

Where = tuple[str, str]
Start = Callable[..., "subprocess.Popen[str]"]
PATIENCE = 240  # seconds; starting four interpreters takes most of it on a machine that is busy


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    if request.param == "sqlite":
        return "sqlite", str(tmp_path / "lading.db")
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    return "postgresql", databases.create()


@pytest.fixture
def start(where: Where) -> Iterator[Start]:
    """Start a writer by its name, how many blocks, and perhaps ``pause``; none outlives the test."""
    with ExitStack() as started:

        def start_one(writer: str, count: int, *pause: str) -> "subprocess.Popen[str]":
            process = subprocess.Popen(
                [sys.executable, write_records.__file__, *where, writer, str(count), *pause],
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
            )
            started.enter_context(process)
            started.callback(process.kill)
            return process

        yield start_one


def entries_that_are_whole(where: Where) -> list[Entry]:
    """Every entry, after looking that the chain holds and that each block is there with all it wrote."""
    records = write_records.open_records(*where)
    with records.read() as view:
        entries = list(view.audit.page(newest_first=False, limit=10_000).items)
        assert isinstance(chain.verify(entries), chain.Intact)
        for entry in entries:
            writer, number = entry.event.actor, entry.event.subject
            assert view.state.value(f"{writer}.{number}") == "done"
            tag = view.registry.tag("team/app", f"{writer}-{number}")
            assert tag is not None
            assert view.registry.manifest("team/app", tag.digest) is not None
        assert len(view.registry.manifests("team/app", limit=10_000).items) == len(entries)
    records.close()
    return entries


def test_processes_that_start_on_an_empty_database_at_once_and_write_lose_nothing(
    where: Where, start: Start
) -> None:
    writers = [start(f"w{number}", 15) for number in range(4)]
    acknowledged: dict[int, str] = {}
    for writer in writers:
        output, _ = writer.communicate(timeout=PATIENCE)
        assert writer.returncode == 0
        for line in output.splitlines():
            _, number, sequence = line.split()
            acknowledged[int(sequence)] = number
    entries = entries_that_are_whole(where)
    assert {entry.sequence: entry.event.subject for entry in entries} == acknowledged
    assert sorted(acknowledged) == list(range(1, 61))


def test_a_writer_killed_in_the_middle_of_a_block_leaves_nothing_of_it_and_holds_up_nobody(
    where: Where, start: Start
) -> None:
    victim = start("victim", 5, "pause")
    assert victim.stdout is not None
    assert victim.stdout.readline() == "inside 0\n"
    victim.kill()
    victim.wait()
    victim.stdout.close()
    assert entries_that_are_whole(where) == []
    after, _ = start("after", 3).communicate(timeout=PATIENCE)
    assert len(after.splitlines()) == 3
    assert [entry.event.actor for entry in entries_that_are_whole(where)] == ["after"] * 3


@pytest.mark.parametrize("lines", [1, 4, 9])
def test_what_was_acknowledged_before_the_kill_is_there_after_it(
    where: Where, start: Start, lines: int
) -> None:
    writer = start("w", 100_000)
    assert writer.stdout is not None
    for _ in range(lines):
        last = writer.stdout.readline()
    writer.kill()
    writer.wait()
    rest = writer.stdout.read()  # said between our reading and the kill; the last line may be cut
    last = ([last] + [line for line in rest.splitlines(keepends=True) if line.endswith("\n")])[-1]
    writer.stdout.close()
    acknowledged = int(last.split()[2])
    found = len(entries_that_are_whole(where))
    assert found - acknowledged in {0, 1}, "at most the block that was committed and not yet told of"
