"""Images with packages, in records, without layers."""

from dataclasses import replace

from lading.cataloging.image_contents import combine
from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.ports.records.inventory import Host
from lading.ports.records.record_set import Records
from tests.support import manifests
from tests.support.analyses import ANALYSER, AT, digest, dist_info, image_record, layer, status


def keep_image(
    records: Records, name: str, *packages: Package, repository: str = "", tag: str = ""
) -> Digest:
    """Keep an image whose one layer holds these packages, and push its manifest where one says."""
    system = [package for package in packages if package.distro]
    others = [dist_info(package) for package in packages if not package.distro]
    analysis = layer(name, *([status(*system)] if system else []), *others)
    manifest = manifests.image(name)
    record = replace(image_record(name, [analysis]), manifest=manifests.digest_of(manifest))
    with records.write() as kept:
        kept.contents.save_layer(analysis, {}, blob=digest("blob"))
        kept.contents.save_image(record)
        kept.contents.finish_image(record.manifest, combine([analysis]), analyser=ANALYSER, at=AT)
        if repository:
            kept.registry.save_manifest(repository, record.manifest, manifest, at=AT, by="person:ann")
        if tag:
            kept.registry.move_tag(repository, tag, record.manifest, at=AT, by="person:ann")
    return record.manifest


def run_image(records: Records, manifest: Digest, name: str = "web", host: str = "h1") -> RunningContainer:
    """Let a container run from an image."""
    container = RunningContainer(
        host=host,
        engine="docker",
        id=f"id-{name}",
        name=name,
        image_reference="registry.example/app:v1",
        image_id="sha256:" + "0" * 64,
        manifest_digests=(f"registry.example/app@{manifest}",),
        started_at="2026-03-01T11:00:00Z",
        labels={},
        privileged=False,
        user="",
    )
    with records.write() as kept:
        kept.inventory.report(Host(host, "0.1", AT), [container])
    return container
