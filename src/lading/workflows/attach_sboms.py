"""Make an image's bills of materials, and attach them to it as artifacts that refer to it.

1. Both documents say the same: what was found, where, by which layer, and what could not be read.
2. Their moment is that of the push, so that making them again gives the same bytes and the same digests.
3. They are pushed by the server itself, as everything is pushed: blobs, then a manifest with its subject;
   all of them in one transaction.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.cataloging.analysis import ImageContents
from lading.foundation.errors import NotFound
from lading.oci import media_types
from lading.oci.artifact import EMPTY_CONTENT, artifact_manifest
from lading.oci.config import MAX_CONFIG_BYTES, parse_config
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from lading.ports.records.contents import ImageRecord, SbomDocument
from lading.ports.records.registry import StoredManifest
from lading.registry.caller import BoundRights, Caller
from lading.sbom import cyclonedx, spdx, spdx3
from lading.sbom.document import Sbom
from lading.workflows.attach_claim import PushPorts, push_several
from lading.workflows.describe_image import describe_image
from lading.workflows.push_manifest import ManifestUpload, push_manifest
from lading.workflows.push_together import together
from lading.workflows.why_here import dependencies_in


@dataclass(frozen=True, slots=True)
class SbomFormat:
    """A format that bills of materials are written in."""

    name: str
    media_type: str
    encode: Callable[[Sbom, datetime], bytes]


FORMATS = (
    SbomFormat("cyclonedx-1.6", media_types.CYCLONEDX_JSON, cyclonedx.encode),
    SbomFormat("spdx-2.3", media_types.SPDX_JSON, spdx.encode),
    SbomFormat(spdx3.FORMAT, media_types.SPDX_JSON, spdx3.encode),
)

_SERVER = Caller(SYSTEM, BoundRights(NO_BINDINGS))


def attach_sboms(
    ports: PushPorts,
    repository: str,
    image: ImageRecord,
    contents: ImageContents,
    now: datetime,
    *,
    registry_name: str,
) -> tuple[SbomDocument, ...]:
    """Make and attach one document of each format. Doing it again changes nothing."""
    with ports.records.read() as kept:
        stored = kept.registry.manifest(repository, image.manifest)
    if stored is None:
        raise NotFound("image-unknown", f"{repository}@{image.manifest} was deleted while it was described")
    config = parse_config(_read(ports.blobs, image.config))
    # Step 1.
    with ports.records.read() as kept:
        dependencies = dependencies_in(kept, image, contents)
    sbom = describe_image(f"{registry_name}/{repository}", image.manifest, config, contents, dependencies)
    # Step 2.
    written = [(form, form.encode(sbom, stored.pushed_at)) for form in FORMATS]
    with together(ports) as push:
        blobs = [*(content for _, content in written), EMPTY_CONTENT]
        push_several(push, _SERVER, repository, blobs, now)
        documents = tuple(_attach(push, stored, form, content, now) for form, content in written)
        with push.records.write() as kept:
            for document in documents:
                kept.contents.save_sbom(document)
    return documents


def _attach(
    ports: PushPorts, stored: StoredManifest, form: SbomFormat, content: bytes, now: datetime
) -> SbomDocument:
    # Step 3.
    document = Digest.of(content)
    raw = artifact_manifest(
        form.media_type,
        Descriptor(form.media_type, document, len(content)),
        Descriptor(stored.media_type, stored.digest, len(stored.raw)),
        {"org.opencontainers.image.title": f"{form.name}.json"},
    )
    upload = ManifestUpload(stored.repository, Digest.of(raw), (), media_types.OCI_MANIFEST, raw)
    pushed = push_manifest(
        ports.records, _SERVER, upload, now, limits=ports.limits, on_pushed=ports.on_pushed
    )
    return SbomDocument(stored.digest, form.name, document, pushed.digest, now)


def _read(blobs: BlobStore, digest: Digest) -> bytes:
    with contextlib.closing(blobs.read(digest, stop=MAX_CONFIG_BYTES + 1)) as stream:
        return b"".join(stream)
