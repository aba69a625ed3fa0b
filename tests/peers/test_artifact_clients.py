"""crane, oras, regctl and helm push and pull images, charts and other artifacts, signed in with a token."""

import base64
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lading.oci.digest import Digest
from tests.support.distribution import ADMIN, ROBOT, Registry, disk_registry, serving
from tests.support.engines import private_containerd
from tests.support.layouts import as_buildkit, two_platforms
from tests.support.programs import run

pytestmark = pytest.mark.peer


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
def home(tmp_path: Path) -> dict[str, str]:
    """An environment in which clients keep to a folder of their own."""
    folder = tmp_path / "home"
    folder.mkdir()
    return {"HOME": str(folder), "DOCKER_CONFIG": str(folder / ".docker"), "XDG_CONFIG_HOME": str(folder)}


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "blobs" / "sha256").iterdir()}


def test_crane_pushes_copies_lists_and_deletes(address: str, home: dict[str, str], tmp_path: Path) -> None:
    layout = as_buildkit(tmp_path / "layout")
    name = f"{address}/team/crane"
    run("crane", "auth", "login", address, "-u", ROBOT[0], "-p", ROBOT[1], env=home)
    run("crane", "push", str(layout), f"{name}:v1", env=home)
    digest = run("crane", "digest", f"{name}:v1", env=home).strip()
    run("crane", "copy", f"{name}:v1", f"{address}/team/crane-copy:v1", env=home)
    assert run("crane", "digest", f"{address}/team/crane-copy:v1", env=home).strip() == digest
    run("crane", "tag", f"{name}@{digest}", "v2", env=home)
    assert run("crane", "ls", name, env=home).split() == ["v1", "v2"]
    run("crane", "pull", "--format", "oci", f"{name}:v1", str(tmp_path / "back"), env=home)
    assert content_of(tmp_path / "back") == content_of(layout)
    run("crane", "validate", "--platform", "linux/arm64", "--remote", f"{name}:v1", env=home)
    config = json.loads(run("crane", "config", "--platform", "linux/arm64", f"{name}:v1", env=home))
    assert config["architecture"] == "arm64"


def test_pulls_side_by_side_get_the_same_bytes(address: str, home: dict[str, str], tmp_path: Path) -> None:
    layout = two_platforms(tmp_path / "layout")
    name = f"{address}/team/parallel:v1"
    run("crane", "auth", "login", address, "-u", ROBOT[0], "-p", ROBOT[1], env=home)
    run("crane", "push", str(layout), name, env=home)

    def pull(number: int) -> dict[str, bytes]:
        folder = tmp_path / f"pulled-{number}"
        run("crane", "pull", "--format", "oci", name, str(folder), env=home)
        return content_of(folder)

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(pull, range(6))) == [content_of(layout)] * 6


def test_oras_pushes_artifacts_attaches_discovers_and_pulls(
    address: str, home: dict[str, str], tmp_path: Path
) -> None:
    name = f"{address}/team/oras"
    (tmp_path / "model.bin").write_bytes(b"weights")
    (tmp_path / "sbom.json").write_text("{}")
    plain = ("--plain-http",)
    run("oras", "login", *plain, "-u", ROBOT[0], "-p", ROBOT[1], address, env=home)
    push = ("push", *plain, "--artifact-type", "application/x.model", f"{name}:v1")
    run("oras", *push, "model.bin:application/x.weights", env=home, cwd=tmp_path)
    attach = ("attach", *plain, "--artifact-type", "application/x.sbom", f"{name}:v1")
    run("oras", *attach, "sbom.json:application/json", env=home, cwd=tmp_path)
    found = json.loads(run("oras", "discover", *plain, "--format", "json", f"{name}:v1", env=home))
    assert "application/x.sbom" in json.dumps(found)
    back = tmp_path / "back"
    run("oras", "pull", *plain, "-o", str(back), f"{name}:v1", env=home)
    assert (back / "model.bin").read_bytes() == b"weights"
    copy = ("copy", "--from-plain-http", "--to-plain-http", "--recursive", f"{name}:v1")
    run("oras", *copy, f"{address}/team/oras-copy:v1", env=home)
    listed = run("oras", "repo", "tags", *plain, f"{address}/team/oras-copy", env=home)
    assert listed.split() == ["v1"]


def test_regctl_copies_with_referrers_in_chunks_and_deletes(
    address: str, home: dict[str, str], tmp_path: Path
) -> None:
    layout = as_buildkit(tmp_path / "layout")
    name = f"{address}/team/regctl"
    setup = ("registry", "set", address, "--tls", "disabled", "--blob-chunk", "1000", "--blob-max", "1000")
    run("regctl", *setup, env=home)
    run("regctl", "registry", "login", address, "-u", ADMIN[0], "-p", ADMIN[1], env=home)
    run("regctl", "image", "copy", f"ocidir://{layout}:v1", f"{name}:v1", env=home)
    digest = run("regctl", "image", "digest", f"{name}:v1", env=home).strip()
    large = (bytes(range(256)) * 40)[:-7]
    (tmp_path / "large").write_bytes(large)
    put = ("artifact", "put", "--artifact-type", "application/x.large", "--subject", f"{name}:v1")
    run("regctl", *put, "-f", str(tmp_path / "large"), env=home)
    copied = f"{address}/team/regctl-copy:v1"
    run("regctl", "image", "copy", "--referrers", f"{name}:v1", copied, env=home)
    listed = run("regctl", "artifact", "list", copied, "--format", "{{jsonPretty .}}", env=home)
    assert "application/x.large" in listed
    got = run("regctl", "blob", "head", name, str(Digest.of(large)), env=home)
    assert str(len(large)) in got
    run("regctl", "image", "copy", f"{name}:v1", f"{name}:v2", env=home)
    run("regctl", "tag", "delete", f"{name}:v1", env=home)
    assert run("regctl", "tag", "ls", name, env=home).split() == ["v2"]
    assert run("regctl", "image", "digest", f"{name}:v2", env=home).strip() == digest


def test_helm_pushes_a_chart_shows_and_pulls_it(address: str, home: dict[str, str], tmp_path: Path) -> None:
    chart = tmp_path / "greeter"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: greeter\nversion: 0.1.0+one\n")
    (chart / "templates" / "pod.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: greeter}\n")
    # Signing in over plain HTTP has a flag only from Helm 3.18 on; the file is what it writes.
    entry = {"auth": base64.b64encode(":".join(ROBOT).encode()).decode()}
    config = tmp_path / "registry.json"
    config.write_text(json.dumps({"auths": {address: entry}}))
    home["HELM_REGISTRY_CONFIG"] = str(config)
    run("helm", "package", str(chart), "-d", str(tmp_path), env=home)
    package = tmp_path / "greeter-0.1.0+one.tgz"
    run("helm", "push", "--plain-http", str(package), f"oci://{address}/team/charts", env=home)
    where = ("--plain-http", f"oci://{address}/team/charts/greeter", "--version", "0.1.0+one")
    assert "name: greeter" in run("helm", "show", "chart", *where, env=home)
    (tmp_path / "back").mkdir()
    run("helm", "pull", *where, "-d", str(tmp_path / "back"), env=home)
    assert (tmp_path / "back" / package.name).read_bytes() == package.read_bytes()
    assert "kind: Pod" in run("helm", "template", "release", *where, env=home)


def test_containerd_pulls_for_its_platform_and_pushes(
    address: str, home: dict[str, str], tmp_path: Path
) -> None:
    layout = as_buildkit(tmp_path / "layout")
    login = ":".join(ROBOT)
    remote = f"docker://{address}/team/containerd:v1"
    run(
        "skopeo",
        "copy",
        "--all",
        "--dest-tls-verify=false",
        "--dest-creds",
        login,
        f"oci:{layout}:v1",
        remote,
    )
    with private_containerd() as socket:
        ctr = ("--address", str(socket), "images")
        name = f"{address}/team/containerd"
        pull = ("pull", "--plain-http", "--user", login, "--snapshotter", "native")
        run("ctr", *ctr, *pull, f"{name}:v1", env=home)
        assert re.search(rf"{re.escape(name)}:v1 .*index", run("ctr", *ctr, "ls", env=home))
        fetch = ("content", "fetch", "--plain-http", "--user", login, "--all-platforms")
        run("ctr", *ctr[:2], *fetch, f"{name}:v1", env=home)
        run("ctr", *ctr, "tag", f"{name}:v1", f"{name}-back:v1", env=home)
        run("ctr", *ctr, "push", "--plain-http", "--user", login, f"{name}-back:v1", env=home)
    copies = (f"--src-creds={login}", "--src-tls-verify=false", "--all")
    run("skopeo", "copy", *copies, f"docker://{name}-back:v1", f"oci:{tmp_path / 'back'}:v1")
    assert content_of(tmp_path / "back") == content_of(layout)
