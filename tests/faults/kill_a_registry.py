"""Push, tag, delete and collect, and die by kill -9 on the Nth line of what does it.

    python kill_a_registry.py FOLDER NUMBER...

For each NUMBER a child process works in FOLDER/NUMBER and is killed at that line of the workflows, the
records and the store. It writes a line to FOLDER/NUMBER/acknowledged after each thing that was done. With
NUMBER 0 it is not killed, and writes the number of lines to FOLDER/0/lines.
"""

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from lading.adapters import blobs_filesystem
from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.sql.engine import open_sqlite
from lading.registry.collection import SHORTEST_GRACE, RunState
from lading.workflows.collect_garbage import CollectionAsked, CollectPorts, start_collection
from lading.workflows.collection_steps import SlicePorts, run_slice
from lading.workflows.delete_manifest import delete_manifest, delete_tag
from tests.support.keeping_world import IdleJobs
from tests.support.registry import NOON, ROOT, DrivenRegistry

_ROOT = Path(blobs_filesystem.__file__).parent
_WATCHED = (str(_ROOT / "sql"), blobs_filesystem.__file__, str(_ROOT.parent / "workflows"))


def work(folder: Path) -> None:
    """What a server does in its life, each step acknowledged."""
    records: Any = open_sqlite(folder / "lading.db")
    registry = DrivenRegistry(records, FilesystemBlobs(folder / "store"))
    told = (folder / "acknowledged").open("a")

    def acknowledge(*words: object) -> None:
        told.write(" ".join(map(str, words)) + "\n")
        told.flush()
        os.fsync(told.fileno())

    one = registry.push_image("team/app", name="one", tags=("1", "latest"))
    acknowledge("pushed", one)
    two = registry.push_image("team/app", name="two", tags=("latest",))
    acknowledge("pushed", two)
    acknowledge("moved", two)
    delete_tag(records, ROOT, "team/app", "1", NOON)
    acknowledge("untagged", one)
    delete_manifest(records, ROOT, "team/app", one, NOON)
    acknowledge("deleted", one)
    jobs: Any = IdleJobs()

    def later() -> datetime:
        return datetime.now(UTC) + timedelta(days=1)

    ports = CollectPorts(records, registry.blobs, later, lambda: jobs)
    run = start_collection(ports, ROOT, CollectionAsked(SHORTEST_GRACE), later(), run_id="run")
    while run.state is RunState.RUNNING:
        after = run_slice(SlicePorts(records, registry.blobs, later), run)
        assert after is not None
        run = after
    acknowledge("collected", run.removed)


def count_lines(number: int) -> list[int]:
    """Kill this process at the line; give the number of lines so far."""
    lines = [0]

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(_WATCHED):
            return None
        if event == "line":
            lines[0] += 1
            if lines[0] == number:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    return lines


def main(root: Path, numbers: list[int]) -> None:
    """Fork one child for each number."""
    for number in numbers:
        folder = root / str(number)
        folder.mkdir()
        open_sqlite(folder / "lading.db").close()  # migrating is not what is killed here
        child = os.fork()
        if child == 0:
            lines = count_lines(number)
            work(folder)
            sys.settrace(None)
            (folder / "lines").write_text(str(lines[0]))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status) and status != 0:
            raise SystemExit(f"the work failed by itself with status {status}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(text) for text in sys.argv[2:]])
