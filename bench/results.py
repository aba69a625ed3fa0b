"""One shape for every benchmark's figures: a table for people, a JSON file for machines."""

import dataclasses
import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Row:
    """Ours beside one peer, as medians of interleaved runs. ``ratio`` is how many times better ours is."""

    work: str
    unit: str
    ours: float
    peer: float | None  # None: the peer is absent
    peer_version: str
    ratio: float | None
    goal: str
    runs: int


def compare(
    work: str,
    unit: str,
    ours: Callable[[], float],
    peer: Callable[[], float] | None,
    *,
    peer_version: str,
    goal: str,
    more_is_better: bool,
    runs: int,
) -> Row:
    """Run both in turn, A B A B …, so that a machine that drifts drifts for both; compare the medians."""
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(runs):
        mine.append(ours())
        if peer is not None:
            theirs.append(peer())
    our_median = statistics.median(mine)
    if not theirs:
        return Row(work, unit, our_median, None, peer_version, None, goal, runs)
    their_median = statistics.median(theirs)
    ratio = our_median / their_median if more_is_better else their_median / our_median
    return Row(work, unit, our_median, their_median, peer_version, ratio, goal, runs)


def publish(name: str, rows: Sequence[Row]) -> None:
    """Print the table, and write ``bench/results/<name>.json``."""
    header = ("work", "unit", "ours", "peer", "ratio", "goal", "runs", "beside")
    lines = [header]
    lines += [
        (
            row.work,
            row.unit,
            f"{row.ours:,.1f}",
            "absent" if row.peer is None else f"{row.peer:,.1f}",
            "" if row.ratio is None else f"{row.ratio:.2f} times",
            row.goal,
            str(row.runs),
            row.peer_version,
        )
        for row in rows
    ]
    widths = [max(len(line[at]) for line in lines) for at in range(len(header))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    file.write_text(json.dumps([dataclasses.asdict(row) for row in rows], indent=2) + "\n")
    print(f"\nwritten to {file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file}")
