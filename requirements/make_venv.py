"""Make the project's virtual environment, and install a lock file into it. Needs only Python 3.11 or newer.

Usage: make_venv.py FOLDER [--install LOCKFILE]
"""

import argparse
import subprocess
import sys
import venv
from pathlib import Path

OLDEST = (3, 11)
PROJECT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Do what the command line asks; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--install", type=Path, metavar="LOCKFILE")
    arguments = parser.parse_args()
    if sys.version_info < OLDEST:
        return fail(
            f"Lading needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.",
            "Name a newer one: make run PYTHON=python3.12",
        )
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian and Ubuntu leave it out of python3
    except ImportError:
        return fail(
            "This Python cannot make virtual environments.",
            "On Debian and Ubuntu: sudo apt install python3-venv",
        )
    python = arguments.folder / "bin" / "python"
    if not python.exists():
        say(f"making a virtual environment in {arguments.folder}")
        venv.create(arguments.folder, with_pip=True)
    return install(python, arguments.install) if arguments.install else 0


def install(python: Path, lock: Path) -> int:
    """Install exactly what the lock file names, by content digest, and then Lading itself."""
    say(f"installing {lock} (the first time takes a minute)")
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    requirements = PROJECT / "requirements"
    locked = ["--require-hashes", "--only-binary", ":all:"]
    for arguments in (
        [*locked, "-r", str(requirements / "pip.lock")],
        [*locked, "-r", str(requirements / "build.lock"), "-r", str(lock)],
        ["--no-deps", "--no-build-isolation", "--editable", str(PROJECT)],
    ):
        done = subprocess.run([*pip, *arguments], check=False)
        if done.returncode:
            return fail(
                f"pip could not install {lock}.",
                "Read its message above; a package index must be reachable (pip config, PIP_INDEX_URL).",
            )
    return 0


def say(text: str) -> None:
    """Tell what is going on."""
    print(f"lading: {text}", file=sys.stderr, flush=True)


def fail(problem: str, remedy: str) -> int:
    """Tell what is wrong and what to do about it."""
    say(f"{problem}\n        {remedy}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
