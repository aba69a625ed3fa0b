"""Every place that an image may lie in gives the same packages, and what is broken is said to be."""

import json
import os
import shutil
import sqlite3
import tarfile
from pathlib import Path

import pytest

from lading.adapters.sql.engine import open_sqlite
from lading.bootstrap.scanning import Engines, open_scan_records, open_source, scan
from lading.foundation.errors import Conflict, LadingError
from lading.oci.descriptor import Platform
from lading.ports.image_source import SourceKind
from lading.workflows.scan_image import ScannedImage
from tests.support.scan_sources import write_folder, write_layout, write_saved

AMD64 = Platform("linux", "amd64")
NO_ENGINES = Engines("", "")


def scanned(source: str | Path, platform: Platform = AMD64) -> ScannedImage:
    with open_scan_records(None) as records, open_source(str(source), platform, NO_ENGINES) as opened:
        return scan(records, opened)


def found(done: ScannedImage) -> tuple[list[str], set[str], list[str]]:
    packages = [f"{each.package.name} {each.package.version}" for each in done.contents.packages]
    secrets = [each.secret.path for each in done.contents.secrets]
    return packages, {each.match.flaw for each in done.findings}, secrets


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], set[str], list[str]]:
    said = found(scanned(write_layout(tmp_path_factory.mktemp("layout") / "image")))
    assert said[0] == ["bash 4.2-0", "libc6 2.36-9"]
    assert "CVE-2014-6271" in said[1]
    assert said[2] == ["root/.ssh/id_rsa"]
    return said


Expected = tuple[list[str], set[str], list[str]]


def test_a_saved_archive_says_the_same_as_a_layout(tmp_path: Path, expected: Expected) -> None:
    done = scanned(write_saved(tmp_path / "saved.tar"))
    assert done.source.kind is SourceKind.DOCKER_ARCHIVE
    assert done.image.user == "1000"
    assert [layer.step for layer in done.image.layers] == ["RUN step 0", "RUN step 1"]
    assert found(done) == expected


def test_a_layout_in_an_archive_says_the_same(tmp_path: Path, expected: Expected) -> None:
    layout = write_layout(tmp_path / "layout")
    for mode in ("w", "w:gz"):
        with tarfile.open(tmp_path / "image.tar", mode) as archive:
            archive.add(layout, ".")
        assert found(scanned(tmp_path / "image.tar")) == expected


def test_a_folder_says_the_same_and_is_the_same_layer_each_time(tmp_path: Path, expected: Expected) -> None:
    first = scanned(write_folder(tmp_path / "one"))
    second = scanned(write_folder(tmp_path / "two"))
    assert first.source.kind is SourceKind.FOLDER
    assert found(first) == expected
    assert first.digest == second.digest


def test_one_file_is_looked_into(tmp_path: Path, expected: Expected) -> None:
    key = write_folder(tmp_path / "root") / "root" / ".ssh" / "id_rsa"
    done = scanned(key)
    assert done.source.kind is SourceKind.FILE
    assert [each.secret.path for each in done.contents.secrets] == ["id_rsa"]
    assert expected[2] == ["root/.ssh/id_rsa"]


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "package.json").write_text('{"name": "secretly", "version": "1.0.0"}')
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "node_modules").symlink_to(outside)
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")
    done = scanned(folder)
    assert done.contents.packages == ()


def test_what_is_known_of_layers_is_kept_between_two_scans(tmp_path: Path) -> None:
    layout = write_layout(tmp_path / "layout")
    for expected_new in (2, 0):
        with open_scan_records(tmp_path / "cache") as records:  # noqa: SIM117 - records outlive the source
            with open_source(str(layout), AMD64, NO_ENGINES) as opened:
                assert scan(records, opened).new_layers == expected_new


def test_an_image_for_another_platform_is_taken_only_where_there_is_no_choice(tmp_path: Path) -> None:
    layout = write_layout(tmp_path / "layout")
    assert scanned(layout, Platform("linux", "arm64")).image.platform.architecture == "amd64"
    index = json.loads((layout / "index.json").read_bytes())
    index["manifests"].append({**index["manifests"][0], "platform": {"os": "linux", "architecture": "s390x"}})
    (layout / "index.json").write_text(json.dumps(index))
    with pytest.raises(LadingError, match="no image for linux/arm64"):
        scanned(layout, Platform("linux", "arm64"))


def test_a_layer_that_has_another_digest_is_not_clean(tmp_path: Path) -> None:
    layout = write_layout(tmp_path / "layout")
    for blob in (layout / "blobs" / "sha256").iterdir():
        if blob.read_bytes()[:2] == b"\x1f\x8b":
            blob.write_bytes(blob.read_bytes()[:-100])
    done = scanned(layout)
    assert len(done.contents.unreadable) == 2
    assert not any(layer.whole for layer in done.layers)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("dir:/no/such/folder", "there is no folder"),
        ("oci:/no/such/layout", "there is no file"),
        ("./nothing-here", "there is no"),
        ("docker:alpine", "no docker listens"),
        ("container:web", "neither Docker nor Podman"),
        ("registry:127.0.0.1:1/app:1", "does not answer"),
        ("registry:UPPER", "not a repository name"),
    ],
)
def test_what_is_not_there_is_said(source: str, says: str) -> None:
    with pytest.raises(LadingError, match=says):
        scanned(source)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda layout: (layout / "index.json").write_text("{"),
        lambda layout: (layout / "index.json").write_text("[]"),
        lambda layout: (layout / "index.json").write_text('{"schemaVersion":2,"manifests":[]}'),
        lambda layout: shutil.rmtree(layout / "blobs"),
    ],
)
def test_a_broken_layout_is_an_error_with_words(tmp_path: Path, break_it: object) -> None:
    layout = write_layout(tmp_path / "layout")
    break_it(layout)  # type: ignore[operator]
    with pytest.raises(LadingError):
        scanned(layout)


def test_an_archive_that_names_what_it_does_not_have_is_an_error(tmp_path: Path) -> None:
    saved = write_saved(tmp_path / "saved.tar")
    with tarfile.open(saved, "a") as archive:
        evil = tmp_path / "manifest.json"
        evil.write_text(json.dumps([{"Config": "../../etc/passwd", "Layers": []}]))
        archive.add(evil, "manifest.json")
    with pytest.raises(LadingError, match="is not in it"):
        scanned(saved)


@pytest.mark.parametrize("content", [b"this is no database" * 100, None])
def test_a_cache_that_cannot_be_used_says_what_to_remove(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "scans.db"
    if content is not None:
        file.write_bytes(content)
    else:  # what a newer version has left
        open_sqlite(file).close()
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
    with pytest.raises(Conflict) as raised, open_scan_records(tmp_path):
        pass
    assert raised.value.code == "scan-cache-unusable"
    assert str(file) in raised.value.hint
