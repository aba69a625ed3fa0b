"""Logging goes on where the log has no room."""

import io
import json
from typing import Any

import pytest
import structlog

from lading.adapters.logs import LossyStream


class Filling(io.RawIOBase):
    """A file on a disk that is full as long as ``full`` says so."""

    def __init__(self) -> None:
        self.kept = bytearray()
        self.full = False

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        self.kept += bytes(content)
        return len(content)


def test_lines_that_find_no_room_are_lost_and_counted_and_fail_nothing() -> None:
    disk = Filling()
    log = structlog.BytesLogger(LossyStream(io.BufferedWriter(disk, 1), str.encode))  # type: ignore[arg-type]
    log.info(b"first")
    disk.full = True
    for _ in range(3):
        log.info(b"nowhere")
    assert disk.kept == b"first\n"
    disk.full = False
    log.info(b"again")
    log.info(b"last")
    lines = bytes(disk.kept).splitlines()
    (told,) = [json.loads(line) for line in lines if line.startswith(b"{")]
    assert told["event"] == "log lines were lost"
    assert told["lines"] >= 2
    assert lines[-1] == b"last"


@pytest.mark.parametrize("closed", [io.StringIO(), io.BytesIO()])
def test_a_closed_stream_fails_nothing(closed: Any) -> None:
    closed.close()
    stream = LossyStream(closed, str)
    stream.write("line")
    stream.flush()
    assert stream.lost == 2
