"""Two states of Debian from real packages: as the release was made, and with everything that came since.

1. debootstrap makes a tree with its own default mirror: the release, without security updates.
2. A copy is upgraded with this machine's own sources of packages, by apt-get in it, as people do. For the
   other architecture the same packages are unpacked (``foreign``).
3. The flaw is one that the changelog of an upgraded package names between the two versions.
4. Package files of the upgrade are the mirror that images are patched from.
"""

import gzip
import re
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lading.cli.demo.patching.foreign import unpack_for
from lading.cli.demo.patching.programs import run
from lading.cli.demo.patching.states import Mended, States, mended_since
from lading.cli.demo.walk import StepFailed

OWN, OTHER = "amd64", "arm64"
_INCLUDED = "ca-certificates"  # brings openssl, which a base with certificates has
_PREFERRED = ("openssl", "xz-utils", "perl")  # sources, of whose flaws one is taken first
_BESIDE = {"openssl": "libssl-dev", "xz-utils": "liblzma-dev", "perl": "libperl-dev"}
_IN_BASE = {"openssl": ("libssl3t64", "libssl3"), "xz-utils": ("liblzma5",), "perl": ("perl-base",)}
_MACHINE_SOURCES = ("etc/apt/sources.list", "etc/apt/sources.list.d/debian.sources")
_SECONDS = 900
Say = Callable[[str], None]


def debian_states(folder: Path, say: Say) -> States:
    """Make the trees; takes some minutes, most of it downloads."""
    for program in ("debootstrap", "chroot", "dpkg-query"):
        if shutil.which(program) is None:
            raise StepFailed(f"{program} is not installed: apt-get install debootstrap")
    codename = _codename()
    old, new = folder / f"old-{OWN}", folder / f"new-{OWN}"
    _make(old, new, codename, say)
    olds, news = {OWN: old, OTHER: folder / f"old-{OTHER}"}, {OWN: new, OTHER: folder / f"new-{OTHER}"}
    with ThreadPoolExecutor() as pool:
        work = [
            pool.submit(unpack_for, OTHER, like, tree, folder / f"apt-{tree.name}")
            for like, tree in ((old, olds[OTHER]), (new, news[OTHER]))
        ]
        for each in work:
            each.result()
    say(f"{OTHER}: the same packages, unpacked")
    before, after = _versions(old), _versions(new)
    changed = {
        name: (before.get(name, ""), after[name]) for name in sorted(after) if before.get(name) != after[name]
    }
    mended = _choose(new, {name: pair[0] for name, pair in changed.items() if pair[0]})
    mirror = folder / "mirror"
    mirror.mkdir()
    affected = _BESIDE.get(mended.source, "")
    _fill_mirror(new, mirror, affected)
    for package in (folder / f"apt-new-{OTHER}/debs").glob("*.deb"):
        package.rename(mirror / package.name)
    for tree in (*olds.values(), *news.values()):
        _tidy(tree)
    said = [f"{name} {was or 'absent'} → {now}" for name, (was, now) in changed.items()]
    flawed = next(name for name in _IN_BASE.get(mended.source, ()) + tuple(changed) if name in changed)
    return States(olds, news, codename, mended, mirror, said, flawed, affected)


def _codename() -> str:
    found = re.search(r'(?m)^VERSION_CODENAME="?(\w+)"?$', Path("/etc/os-release").read_text())
    if found is None or not Path("/etc/debian_version").exists():
        raise StepFailed("this machine is not Debian: its sources of packages are what the bases are made of")
    return found[1]


def _make(old: Path, new: Path, codename: str, say: Say) -> None:
    # Rule 1.
    run(
        "debootstrap",
        f"--arch={OWN}",
        "--variant=minbase",
        f"--include={_INCLUDED}",
        codename,
        str(old),
    )
    say(f"{OWN}: the release is there")
    # Rule 2.
    run("cp", "-a", str(old), str(new))
    for name in _MACHINE_SOURCES:
        if Path("/", name).is_file():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path("/", name), new / name)
    _apt(new, "update")
    _apt(new, "-y", "dist-upgrade")
    say(f"{OWN}: upgraded")


def _choose(tree: Path, before: Mapping[str, str]) -> Mended:
    """Rule 3."""
    found: dict[str, Mended] = {}
    for package, version in before.items():
        for name in ("changelog.Debian.gz", f"changelog.Debian.{OWN}.gz", "changelog.gz"):
            place = tree / "usr/share/doc" / package / name
            if place.is_file():
                for mended in mended_since(gzip.decompress(place.read_bytes()).decode(), version):
                    found.setdefault(mended.source, mended)
                break
    if not found:
        raise StepFailed("no upgraded package names a flaw that it mends; there is nothing to patch today")
    return next((found[name] for name in _PREFERRED if name in found), next(iter(found.values())))


def _versions(tree: Path) -> Mapping[str, str]:
    said = run("dpkg-query", f"--admindir={tree}/var/lib/dpkg", "-W", "-f", "${Package} ${Version}\n")
    return dict(line.split(" ", 1) for line in said.splitlines())


def _fill_mirror(tree: Path, mirror: Path, affected: str) -> None:
    """Rule 4."""
    cache = tree / "var/cache/apt/archives"
    if affected:
        _apt(tree, "-y", "--download-only", "install", affected)
    for package in cache.glob("*.deb"):
        if not (mirror / package.name).exists():
            shutil.copy(package, mirror / package.name)


def _tidy(tree: Path) -> None:
    for name in ("var/cache/apt/archives", "var/lib/apt/lists"):
        shutil.rmtree(tree / name, ignore_errors=True)
        (tree / name / "partial").mkdir(parents=True)
    for log in (tree / "var/log").rglob("*.log"):
        log.unlink()


def _apt(tree: Path, *arguments: str) -> None:
    quiet = ("-qq", "-o", "APT::Install-Recommends=false")
    run("chroot", str(tree), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *quiet, *arguments)
