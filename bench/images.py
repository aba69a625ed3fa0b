"""OCI layouts of real content, built once in bench/work and used again."""

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lading.oci import media_types

WORK = Path(__file__).parent / "work"
_PYTHON_PACKAGES = """
aiohttp alembic anyio attrs babel beautifulsoup4 boto3 celery certifi cffi click cryptography django
dnspython docutils fastapi flask gunicorn h11 httpx idna itsdangerous jinja2 joblib jsonschema kombu lxml
mako markdown markupsafe msgpack networkx numpy oauthlib orjson packaging pandas paramiko pillow
platformdirs psutil psycopg2-binary pydantic pygments pyjwt pymysql pyparsing pytest pytz pyyaml redis
requests rich simplejson six sqlalchemy starlette tornado tqdm urllib3 uvicorn werkzeug yarl zstandard
"""
_NODE_PACKAGES = "express webpack react react-dom next eslint typescript lodash axios jest"
_JAVA_PACKAGES = (
    ("org.springframework.boot", "spring-boot-starter-web", "3.2.5"),
    ("org.springframework.boot", "spring-boot-starter-data-jpa", "3.2.5"),
    ("org.apache.kafka", "kafka-clients", "3.6.1"),
    ("com.google.guava", "guava", "32.1.3-jre"),
    ("org.apache.lucene", "lucene-core", "9.9.1"),
    ("org.elasticsearch", "elasticsearch", "8.11.4"),
    ("org.apache.poi", "poi-ooxml", "5.2.5"),
)
LARGE_BYTES = 1500 << 20
LARGE_SOURCES = ("/usr/lib", "/usr/share", "/usr/bin", "/usr/local", "/opt", "/var/lib")


class Unavailable(Exception):
    """The content of an image cannot be had on this machine."""


@dataclass(frozen=True)
class Image:
    """An OCI layout on disk."""

    name: str
    layout: Path
    bytes: int  # uncompressed


def debian() -> Image:
    """Debian's minimal system."""
    return _layout("debian", [_debian()])


def debian_python() -> Image:
    """Debian, and a virtual environment with some 60 packages asked for."""
    return _layout("debian-python", [_debian(), _layer("python", _install_python)])


def debian_python_changed() -> Image:
    """The same with one more layer, as a rebuild of the application makes it."""
    return _layout(
        "debian-python-changed", [_debian(), _layer("python", _install_python), _layer("app", _write_app)]
    )


def debian_node() -> Image:
    """Debian, and the dependencies of a Node application."""
    return _layout("debian-node", [_debian(), _layer("node", _install_node)])


def debian_java() -> Image:
    """Debian, and a Java application: its libraries in an archive, and once more beside it."""
    return _layout("debian-java", [_debian(), _layer("java", _install_java)])


def large() -> Image:
    """Debian, and much of this machine's own files: 1.5 GB in all."""
    return _layout("large", [_debian(), _layer("machine", _copy_machine)])


@dataclass(frozen=True)
class _Layer:
    diff_id: str
    digest: str
    path: Path
    size: int
    uncompressed: int


def _layer(name: str, fill: Callable[[Path], None]) -> _Layer:
    folder = WORK / "layers"
    folder.mkdir(parents=True, exist_ok=True)
    blob, facts = folder / f"{name}.tar.gz", folder / f"{name}.json"
    if not facts.exists():
        root = WORK / "roots" / name
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        fill(root)
        facts.write_text(json.dumps(_pack(root, blob)))
        shutil.rmtree(root)
    known = json.loads(facts.read_text())
    return _Layer(known["diff_id"], known["digest"], blob, known["size"], known["uncompressed"])


def _pack(root: Path, blob: Path) -> dict[str, object]:
    """Pack as image builders do: gzip at its usual level."""
    diff_id, size = hashlib.sha256(), 0
    command = ["tar", "--sort=name", "--numeric-owner", "-C", str(root), "-cf", "-", "."]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as tar, gzip.open(blob, "wb", 6) as packed:
        assert tar.stdout is not None
        while chunk := tar.stdout.read(1 << 20):
            diff_id.update(chunk)
            size += len(chunk)
            packed.write(chunk)
    if tar.returncode:
        raise Unavailable(f"tar ended with status {tar.returncode}")
    with blob.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "diff_id": f"sha256:{diff_id.hexdigest()}",
        "digest": f"sha256:{digest}",
        "size": blob.stat().st_size,
        "uncompressed": size,
    }


def _layout(name: str, layers: Sequence[_Layer]) -> Image:
    layout = WORK / "layouts" / name
    blobs = layout / "blobs" / "sha256"
    shutil.rmtree(layout, ignore_errors=True)
    blobs.mkdir(parents=True)
    for layer in layers:
        (blobs / layer.digest.removeprefix("sha256:")).hardlink_to(layer.path)

    def keep(document: object, media_type: str) -> dict[str, object]:
        raw = json.dumps(document).encode()
        digest = hashlib.sha256(raw).hexdigest()
        (blobs / digest).write_bytes(raw)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(raw)}

    diff_ids = [layer.diff_id for layer in layers]
    config = keep(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        },
        media_types.OCI_CONFIG,
    )
    described = [
        {"mediaType": media_types.OCI_LAYER_GZIP, "digest": layer.digest, "size": layer.size}
        for layer in layers
    ]
    manifest = keep(
        {"schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST, "config": config, "layers": described},
        media_types.OCI_MANIFEST,
    )
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    return Image(name, layout, sum(layer.uncompressed for layer in layers))


def _debian() -> _Layer:
    """A root file system by debootstrap, or else this machine's own package database and documentation."""
    try:
        return _layer("debian", _bootstrap_debian)
    except Unavailable as reason:
        print(f"no Debian minimal system ({reason}); using this machine's package database")
        return _layer("own-debian", _copy_debian)


def _bootstrap_debian(root: Path) -> None:
    if shutil.which("debootstrap") is None:
        raise Unavailable("debootstrap is not installed")
    command = ["debootstrap", "--variant=minbase", "bookworm", str(root)]
    ended = subprocess.run(command, capture_output=True, check=False)
    if ended.returncode:
        raise Unavailable("debootstrap did not succeed: it needs root and a Debian mirror")
    for cached in (root / "var/cache/apt/archives").glob("*.deb"):
        cached.unlink()


def _copy_debian(root: Path) -> None:
    if not Path("/var/lib/dpkg/status").exists():
        raise Unavailable("this machine has no Debian package database either")
    for path in ("var/lib/dpkg", "usr/share/doc", "usr/lib/os-release", "usr/bin"):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", f"/{path}", str(target)], check=True)


def _install_python(root: Path) -> None:
    target = root / "opt/venv"
    venv.create(target, with_pip=True, symlinks=True)
    command = [
        str(target / "bin/python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-cache-dir",
        *_PYTHON_PACKAGES.split(),
    ]
    if subprocess.run(command, check=False).returncode:
        raise Unavailable("no Python package index can be reached")


def _install_node(root: Path) -> None:
    if shutil.which("npm") is None:
        raise Unavailable("npm is not installed")
    application = root / "srv/app"
    application.mkdir(parents=True)
    (application / "package.json").write_text('{"name": "bench-app", "version": "1.0.0", "private": true}')
    npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    if subprocess.run(
        [*npm, *_NODE_PACKAGES.split()], cwd=application, check=False, stdout=sys.stderr
    ).returncode:
        raise Unavailable("no npm registry can be reached")


def _install_java(root: Path) -> None:
    if shutil.which("mvn") is None:
        raise Unavailable("Maven is not installed")
    libraries = root / "srv/app/lib"
    needed = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        for group, name, version in _JAVA_PACKAGES
    )
    project = (
        "<project><modelVersion>4.0.0</modelVersion><groupId>bench</groupId><artifactId>app</artifactId>"
        f"<version>1.0</version><dependencies>{needed}</dependencies></project>"
    )
    with tempfile.TemporaryDirectory(prefix="bench-java-") as folder:
        (Path(folder) / "pom.xml").write_text(project)
        maven = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={libraries}"]
        if subprocess.run(maven, cwd=folder, check=False, stdout=sys.stderr).returncode:
            raise Unavailable("no Maven repository can be reached")
    with zipfile.ZipFile(root / "srv/app/shop.war", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
        for library in sorted(libraries.iterdir()):
            archive.write(library, f"WEB-INF/lib/{library.name}")


def _write_app(root: Path) -> None:
    target = root / "srv/app"
    target.mkdir(parents=True)
    for number in range(200):
        (target / f"module_{number}.py").write_text(f"VALUE = {number}\n" * 50)


def _copy_machine(root: Path) -> None:
    """Files of this machine until there are enough, in an order that is always the same."""
    left = LARGE_BYTES - _debian().uncompressed
    for source in LARGE_SOURCES:
        for path in sorted(Path(source).rglob("*")):
            if left <= 0:
                return
            if path.is_symlink() or not path.is_file():
                continue
            target = root / path.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            left -= path.stat().st_size
