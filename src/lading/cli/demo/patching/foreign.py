"""A tree of an architecture that this machine cannot run: the same packages, unpacked, not configured.

It is what an image for two platforms needs here: real files and a real package database to read, move and
compare. Nothing of it is executed.
"""

import subprocess
from pathlib import Path

from lading.cli.demo.patching.programs import run

_MERGED = ("bin", "lib", "sbin")  # links into usr since Debian 12
_EXTRA = {"amd64": ("lib64",), "arm64": ()}


def unpack_for(architecture: str, like: Path, tree: Path, apt: Path) -> None:
    """Make a tree with the packages of another tree, in the versions that its sources have now."""
    for name in ("etc/apt", "var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/lib/dpkg"):
        (apt / name).mkdir(parents=True)
    (apt / "var/lib/dpkg/status").touch()
    run("cp", "-a", *map(str, (like / "etc/apt").iterdir()), str(apt / "etc/apt"))
    options = [
        "-qq", "-o", f"Dir={apt}", "-o", f"Dir::State::status={apt}/var/lib/dpkg/status",
        "-o", f"APT::Architecture={architecture}", "-o", f"APT::Architectures={architecture}",
        "-o", "APT::Sandbox::User=root",
    ]  # fmt: skip
    run("apt-get", *options, "update")
    said = run("dpkg-query", f"--admindir={like}/var/lib/dpkg", "-W", "-f", "${Package}\n")
    debs = apt / "debs"
    debs.mkdir()
    run("apt-get", *options, "download", *said.split(), folder=debs)
    for name in (*_MERGED, *_EXTRA.get(architecture, ())):
        (tree / "usr" / name).mkdir(parents=True)
        (tree / name).symlink_to(f"usr/{name}")
    paragraphs = [_unpack(deb, tree) for deb in sorted(debs.glob("*.deb"))]
    (tree / "var/lib/dpkg/status").write_text("\n".join(paragraphs))
    for name in ("passwd", "group"):  # the one thing that a package's script makes and images need
        master = tree / "usr/share/base-passwd" / f"{name}.master"
        (tree / "etc" / name).write_bytes(master.read_bytes())


def _unpack(deb: Path, tree: Path) -> str:
    """Unpack one package; its paragraph of the status file (deb(5), dpkg's info folder)."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE) as files:  # noqa: S603, S607 - dpkg-deb, on a package of apt's
        tar = ["tar", "-x", "-p", "--keep-directory-symlink", "--numeric-owner", "-C", str(tree)]
        subprocess.run(tar, stdin=files.stdout, check=True)  # noqa: S603 - tar, into a folder of ours
    control = run("dpkg-deb", "--field", str(deb)).rstrip("\n")
    fields = dict(line.split(": ", 1) for line in control.splitlines() if ": " in line and line[0] != " ")
    same = fields.get("Multi-Arch") == "same"
    stem = f"{fields['Package']}:{fields['Architecture']}" if same else fields["Package"]
    info = tree / "var/lib/dpkg/info"
    info.mkdir(parents=True, exist_ok=True)
    kept = tree.parent / f"control-{tree.name}"
    run("dpkg-deb", "--control", str(deb), str(kept))
    for each in kept.iterdir():
        if each.name != "control":
            each.rename(info / f"{stem}.{each.name}")
    (kept / "control").unlink()
    kept.rmdir()
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE) as files:  # noqa: S603, S607 - as above
        listed = subprocess.run(["tar", "-t"], stdin=files.stdout, check=True, capture_output=True, text=True)  # noqa: S607 - tar
    paths = [line.removeprefix(".").rstrip("/") or "/." for line in listed.stdout.splitlines()]
    (info / f"{stem}.list").write_text("\n".join(paths) + "\n")
    first, _, rest = control.partition("\n")
    return f"{first}\nStatus: install ok unpacked\n{rest}\n"
