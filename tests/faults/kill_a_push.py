"""Push one blob in three writes and die by kill -9 on the Nth line of the store's code.

    python kill_a_push.py FOLDER

For N = 1, 2, … a child process pushes into FOLDER/N until a whole push has fewer than N lines. The child
writes FOLDER/N/started before and FOLDER/N/acknowledged after. Prints the number of lines.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from lading.adapters import blobs_filesystem
from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.oci.digest import Digest

CONTENT = bytes(range(256)) * 1024
SOURCE = blobs_filesystem.__file__


def push(folder: Path) -> None:
    store = FilesystemBlobs(folder / "store")
    store.create_upload("one")
    third = len(CONTENT) // 3
    for part in (CONTENT[:third], CONTENT[third : 2 * third], CONTENT[2 * third :]):
        writer = store.open_upload("one")
        writer.write(part)
        writer.close()
    store.finish_upload("one", Digest.of(CONTENT))
    (folder / "acknowledged").touch()


def die_on_line(number: int) -> None:
    lines = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal lines
        if frame.f_code.co_filename != SOURCE:
            return None
        if event == "line":
            lines += 1
            if lines == number:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def main(root: Path) -> None:
    number = 0
    killed = True
    while killed:
        number += 1
        folder = root / str(number)
        folder.mkdir()
        child = os.fork()
        if child == 0:
            die_on_line(number)
            push(folder)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        if not killed and status != 0:
            raise SystemExit(f"the push failed by itself with status {status}")
    sys.stdout.write(f"{number - 1}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
