"""Attach a signature or an attestation to an image of this registry, so that every client finds it.

1. The content is pushed as a blob.
2. A manifest of its own refers to the image, with a Sigstore bundle where there is one (cosign from version 3
   on): nobody's signature can ever overwrite another's.
3. It is also gathered under the tag where older clients look. That manifest is read, added to and written
   again; if somebody else did the same in between, the tag has moved and this is done over.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from lading.access.verbs import Verb
from lading.foundation.errors import Conflict, NotFound
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest, parse_manifest
from lading.ports.blob_store import BlobStore
from lading.ports.records.record_set import Records
from lading.ports.records.registry import StoredManifest
from lading.registry.caller import Caller
from lading.registry.limits import RegistryLimits
from lading.signing import cosign, sigstore_bundle
from lading.signing.cosign import ArtifactKind
from lading.workflows.claim_blob import Wanted, claim_blob
from lading.workflows.push_blob import link_content
from lading.workflows.push_manifest import ManifestUpload, OnManifestPushed, push_manifest

MAX_TRIES = 200  # signers that may come in between: of those at once, one gets through in each round

Staged: TypeAlias = dict[Digest, bytes]
"""Small blobs that go into the store before the records that link to them are kept."""


@dataclass(frozen=True, slots=True)
class PushPorts:
    """What pushing into the own registry needs. Where there is ``staged``, blobs wait there
    (``push_together``)."""

    records: Records
    blobs: BlobStore
    limits: RegistryLimits
    on_pushed: OnManifestPushed
    staged: Staged | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A Sigstore bundle, and the type of the predicate in it."""

    content: bytes
    predicate_type: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A blob, and the layer descriptor that makes it a signature or an attestation.

    ``bundle`` says the same in the form that refers to the image; where there is none the blob itself does.
    Attestations of the type ``replaces_type`` that are gathered under the tag give way to it.
    """

    kind: ArtifactKind
    content: bytes
    layer: Descriptor
    bundle: Bundle | None = None
    replaces_type: str = ""

    def replaces(self, other: Descriptor) -> bool:
        """Whether a layer that is there gives way to this one."""
        announced = other.annotations.get(cosign.PREDICATE_TYPE_ANNOTATION, "")
        return self.replaces_type != "" and announced == self.replaces_type


@dataclass(frozen=True, slots=True)
class Referrer:
    """A blob, the manifest that refers to the image with it, and the manifest's config."""

    content: bytes
    manifest: bytes
    config: bytes


@dataclass(frozen=True, slots=True)
class AttachedClaim:
    """Where it can be found now."""

    referrer: Digest
    tag: str


def attach_claim(
    ports: PushPorts, caller: Caller, subject: StoredManifest, claim: Claim, now: datetime
) -> AttachedClaim:
    """Attach a claim to an image, by the numbered steps above.

    Raises as pushing does, and Conflict ``signature-tag-taken`` where the tag holds something else.
    """
    repository = subject.repository
    # Steps 1 and 2.
    referrer = _push_referrer(ports, caller, subject, claim, now)
    # Step 3.
    tag = cosign.artifact_tag(subject.digest, claim.kind)
    for _ in range(MAX_TRIES):
        before, layers = _gathered(ports.records, repository, tag, claim.kind)
        kept = [layer for layer in layers if not claim.replaces(layer)]
        merged = cosign.merge_layers(kept, claim.layer)
        if merged == layers:
            break
        config = cosign.build_config(merged)
        push_bytes(ports, caller, repository, config, now)
        upload = ManifestUpload(
            repository, None, (tag,), "", cosign.build_tag_manifest(config, merged), {tag: before}
        )
        try:
            _push(ports, caller, upload, now)
        except Conflict as error:
            if error.code != "tag-moved":
                raise
        else:
            break
    else:
        raise Conflict("tag-busy", f"others keep moving the tag {tag}", hint="try again")
    return AttachedClaim(referrer, tag)


def attach_referrer(
    ports: PushPorts, caller: Caller, subject: StoredManifest, referrer: Referrer, now: datetime
) -> Digest:
    """Attach a blob by a manifest of its own, which can never take the place of anybody else's."""
    push_several(ports, caller, subject.repository, [referrer.content, referrer.config], now)
    digest = Digest.of(referrer.manifest)
    _push(ports, caller, ManifestUpload(subject.repository, digest, (), "", referrer.manifest), now)
    return digest


def _push_referrer(
    ports: PushPorts, caller: Caller, subject: StoredManifest, claim: Claim, now: datetime
) -> Digest:
    described = Descriptor(subject.media_type, subject.digest, len(subject.raw))
    contents = [claim.content]
    if claim.bundle is None:
        config = cosign.build_config([claim.layer])
        raw = cosign.build_referrer_manifest(config, [claim.layer], described, claim.kind)
    else:
        config, content = sigstore_bundle.EMPTY_CONFIG, claim.bundle.content
        contents.append(content)
        raw = sigstore_bundle.build_referrer_manifest(content, described, claim.bundle.predicate_type, now)
    push_several(ports, caller, subject.repository, [*contents, config], now)
    referrer = Digest.of(raw)
    _push(ports, caller, ManifestUpload(subject.repository, referrer, (), "", raw), now)
    return referrer


def push_bytes(ports: PushPorts, caller: Caller, repository: str, content: bytes, now: datetime) -> Digest:
    """Push a small blob in one go, unless the repository has it already."""
    digest = Digest.of(content)
    if ports.staged is not None:
        push_several(ports, caller, repository, [content], now)
        return digest
    with contextlib.suppress(NotFound):
        wanted = Wanted(repository, digest, Verb.PUSH)
        claim_blob(ports.records, caller, wanted, now)
        return digest
    caller.require(Verb.PUSH, repository)
    ports.blobs.put_all({digest: content})
    with ports.records.write() as kept:
        link_content(kept, ports.blobs, caller, repository, {digest: len(content)}, now=now)
    return digest


def push_several(
    ports: PushPorts, caller: Caller, repository: str, contents: Sequence[bytes], now: datetime
) -> None:
    """Push small blobs, unless the repository has them already; at once, where pushes are one transaction."""
    if ports.staged is None:
        for content in contents:
            push_bytes(ports, caller, repository, content, now)
        return
    caller.require(Verb.PUSH, repository)
    named = {Digest.of(content): content for content in contents}
    with ports.records.write() as kept:
        # Those that are here already are held until the block ends, when a manifest lists them.
        missing = kept.registry.missing_blobs(repository, named)
        if missing:
            ports.staged.update({digest: named[digest] for digest in missing})
            sizes = {digest: len(named[digest]) for digest in missing}
            link_content(kept, ports.blobs, caller, repository, sizes, now=now, waits=True)


def _push(ports: PushPorts, caller: Caller, upload: ManifestUpload, now: datetime) -> None:
    push_manifest(ports.records, caller, upload, now, limits=ports.limits, on_pushed=ports.on_pushed)


def _gathered(
    records: Records, repository: str, tag: str, kind: ArtifactKind
) -> tuple[Digest | None, tuple[Descriptor, ...]]:
    """Where the tag points, and what is gathered there."""
    with records.read() as kept:
        found = kept.registry.tag(repository, tag)
        stored = kept.registry.manifest(repository, found.digest) if found is not None else None
    if stored is None:
        return None, ()
    manifest = parse_manifest(stored.raw)
    if not isinstance(manifest, Manifest) or len(cosign.layers_of(manifest, kind)) != len(manifest.layers):
        raise Conflict(
            "signature-tag-taken",
            f"the tag {tag} holds something else than what it is for",
            hint="delete the tag, or give what it points to another one",
        )
    return stored.digest, manifest.layers
