"""Real builds by buildah beside rebases by Lading, and their file trees to compare.

A base is a folder. Dockerfiles are built on the old base and on the new one; the first is rebased. Trees are
read from where buildah mounts them, so nothing of ours says what a rebased image looks like.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from lading.adapters.analyser_in_process import InProcessAnalyser
from lading.adapters.keys_file import FileSigner
from lading.oci.digest import Digest
from lading.oci.manifest import Index, parse_manifest
from lading.workflows.analyse_image import AnalysisPorts
from lading.workflows.attach_claim import push_bytes
from lading.workflows.rebase_image import Rebased, RebasePorts, RebaseRequest, rebase_image
from lading.workflows.sign_image import SigningPorts
from lading.workflows.take_in_image import TakeInPorts, take_in_image
from tests.support.registry import NOON, ROOT, DrivenRegistry

# What two builds of the same Dockerfile on the same base do not agree on either: times and caches.
NOT_COMPARED = (
    "var/log/",
    "var/cache/ldconfig/aux-cache",
    "var/lib/dpkg/status-old",
    "var/cache/debconf/config.dat-old",
    "var/cache/debconf/templates.dat-old",
    "etc/passwd-",
    "etc/group-",
    "etc/shadow-",
    "etc/gshadow-",
    "etc/subuid-",
    "etc/subgid-",
    "var/lib/systemd/",
    "var/lib/dpkg/lock",
    "var/lib/dpkg/lock-frontend",
)
_SHADOW = "etc/shadow"  # has the day of the last change


@dataclass
class Registry:
    """A registry in memory that looks into images at once."""

    driven: DrivenRegistry = field(default_factory=DrivenRegistry)

    def __post_init__(self) -> None:
        driven = self.driven
        self.analysis = AnalysisPorts(driven.records, driven.blobs, InProcessAnalyser(driven.blobs))
        self.take_in = TakeInPorts(self.analysis, driven.ports, "registry.example")
        signer = FileSigner("server", ec.generate_private_key(ec.SECP256R1()))
        self.rebasing = RebasePorts(SigningPorts(driven.ports, signer, "registry.example"))

    def push_layout(self, layout: Path, repository: str, tag: str) -> Digest:
        """Push the image of an OCI layout."""
        index = json.loads((layout / "index.json").read_text())
        return self._push(layout, repository, index["manifests"][0]["digest"], tag)

    def _push(self, layout: Path, repository: str, digest: str, tag: str) -> Digest:
        raw = (layout / "blobs" / digest.replace(":", "/")).read_bytes()
        manifest = parse_manifest(raw)
        if isinstance(manifest, Index):
            for child in manifest.manifests:
                self._push(layout, repository, str(child.digest), "")
        else:
            for blob in manifest.iter_blobs():
                content = (layout / "blobs" / str(blob.digest).replace(":", "/")).read_bytes()
                push_bytes(self.driven.ports, ROOT, repository, content, NOON)
        pushed = self.driven.push_manifest(repository, raw, tags=(tag,) if tag else ())
        self.look_into(repository, pushed)
        return pushed

    def look_into(self, repository: str, digest: Digest) -> None:
        """Do what the job of a push does."""
        take_in_image(self.take_in, {"repository": repository, "manifest": str(digest)}, NOON)

    def rebase(self, repository: str, tag: str, onto: str, **more: object) -> Rebased:
        """Rebase onto a tag of the repository of bases."""
        request = RebaseRequest(repository, tag, "base", onto, **more)  # type: ignore[arg-type] # by name
        return rebase_image(self.rebasing, ROOT, request, NOON)

    def write_layout(self, repository: str, digest: Digest, layout: Path) -> None:
        """Write an image out as an OCI layout."""
        blobs = layout / "blobs" / "sha256"
        blobs.mkdir(parents=True)
        with self.driven.records.read() as kept:
            stored = kept.registry.manifest(repository, digest)
        assert stored is not None
        manifest = parse_manifest(stored.raw, stored.media_type)
        assert not isinstance(manifest, Index)
        (blobs / digest.hex).write_bytes(stored.raw)
        for blob in manifest.iter_blobs():
            with contextlib.closing(self.driven.blobs.read(blob.digest)) as stream:
                (blobs / blob.digest.hex).write_bytes(b"".join(stream))
        entry = {
            "mediaType": stored.media_type,
            "digest": str(digest),
            "size": len(stored.raw),
            "annotations": {"org.opencontainers.image.ref.name": "it"},
        }
        (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
        (layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')


@dataclass(frozen=True)
class Recipe:
    """A Dockerfile after its FROM line, and the files beside it."""

    name: str
    steps: str
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    rebases: bool = True  # or is to be refused
    because: str = ""  # the rule that refuses it


class Lab:
    """buildah on storage of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._containers: list[str] = []
        driver = os.environ.get("LADING_LAB_DRIVER", "vfs")
        self._options = ("--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", driver)

    def buildah(self, *arguments: str) -> str:
        """Run one command; its standard output."""
        done = subprocess.run(
            ["buildah", *self._options, *arguments], capture_output=True, check=False, timeout=900
        )
        assert done.returncode == 0, f"{arguments}: {done.stderr.decode()[-3000:]}"
        return done.stdout.decode().strip()

    def make_base(self, name: str, tree: Path, *settings: str) -> Path:
        """An image of one layer with the files of a folder; returns its layout."""
        container = self.buildah("from", "scratch")
        archive = self.folder / f"{name}.tar"
        subprocess.run(
            ["tar", "-C", str(tree), "--numeric-owner", "--sort=name", "-cf", str(archive), "."], check=True
        )
        self.buildah("add", container, str(archive), "/")
        self.buildah("config", "--env", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", container)
        if settings:
            self.buildah("config", *settings, container)
        self.buildah("commit", "--rm", "--format", "oci", container, f"localhost/{name}")
        archive.unlink()
        return self.layout(name)

    def build(self, recipe: Recipe, base: str, name: str) -> Path:
        """Build a Dockerfile on a base; returns the layout."""
        context = self.folder / f"context-{name}"
        context.mkdir()
        for path, content in recipe.files.items():
            place = context / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
        (context / "Dockerfile").write_text(f"FROM localhost/{base}\n{recipe.steps}\n")
        self.buildah(
            "bud", "--isolation", "chroot", "--layers", "--pull-never", "--format", "oci",
            "--timestamp", "1770000000", "-t", f"localhost/{name}", str(context),
        )  # fmt: skip
        shutil.rmtree(context)
        return self.layout(name)

    def layout(self, name: str) -> Path:
        """Write an image of the storage as an OCI layout."""
        place = self.folder / f"layout-{name}"
        self.buildah("push", "--quiet", f"localhost/{name}", f"oci:{place}:it")
        return place

    def tree(self, source: str) -> dict[str, object]:
        """The files of an image: of the storage by name, or of a layout by ``oci:folder:it``."""
        container = self.buildah(
            "from", "--pull-never" if source.startswith("localhost/") else "--quiet", source
        )
        try:
            return dict(_walk(Path(self.buildah("mount", container))))
        finally:
            self.buildah("rm", container)

    def forget(self, *names: str) -> None:
        """Give disk back."""
        for name in names:
            shutil.rmtree(self.folder / f"layout-{name}", ignore_errors=True)


def differences(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    """What is not the same in two trees, for people."""
    found = []
    for path in sorted(set(one) | set(other)):
        if path.startswith(NOT_COMPARED):
            continue
        if one.get(path) != other.get(path):
            found.append(f"{path}: {one.get(path)} | {other.get(path)}")
    return found


def _walk(root: Path) -> Iterator[tuple[str, object]]:
    for folder, directories, files in os.walk(root):
        for name in (*directories, *files):
            place = Path(folder, name)
            path = str(place.relative_to(root))
            yield path, _described(path, place)


def _described(path: str, place: Path) -> object:
    about = place.lstat()
    kind = stat.S_IFMT(about.st_mode)
    owner = (about.st_uid, about.st_gid)
    if kind == stat.S_IFLNK:
        return "link", str(place.readlink()), owner
    mode = stat.S_IMODE(about.st_mode)
    if kind != stat.S_IFREG:
        return stat.filemode(kind), oct(mode), owner
    content = place.read_bytes()
    if path == _SHADOW:
        content = b"\n".join(b":".join(line.split(b":")[:2]) for line in content.split(b"\n"))
    if path == "etc/ld.so.cache":
        said = subprocess.run(
            ["/sbin/ldconfig", "-p", "-C", str(place)], capture_output=True, check=True
        ).stdout
        content = b"\n".join(sorted(said.split(b"\n")[1:-2]))
    capability = b""
    with contextlib.suppress(OSError):
        capability = os.getxattr(place, "security.capability", follow_symlinks=False)
    return "file", oct(mode), owner, hashlib.sha256(content).hexdigest()[:16], capability


def packed(files: Mapping[str, bytes | str]) -> bytes:
    """A tar archive of files, for ADD."""
    raw = io.BytesIO()
    with tarfile.TarFile(fileobj=raw, mode="w") as archive:
        for path, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(data), 0o644
            archive.addfile(info, io.BytesIO(data))
    return raw.getvalue()
