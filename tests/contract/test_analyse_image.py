"""Whole images through analysis into the records, over every adapter of them."""

import hashlib
import json

from lading.adapters.analyser_in_process import InProcessAnalyser
from lading.adapters.blobs_memory import MemoryBlobs
from lading.adapters.sql.engine import SqlRecords
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest, parse_manifest
from lading.packages.package import Package
from lading.workflows.analyse_image import AnalysisPorts, analyse_described
from tests.support.analyses import AT
from tests.support.layers import LayerBuilder
from tests.support.stores import put_blob

PACKAGES = "usr/lib/python3/dist-packages"
METADATA = "Metadata-Version: 2.1\nName: requests\nVersion: 2.28.1\n\n"
DESCRIBED = f"{PACKAGES}/requests-2.28.1.egg-info/PKG-INFO"
OWNER = "deb/python3-requests 2.28.1-1"


def debian() -> bytes:
    """Debian, with a package that ships one of Python's."""
    files = {DESCRIBED: METADATA, f"{PACKAGES}/requests/api.py": "api"}
    digests = "".join(f"{hashlib.md5(text.encode()).hexdigest()}  {path}\n" for path, text in files.items())
    builder = (
        LayerBuilder()
        .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
        .file("var/lib/dpkg/status", "Package: python3-requests\nVersion: 2.28.1-1\nSource: requests\n\n")
        .file("var/lib/dpkg/info/python3-requests.list", "".join(f"/{path}\n" for path in files))
        .file("var/lib/dpkg/info/python3-requests.md5sums", digests)
    )
    for path, text in files.items():
        builder.file(path, text)
    return builder.tar()


def analysed(records: SqlRecords, *tars: bytes) -> Digest:
    """Analyse an image of these layers; return its digest."""
    config = json.dumps(
        {
            "os": "linux",
            "architecture": "amd64",
            "rootfs": {"diff_ids": [str(Digest.of(tar)) for tar in tars]},
        }
    ).encode()

    def descriptor(content: bytes, media_type: str) -> dict[str, object]:
        return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content)}

    raw = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": descriptor(config, media_types.OCI_CONFIG),
            "layers": [descriptor(tar, media_types.OCI_LAYER_TAR) for tar in tars],
        }
    ).encode()
    blobs = MemoryBlobs()
    for content in (config, *tars):
        put_blob(blobs, content)
    manifest = parse_manifest(raw, media_types.OCI_MANIFEST)
    assert isinstance(manifest, Manifest)
    analyse_described(AnalysisPorts(records, blobs, InProcessAnalyser(blobs)), Digest.of(raw), manifest, AT)
    return Digest.of(raw)


def requests_in(records: SqlRecords, image: Digest) -> list[Package]:
    with records.read() as kept:
        found = kept.contents.image_packages(image).items
    return [each.package for each in found if each.package.type == "pypi"]


def test_a_file_that_a_later_layer_changes_takes_the_owner_away_in_that_image_alone(
    records: SqlRecords,
) -> None:
    untouched = analysed(records, debian())
    patched = analysed(
        records, debian(), LayerBuilder().file(f"{PACKAGES}/requests/api.py", "older, vulnerable").tar()
    )
    (owned,), (makers,) = requests_in(records, untouched), requests_in(records, patched)
    assert (owned.owner, owned.distro) == (OWNER, "debian-12")
    assert (makers.owner, makers.distro) == ("", "")
    with records.read() as kept:
        inspection = kept.contents.inspection(patched)
        assert inspection is not None
        assert inspection.origins.altered == ("python3-requests",)
        assert [
            each.owner
            for layer in kept.contents.layers_of(patched)
            for source in layer.sources
            for each in source.packages
            if each.type == "pypi"
        ] == [""]


def test_the_order_in_which_images_come_makes_no_difference(records: SqlRecords) -> None:
    stripped = analysed(records, debian(), LayerBuilder().whiteout("var/lib/dpkg").tar())
    untouched = analysed(records, debian())
    again = analysed(records, debian(), LayerBuilder().file("app", "1").tar())
    assert [each.owner for each in requests_in(records, stripped)] == [""]
    assert [each.owner for each in requests_in(records, untouched)] == [OWNER]
    assert [each.owner for each in requests_in(records, again)] == [OWNER]


def test_a_file_that_a_later_layer_deletes_takes_the_owner_away(records: SqlRecords) -> None:
    image = analysed(records, debian(), LayerBuilder().whiteout(f"{PACKAGES}/requests/api.py").tar())
    assert [each.owner for each in requests_in(records, image)] == [""]
