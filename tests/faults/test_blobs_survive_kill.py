"""Kill -9 at every line of a push, then look at what is left with fresh eyes."""

import subprocess
import sys
from pathlib import Path

import pytest

from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.foundation.errors import NotFound
from lading.oci.digest import Digest
from tests.faults import kill_a_push
from tests.faults.kill_a_push import CONTENT

DIGEST = Digest.of(CONTENT)


def test_a_push_killed_at_any_line_loses_nothing_acknowledged_and_shows_nothing_unfinished(
    tmp_path: Path,
) -> None:
    run = subprocess.run(
        [sys.executable, kill_a_push.__file__, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    lines = int(run.stdout)
    assert lines > 50, "the kill points must cover the push"
    visible = 0
    for number in range(1, lines + 1):
        folder = tmp_path / str(number)
        store = FilesystemBlobs(folder / "store")
        if store.stat(DIGEST) is not None:
            visible += 1
        else:
            assert not (folder / "acknowledged").exists()
        _resume(store)
        assert b"".join(store.read(DIGEST)) == CONTENT
        assert [*store.iter_digests()] == [DIGEST]
        assert [*store.iter_uploads()] == []
    assert 0 < visible < lines, "some kills must come before the rename and some after"
    whole = FilesystemBlobs(tmp_path / str(lines + 1) / "store")
    assert (tmp_path / str(lines + 1) / "acknowledged").exists()
    assert b"".join(whole.read(DIGEST)) == CONTENT


def _resume(store: FilesystemBlobs) -> None:
    """What a client does: ask for the offset, send the rest, finish; or begin again."""
    if store.stat(DIGEST) is not None:
        with pytest.raises(NotFound):
            store.upload_offset("one")
        return
    try:
        offset = store.upload_offset("one")
    except NotFound:
        store.create_upload("one")
        offset = 0
    writer = store.open_upload("one")
    writer.write(CONTENT[offset:])
    writer.close()
    store.finish_upload("one", DIGEST)
