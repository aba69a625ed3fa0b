"""Scanning without a server: where sources are opened, and the records that are kept between two scans."""

import contextlib
import os
import platform as machine
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.adapters.analyser_process import ProcessAnalyser
from lading.adapters.analyser_workers import Nursery
from lading.adapters.feed_files import guess_feed, open_feed_file
from lading.adapters.sources.blob_files import BlobFiles
from lading.adapters.sources.docker_archive import open_archive
from lading.adapters.sources.engine import EngineSource
from lading.adapters.sources.folder import open_folder, open_single_file
from lading.adapters.sources.oci_layout import is_layout, open_layout
from lading.adapters.sources.remote import open_remote
from lading.adapters.sources.sbom_file import looks_like_sbom, open_sbom, read_document
from lading.adapters.sql.engine import SqlRecords, open_sqlite
from lading.adapters.starter_feed import starter_content, starter_documents
from lading.advisories.all_formats import STARTER_FEED, format_of
from lading.advisories.formats.osv import OSV
from lading.bootstrap.installation import clock
from lading.foundation.errors import Conflict, LadingError, Malformed, NotFound, Upstream
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.oci.reference import parse_reference
from lading.ports.image_source import OpenedImage, SourceKind
from lading.registry.caller import BoundRights, Caller
from lading.workflows.import_advisories import FeedArrival, ImportOutcome, import_advisories
from lading.workflows.scan_image import ScannedImage, scan_image, scan_sbom

SCHEMES = {
    "registry": SourceKind.REGISTRY,
    "docker": SourceKind.DOCKER,
    "podman": SourceKind.PODMAN,
    "container": SourceKind.CONTAINER,
    "docker-archive": SourceKind.DOCKER_ARCHIVE,
    "oci-archive": SourceKind.DOCKER_ARCHIVE,
    "oci": SourceKind.OCI_LAYOUT,
    "dir": SourceKind.FOLDER,
    "rootfs": SourceKind.FOLDER,
    "file": SourceKind.FILE,
    "sbom": SourceKind.SBOM,
}
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
_DOCKER_SOCKET = "/var/run/docker.sock"


@dataclass(frozen=True, slots=True)
class Engines:
    """Sockets of container engines; empty where there is none."""

    docker: str
    podman: str


def find_engines() -> Engines:
    """Where the engines of this machine listen."""
    docker = os.environ.get("DOCKER_HOST", "").removeprefix("unix://") or _DOCKER_SOCKET
    own = f"{os.environ.get('XDG_RUNTIME_DIR', '')}/podman/podman.sock"
    podman = os.environ.get("CONTAINER_HOST", "").removeprefix("unix://")
    podman = podman or next((each for each in (own, "/run/podman/podman.sock") if Path(each).is_socket()), "")
    return Engines(docker if Path(docker).is_socket() else "", podman if Path(podman).is_socket() else "")


def this_platform() -> Platform:
    """What images for this machine are for."""
    architecture = machine.machine()
    return Platform("linux", _ARCHITECTURES.get(architecture, architecture))


@contextlib.contextmanager
def open_source(source: str, platform: Platform, engines: Engines) -> Iterator[OpenedImage]:
    """Open what ``source`` names; what has to be downloaded or made lies in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="lading-scan-") as folder:
        blobs = BlobFiles(Path(folder))
        scheme, colon, rest = source.partition(":")
        if colon and scheme in SCHEMES and rest:
            yield _open(SCHEMES[scheme], rest, platform, blobs, engines)
        else:
            yield _open_unnamed(source, platform, blobs, engines)


def _open(kind: SourceKind, name: str, platform: Platform, blobs: BlobFiles, engines: Engines) -> OpenedImage:
    match kind:
        case SourceKind.REGISTRY:
            logins = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
            return open_remote(parse_reference(name), platform, blobs, logins)
        case SourceKind.DOCKER | SourceKind.PODMAN:
            return _of_engine(kind, name, platform, blobs, engines)
        case SourceKind.CONTAINER:
            return _of_container(name, blobs, engines)
        case SourceKind.DOCKER_ARCHIVE | SourceKind.OCI_LAYOUT:
            path, tag = _path_and_tag(name)
            if path.is_dir():
                return open_layout(path, platform, tag=tag)
            opened = open_archive(_existing(path), platform, blobs, tag=tag)
            if opened is None:
                raise Malformed("archive-invalid", f"{path} is no archive of an image")
            return opened
        case SourceKind.FOLDER:
            if not Path(name).is_dir():
                raise NotFound("source-unknown", f"there is no folder {name}")
            return open_folder(Path(name), blobs)
        case SourceKind.SBOM:
            return open_sbom(_existing(Path(name)), blobs)
        case SourceKind.FILE:
            return open_single_file(_existing(Path(name)), blobs)


def _open_unnamed(source: str, platform: Platform, blobs: BlobFiles, engines: Engines) -> OpenedImage:
    """A path that is there is what it looks like; a name is asked of the engines, then of its registry."""
    path = Path(source)
    if path.is_dir():
        if is_layout(path):
            return open_layout(path, platform)
        return open_folder(path, blobs)
    if path.is_file():
        if path.name.endswith((".json", ".xml")) and looks_like_sbom(path):
            return open_sbom(path, blobs)
        opened = open_archive(path, platform, blobs)
        return opened or open_single_file(path, blobs)
    if source.startswith((".", "/", "~")):
        raise NotFound("source-unknown", f"there is no {source}")
    reference = parse_reference(source)
    for kind, socket in ((SourceKind.DOCKER, engines.docker), (SourceKind.PODMAN, engines.podman)):
        if socket:
            try:
                return _of_engine(kind, source, platform, blobs, engines)
            except (NotFound, Upstream):
                continue
    try:
        return _open(SourceKind.REGISTRY, str(reference), platform, blobs, engines)
    except LadingError as error:
        hint = f"no engine here has it either; or name what it is: {', '.join(f'{one}:' for one in SCHEMES)}"
        raise type(error)(error.code, error.message, hint=hint) from error


def _of_engine(
    kind: SourceKind, name: str, platform: Platform, blobs: BlobFiles, engines: Engines
) -> OpenedImage:
    socket = engines.docker if kind is SourceKind.DOCKER else engines.podman
    if not socket:
        raise Upstream("engine-unreachable", f"no {kind.value} listens on this machine")
    with contextlib.closing(EngineSource(socket, kind)) as engine:
        return engine.open_image(name, platform, blobs)


def _of_container(name: str, blobs: BlobFiles, engines: Engines) -> OpenedImage:
    sockets = [each for each in (engines.docker, engines.podman) if each]
    if not sockets:
        raise Upstream("engine-unreachable", "neither Docker nor Podman listens on this machine")
    for socket in sockets:
        with contextlib.closing(EngineSource(socket, SourceKind.CONTAINER)) as engine:
            try:
                return engine.open_container(name, blobs)
            except NotFound:
                if socket == sockets[-1]:
                    raise
    raise NotFound("container-unknown", f"no engine has a container {name}")


def _path_and_tag(name: str) -> tuple[Path, str]:
    if Path(name).exists():
        return Path(name), ""
    path, colon, tag = name.rpartition(":")
    return (Path(path), tag) if colon else (Path(name), "")


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise NotFound("source-unknown", f"there is no file {path}")
    return path


def default_cache() -> Path:
    """Where what was learned of layers and advisories is kept between two scans."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lading"


@contextlib.contextmanager
def open_scan_records(folder: Path | None) -> Iterator[SqlRecords]:
    """Records of scans in ``folder``, or in one that goes afterwards; the shipped advisories are in them."""
    with contextlib.ExitStack() as opened:
        if folder is None:
            folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="lading-records-")))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        records = _open_cache(folder / "scans.db")
        opened.callback(records.close)
        _import_starter(records)
        yield records


def _open_cache(file: Path) -> SqlRecords:
    """Open what earlier scans have left. It can be made anew at any time, and the error says so."""
    try:
        return open_sqlite(file)
    except (Conflict, Upstream) as error:
        raise Conflict(
            "scan-cache-unusable",
            f"what earlier scans have kept in {file} cannot be used by this version: {error.message}",
            hint=f"where no other scan is at it, remove {file} (layers are read, feeds imported again then),"
            " or name another folder with --cache",
        ) from error


def import_feed_file(records: SqlRecords, file: Path, name: str = "") -> ImportOutcome:
    """Take in a feed; ``name`` is guessed from the file where it is empty. Raises Malformed."""
    feed = name or guess_feed(file)
    with open_feed_file(file) as opened:
        arrival = FeedArrival(feed, format_of(feed), opened.documents, opened.digest)
        return import_advisories(records, _caller(), arrival, clock(), force=True)


def scan(records: SqlRecords, source: OpenedImage) -> ScannedImage:
    """Scan what was opened; every layer is read in a process of its own."""
    if source.kind is SourceKind.SBOM:
        return scan_sbom(records, read_document(source), source, clock())
    with contextlib.closing(Nursery()) as nursery:
        return scan_image(records, ProcessAnalyser(source.blobs, nursery=nursery), source, clock())


def _import_starter(records: SqlRecords) -> None:
    digest = str(Digest.of(starter_content()))
    with records.read() as kept:
        held = {feed.name: feed.digest for feed in kept.advisories.feeds()}
    if not held.get(STARTER_FEED, "").startswith(digest):
        arrival = FeedArrival(STARTER_FEED, OSV, starter_documents(), digest)
        import_advisories(records, _caller(), arrival, clock(), force=True)


def _caller() -> Caller:
    return Caller(SYSTEM, BoundRights(NO_BINDINGS))
