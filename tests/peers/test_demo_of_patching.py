"""The demonstration of patching, on bases made of this machine's own programs and without any network.

`make demo-patch` walks the same path on two states of Debian from real packages and 200 images.
"""

import io
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from lading.cli.demo.patching.engine import private_engine
from lading.cli.demo.patching.path import walk_patching
from lading.cli.demo.patching.states import Mended, States
from lading.cli.demo.walk import Walk
from tests.support.small_roots import small_root

BEFORE, MENDED = "2.36-9+deb12u9", Mended("CVE-2025-0395", "glibc", "2.36-9+deb12u10")
pytestmark = [
    pytest.mark.peer,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("dockerd") is None, reason="dockerd is not installed"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="a Docker Engine of its own needs root"),
]


def tree(folder: Path, *, new: bool) -> Path:
    """A root whose C library is said to be the flawed or the mended one."""
    small_root(folder, new)
    status = folder / "var/lib/dpkg/status"
    version = MENDED.version if new else BEFORE
    text = status.read_text().replace("2.37" if new else "2.36", version, 1)
    status.write_text(text.replace("Package: libc6\n", "Package: libc6\nSource: glibc\n"))
    openssl = folder / "usr/bin/openssl"
    with openssl.open("ab") as program:
        program.write(b"new" if new else b"old")
    return folder


def test_a_fleet_is_patched_from_the_flaw_to_the_last_container(tmp_path: Path) -> None:
    old, new = tree(tmp_path / "old", new=False), tree(tmp_path / "new", new=True)
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    states = States(
        {"amd64": old}, {"amd64": new}, "bookworm", MENDED, mirror, (), package="libc6", runtimes=False
    )
    told = io.StringIO()
    walk = Walk({}, told)
    with (
        tempfile.TemporaryDirectory(prefix="ld") as short,  # a socket's path has at most 107 characters
        private_engine((work := Path(short)) / "engine") as engine,
        walk_patching(walk, engine, states, work, number=4, of_each=1),
    ):
        done = walk.summary()
    assert done, told.getvalue()
    assert "10 of 10 steps did what they say" in told.getvalue()
    assert not [line for line in Path("/proc/mounts").read_text().splitlines() if str(work) in line]
