"""A child process that still holds a copy of an upload's file does not keep the upload busy.

Layers are analysed in child processes, which are forked while other clients push: between fork and exec the
child has a copy of every descriptor.
"""

import subprocess
import sys
from pathlib import Path

from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.oci.digest import Digest


def test_an_upload_is_free_when_its_writer_is_closed_whoever_holds_a_copy(tmp_path: Path) -> None:
    blobs = FilesystemBlobs(tmp_path)
    blobs.create_upload("upload-1")
    writer = blobs.open_upload("upload-1")
    writer.write(b"layer")
    copies = [
        int(entry.name)
        for entry in Path("/proc/self/fd").iterdir()
        if entry.exists() and entry.readlink().name == "upload-1"
    ]
    assert copies
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, pass_fds=copies
    ) as child:
        writer.close()
        assert blobs.finish_upload("upload-1", Digest.of(b"layer")) == 5
        child.communicate()
