"""Real clients push to and pull from a real server, signed in with a token."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.oci.digest import Digest
from tests.support.distribution import ADMIN, ROBOT, Registry, disk_registry, serving
from tests.support.engines import private_docker, sleeping_root
from tests.support.layouts import two_platforms
from tests.support.programs import run

pytestmark = pytest.mark.peer

LOGIN = ":".join(ROBOT)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    registry = disk_registry(tmp_path_factory.mktemp("registry"))
    yield registry
    registry.close()


@pytest.fixture(scope="module")
def address(registry: Registry) -> Iterator[str]:
    with serving(registry.app) as address:
        yield address


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """An OCI layout of one index with two platforms, written by hand."""
    return two_platforms(tmp_path / "layout")


def test_skopeo_copies_all_platforms_there_and_back(address: str, layout: Path, tmp_path: Path) -> None:
    remote = f"docker://{address}/team/skopeo:v1"
    run(
        "skopeo", "copy", "--all", "--dest-tls-verify=false", "--dest-creds", LOGIN,
        f"oci:{layout}:v1", remote,
    )  # fmt: skip
    back = tmp_path / "back"
    run("skopeo", "copy", "--all", "--src-tls-verify=false", "--src-creds", LOGIN, remote, f"oci:{back}:v1")
    pushed, pulled = (sorted(path.name for path in (at / "blobs/sha256").iterdir()) for at in (layout, back))
    assert pulled == pushed
    for name in pulled:
        assert Digest.of((back / "blobs/sha256" / name).read_bytes()).hex == name


def test_skopeo_mounts_lists_inspects_and_deletes(address: str, layout: Path, registry: Registry) -> None:
    creds = ("--src-tls-verify=false", "--src-creds", LOGIN, "--dest-tls-verify=false", "--dest-creds", LOGIN)
    first, second = (f"docker://{address}/team/skopeo-{name}:v1" for name in ("first", "second"))
    run("skopeo", "copy", *creds[3:], f"oci:{layout}:v1", first)
    run("skopeo", "copy", *creds, first, second)
    run("skopeo", "copy", *creds, first, second.replace(":v1", ":v2"))
    tags = run("skopeo", "list-tags", "--tls-verify=false", "--creds", LOGIN, second.removesuffix(":v1"))
    assert json.loads(tags)["Tags"] == ["v1", "v2"]
    shown = json.loads(run("skopeo", "inspect", "--tls-verify=false", "--creds", LOGIN, second))
    assert shown["Architecture"] == "amd64"
    with registry.records.read() as kept:
        pushed = kept.registry.tag("team/skopeo-second", "v1")
    assert pushed is not None
    assert shown["Digest"] == str(pushed.digest)


def test_skopeo_without_rights_is_told_so(address: str, layout: Path) -> None:
    if shutil.which("skopeo") is None:
        pytest.skip("skopeo is not installed")
    for login in (LOGIN, f"{ROBOT[0]}:wrong"):
        done = subprocess.run(
            ["skopeo", "copy", "--dest-tls-verify=false", "--dest-creds", login, f"oci:{layout}:v1",
             f"docker://{address}/other/app:v1"],
            check=False, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode != 0
        assert "denied" in done.stderr or "unauthorized" in done.stderr or "invalid username" in done.stderr


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Arguments and environment that keep podman and buildah to folders of their own."""
    with tempfile.TemporaryDirectory(prefix="run") as short:  # Podman wants its run root under 50 characters
        arguments = ["--root", str(tmp_path / "root"), "--runroot", short, "--storage-driver", "vfs"]
        (tmp_path / "auth.json").write_text("{}")
        yield arguments, {"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json"), "HOME": str(tmp_path)}


def test_buildah_pushes_what_it_built_and_pulls_it_back(
    address: str, tmp_path: Path, storage: tuple[list[str], dict[str, str]]
) -> None:
    where, env = storage
    (tmp_path / "greeting").write_text("hello")
    working = run("buildah", *where, "from", "scratch", env=env).strip()
    run("buildah", *where, "copy", working, str(tmp_path / "greeting"), "/greeting", env=env)
    run("buildah", *where, "commit", working, "greeting:v1", env=env)
    remote = f"docker://{address}/team/buildah:v1"
    for form in ("oci", "v2s2"):
        run(
            "buildah", *where, "push", "--tls-verify=false", "--creds", LOGIN, "--format", form,
            "greeting:v1", remote, env=env,
        )  # fmt: skip
        run("buildah", *where, "rmi", "--all", "--force", env=env)
        pulled = run("buildah", *where, "pull", "--tls-verify=false", "--creds", LOGIN, remote, env=env)
        run("buildah", *where, "tag", pulled.strip(), "greeting:v1", env=env)


def test_podman_signs_in_pushes_and_pulls(
    address: str, layout: Path, storage: tuple[list[str], dict[str, str]]
) -> None:
    where, env = storage
    podman = (*where, "--cgroup-manager", "cgroupfs")
    name = f"{address}/team/podman:v1"
    run("podman", *podman, "login", "--tls-verify=false", "-u", ROBOT[0], "-p", ROBOT[1], address, env=env)
    run("podman", *podman, "pull", f"oci:{layout}:v1", env=env)
    image = run("podman", *podman, "images", "-q", env=env).split()[0]
    run("podman", *podman, "tag", image, name, env=env)
    run("podman", *podman, "push", "--tls-verify=false", name, env=env)
    run("podman", *podman, "rmi", "--all", "--force", env=env)
    assert run("podman", *podman, "pull", "--tls-verify=false", name, env=env).strip() == (
        run("podman", *podman, "image", "inspect", "-f", "{{.Id}}", name, env=env).strip()
    )


def test_skopeo_signs_in_with_a_personal_token(
    address: str, layout: Path, registry: Registry, tmp_path: Path
) -> None:
    token, kept = registry.personal_token(ADMIN[0]), str(tmp_path / "auth.json")
    run("skopeo", "login", "--tls-verify=false", "--authfile", kept, "-u", ADMIN[0], "-p", token, address)
    remote = f"docker://{address}/team/personal:v1"
    run("skopeo", "copy", "--dest-tls-verify=false", "--authfile", kept, f"oci:{layout}:v1", remote)
    with registry.records.read() as records:
        assert records.registry.tag("team/personal", "v1") is not None


def test_docker_signs_in_pushes_and_pulls(address: str, registry: Registry, tmp_path: Path) -> None:
    # containerd's socket lies deep below the folder, and a socket's path has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="dkr") as short, private_docker(Path(short)) as url:
        env = {"DOCKER_HOST": url, "DOCKER_CONFIG": str(tmp_path / "config"), "DOCKER_API_VERSION": "1.41"}
        root = tmp_path / "root.tar"
        root.write_bytes(sleeping_root())
        name = f"{address}/team/docker"
        run("docker", "import", str(root), f"{name}:v1", env=env)
        denied = subprocess.run(
            ["docker", "push", f"{name}:v1"],
            check=False, capture_output=True, text=True, timeout=60, env=os.environ | env,
        )  # fmt: skip
        assert denied.returncode != 0
        run("docker", "login", "-u", ROBOT[0], "-p", ROBOT[1], address, env=env)
        pushed = run("docker", "push", f"{name}:v1", env=env)
        token = registry.personal_token(ADMIN[0])
        run("docker", "login", "-u", ADMIN[0], "-p", token, address, env=env)  # from here on
        run("docker", "tag", f"{name}:v1", f"{address}/team/docker-too:v1", env=env)
        assert "Mounted from team/docker" in run("docker", "push", f"{address}/team/docker-too:v1", env=env)
        identity = run("docker", "image", "inspect", "-f", "{{.Id}}", f"{name}:v1", env=env)
        run("docker", "image", "prune", "--all", "--force", env=env)
        run("docker", "rmi", "--force", identity.strip(), env=env)
        digest = pushed.split("digest: ")[1].split()[0]
        for reference in (f"{name}:v1", f"{name}@{digest}"):
            run("docker", "pull", reference, env=env)
            assert run("docker", "image", "inspect", "-f", "{{.Id}}", reference, env=env) == identity
