"""Image manifests, artifact manifests and indexes (OCI image-spec v1.1; Docker manifest v2, schema 2).

The raw bytes stay beside what was read from them: they are what the digest is of.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from lading.foundation import strict_json
from lading.foundation.errors import Malformed
from lading.oci import media_types
from lading.oci.descriptor import Descriptor, parse_annotations, parse_descriptor
from lading.oci.digest import Digest

# What is read as a manifest at all, from here or from elsewhere. What may be pushed is a limit of the
# registry (registry.limits), which no setting raises above this.
MAX_MANIFEST_BYTES = 32 << 20
MAX_ENTRIES = 20_000  # layers of one manifest or manifests of one index


@dataclass(frozen=True, slots=True)
class Manifest:
    """One image for one platform, or an artifact (a signature, an SBOM, a chart …).

    An artifact manifest of the 1.1 release candidates has blobs and no config: they are its ``layers``, and
    its config is the empty one, which nobody had to push.
    """

    raw: bytes
    media_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]
    subject: Descriptor | None
    declared_artifact_type: str
    annotations: Mapping[str, str]

    @property
    def artifact_type(self) -> str:
        """The type that the referrers API shows (distribution-spec v1.1, "Listing Referrers")."""
        return self.declared_artifact_type or self.config.media_type

    @property
    def is_image(self) -> bool:
        """Whether this is a runnable image rather than an artifact that borrows its form."""
        if self.media_type not in media_types.IMAGE_MANIFESTS or self.declared_artifact_type:
            return False
        if self.config.media_type not in media_types.IMAGE_CONFIGS:
            return False
        return all(layer.media_type in media_types.LAYERS for layer in self.layers)

    def iter_blobs(self) -> Iterator[Descriptor]:
        """Every blob that the manifest needs: its config, where it has one, then its layers."""
        if self.media_type in media_types.IMAGE_MANIFESTS:
            yield self.config
        yield from self.layers


@dataclass(frozen=True, slots=True)
class Index:
    """Several manifests under one digest: one for each platform, and their attestations."""

    raw: bytes
    media_type: str
    manifests: tuple[Descriptor, ...]
    subject: Descriptor | None
    declared_artifact_type: str
    annotations: Mapping[str, str]

    @property
    def artifact_type(self) -> str:
        """The type that the referrers API shows; an index has no config to borrow one from."""
        return self.declared_artifact_type


ManifestOrIndex: TypeAlias = Manifest | Index
# Guidance for an empty descriptor (image-spec v1.1, manifest.md).
EMPTY = Descriptor(media_types.OCI_EMPTY, Digest.of(b"{}"), 2)


def parse_manifest(raw: bytes, content_type: str = "") -> ManifestOrIndex:
    """Read a manifest or an index.

    ``content_type`` is what the sender called it; it must agree with the document's own ``mediaType``, so
    that no two readers take the same bytes for different things (CVE-2021-41190). Raises Malformed or
    OverLimit.
    """
    document = strict_json.decode_object(raw, what="manifest", max_bytes=MAX_MANIFEST_BYTES)
    media_type = _media_type(document, media_types.bare(content_type))
    if document.get("schemaVersion") != 2 and media_type in media_types.IMAGE_MANIFESTS | media_types.INDEXES:
        raise Malformed(
            "manifest-invalid",
            "schemaVersion must be 2",
            hint="Docker schema 1 manifests are not accepted; push with a current client",
        )
    subject = document.get("subject")
    artifact_type = document.get("artifactType", "")
    if not isinstance(artifact_type, str):
        raise Malformed("manifest-invalid", "artifactType must be a string")
    parsed_subject = parse_descriptor(subject, "subject") if subject is not None else None
    annotations = parse_annotations(document.get("annotations"), "annotations")
    if media_type == media_types.OCI_ARTIFACT_MANIFEST:
        return _artifact(raw, document, parsed_subject, artifact_type, annotations)
    if media_type not in media_types.IMAGE_MANIFESTS | media_types.INDEXES:
        return _foreign(raw, document, media_type, parsed_subject, annotations)
    if media_type in media_types.INDEXES:
        if "layers" in document or "config" in document:
            raise Malformed("manifest-ambiguous", "an index must not have layers or a config")
        manifests = _descriptors(document, "manifests")
        return Index(raw, media_type, manifests, parsed_subject, artifact_type, annotations)
    if "manifests" in document or "fsLayers" in document:
        raise Malformed("manifest-ambiguous", "an image manifest must not have manifests or fsLayers")
    return Manifest(
        raw=raw,
        media_type=media_type,
        config=parse_descriptor(document.get("config"), "config"),
        layers=_descriptors(document, "layers"),
        subject=parsed_subject,
        declared_artifact_type=artifact_type,
        annotations=annotations,
    )


def _artifact(
    raw: bytes,
    document: Mapping[str, Any],
    subject: Descriptor | None,
    artifact_type: str,
    annotations: Mapping[str, str],
) -> Manifest:
    """Read an artifact manifest (image-spec v1.1.0-rc2, artifact.md)."""
    if not document.keys().isdisjoint({"layers", "config", "manifests", "fsLayers"}):
        raise Malformed("manifest-ambiguous", "an artifact manifest has blobs, and neither config nor layers")
    if not artifact_type:
        raise Malformed("manifest-invalid", "an artifact manifest must name its artifactType")
    blobs = _descriptors(document, "blobs") if document.get("blobs") is not None else ()
    return Manifest(
        raw=raw,
        media_type=media_types.OCI_ARTIFACT_MANIFEST,
        config=EMPTY,
        layers=blobs,
        subject=subject,
        declared_artifact_type=artifact_type,
        annotations=annotations,
    )


def _foreign(
    raw: bytes,
    document: Mapping[str, Any],
    media_type: str,
    subject: Descriptor | None,
    annotations: Mapping[str, str],
) -> ManifestOrIndex:
    """Read a manifest of a type that is not known here, as far as it is like those that are.

    Descriptors under the names that OCI uses are what it needs: they must be here, and are kept while it is.
    What it points to in other ways is not seen, and not kept for it.
    """
    artifact_type = document.get("artifactType") or media_type
    if "manifests" in document:
        if not document.keys().isdisjoint({"layers", "config", "blobs", "fsLayers"}):
            raise Malformed(
                "manifest-ambiguous", "what lists manifests must not have layers, blobs or a config"
            )
        listed = _descriptors(document, "manifests")
        return Index(raw, media_type, listed, subject, artifact_type, annotations)
    if "fsLayers" in document:
        raise Malformed("manifest-ambiguous", "only Docker schema 1 has fsLayers, and it is not accepted")
    config = document.get("config")
    blobs: tuple[Descriptor, ...] = (parse_descriptor(config, "config"),) if config is not None else ()
    for member in ("layers", "blobs"):
        if document.get(member) is not None:
            blobs += _descriptors(document, member)
    return Manifest(raw, media_type, EMPTY, blobs, subject, artifact_type, annotations)


def manifest_descriptor(manifest: ManifestOrIndex, algorithm: str = "sha256") -> Descriptor:
    """Describe a manifest by the digest of its own bytes."""
    return Descriptor(
        media_type=manifest.media_type,
        digest=Digest.of(manifest.raw, algorithm),
        size=len(manifest.raw),
        artifact_type=manifest.artifact_type,
        annotations=manifest.annotations,
    )


def _media_type(document: Mapping[str, Any], content_type: str) -> str:
    declared = document.get("mediaType", "")
    if not isinstance(declared, str):
        raise Malformed("manifest-invalid", "mediaType must be a string")
    if declared and content_type and declared != content_type:
        raise Malformed(
            "manifest-ambiguous",
            f"Content-Type says {content_type!r} and mediaType says {declared[:160]!r}",
        )
    media_type = declared or content_type or _guess(document)
    if media_type in media_types.MANIFESTS | media_types.INDEXES:
        return media_type
    # A type that is not known is stored where the document itself names it: so every reader, also one that
    # has only the bytes, takes them for the same.
    if not declared or not media_types.may_be_manifest(declared):
        raise Malformed(
            "manifest-unknown-type",
            f"{media_type[:160]!r} is not a manifest type that this registry stores",
            hint="push an OCI or Docker manifest or index; another type is JSON (+json), and names itself in "
            "mediaType",
        )
    return media_type


def _guess(document: Mapping[str, Any]) -> str:
    """An OCI document without mediaType (allowed by image-spec v1.0) is told apart by its members."""
    return media_types.OCI_INDEX if "manifests" in document else media_types.OCI_MANIFEST


def _descriptors(document: Mapping[str, Any], member: str) -> tuple[Descriptor, ...]:
    entries = document.get(member)
    if not isinstance(entries, list):
        raise Malformed("manifest-invalid", f"{member} must be a list of descriptors")
    if len(entries) > MAX_ENTRIES:
        raise Malformed("manifest-invalid", f"{member} has more than {MAX_ENTRIES} entries")
    return tuple(parse_descriptor(entry, f"{member}[{at}]") for at, entry in enumerate(entries))
