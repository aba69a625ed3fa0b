"""Write blocks one after the other until killed; say on standard output what was acknowledged.

Arguments: ``sqlite PATH`` or ``postgresql URL``, the writer's name, how many blocks, and ``pause`` to stay
for long in the middle of every block (the line ``inside N`` says when).
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from lading.adapters.sql.engine import SqlRecords, open_postgresql, open_sqlite
from lading.audit.entry import Event
from tests.support.manifests import digest_of, image

AT = datetime(2026, 3, 1, tzinfo=UTC)


def open_records(kind: str, where: str) -> SqlRecords:
    """Open what the test named."""
    return open_sqlite(Path(where)) if kind == "sqlite" else open_postgresql(where)


def say(*words: object) -> None:
    """Tell the test, at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def write_block(records: SqlRecords, writer: str, number: int, pause: float) -> int:
    """One push: a manifest, a moved tag, a fact and the audit entry, all in one."""
    pushed = image(f"{writer} {number}")
    with records.write() as written:
        written.registry.save_manifest("team/app", digest_of(pushed), pushed, at=AT, by=writer)
        written.registry.move_tag("team/app", f"{writer}-{number}", digest_of(pushed), at=AT, by=writer)
        written.state.keep(f"{writer}.{number}", "done")
        if pause:
            say("inside", number)
            time.sleep(pause)
        event = Event("2026-03-01T00:00:00Z", writer, "manifest.push", str(number), "done", {})
        written.audit.append(event)
        head = written.audit.head()
        assert head is not None
        return head.sequence


def main() -> None:
    """Write."""
    kind, where, writer, count, *pause = sys.argv[1:]
    records = open_records(kind, where)
    for number in range(int(count)):
        sequence = write_block(records, writer, number, 30.0 if pause else 0.0)
        say("done", number, sequence)
    records.close()


if __name__ == "__main__":
    main()
