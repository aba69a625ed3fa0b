"""Roots small enough to build in seconds: programs of this machine, and a package database of one package."""

import shutil
import subprocess
from pathlib import Path

_DIRECTORIES = (
    "usr/bin",
    "usr/sbin",
    "usr/lib",
    "usr/lib64",
    "etc",
    "tmp",
    "var/tmp",
    "var/cache",
    "var/log",
    "var/lib/apt/lists",
    "srv",
    "opt",
    "root",
    "usr/share/doc/x",
    "usr/share/man/man1",
    "usr/local/bin",
    "usr/local/share",
)
_PROGRAMS = (
    "sh",
    "bash",
    "mkdir",
    "rm",
    "mv",
    "ln",
    "cat",
    "chmod",
    "chown",
    "echo",
    "seq",
    "printf",
    "mkfifo",
    "tar",
    "sed",
    "diff",
    "true",
    "id",
    "openssl",
    "sleep",
    "test",
    "ls",
    "find",
    "ldconfig",
    "dpkg",
    "dpkg-deb",
    "dpkg-split",
    "dpkg-query",
    "dpkg-trigger",
    "useradd",
    "groupadd",
    "start-stop-daemon",
    "update-alternatives",
)

_FILES = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/srv:/bin/sh\n",
    "group": "root:x:0:\n",
    "shadow": "root:*:1:::::::\n",
    "gshadow": "root:*::\n",
    "motd": "m\n",
    "issue": "i\n",
    "issue.net": "i\n",
    "os-release": 'ID=debian\nVERSION_ID="12"\nNAME=Debian\n',
    "login.defs": "",
    "shells": "/bin/sh\n",
}


def small_root(tree: Path, new: bool) -> None:
    """A root with the programs of this machine that Dockerfiles call, and the libraries that those need."""
    for path in _DIRECTORIES:
        (tree / path).mkdir(parents=True, exist_ok=True)
    for link in ("bin", "sbin", "lib", "lib64"):
        (tree / link).symlink_to(f"usr/{link}")
    for name in _PROGRAMS:
        found = shutil.which(name)
        if found is not None:
            _copy(Path(found).resolve(), tree, f"usr/bin/{name}")
    (tree / "usr/share/doc/x/readme").write_text("new\n" if new else "old\n")
    for name, content in _FILES.items():
        (tree / "etc" / name).write_text(content)
    database = tree / "var/lib/dpkg"
    for path in ("info", "updates", "triggers", "alternatives"):
        (database / path).mkdir(parents=True, exist_ok=True)
    version = "2.37" if new else "2.36"
    head = "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\n"
    (database / "status").write_text(f"{head}Version: {version}\nDescription: c\n\n")
    (database / "info" / "libc6.list").write_text("/.\n")
    (database / "available").write_text("")
    (database / "info" / "format").write_text("1\n")


def _copy(program: Path, tree: Path, place: str) -> None:
    target = tree / place
    if target.exists():
        return
    shutil.copy2(program, target)
    said = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False).stdout
    for line in said.split("\n"):
        path = next((word for word in line.split() if word.startswith("/")), "")
        if path:
            library = tree / "usr" / path.removeprefix("/usr").lstrip("/")
            library.parent.mkdir(parents=True, exist_ok=True)
            if not library.exists():
                shutil.copy2(Path(path).resolve(), library)
