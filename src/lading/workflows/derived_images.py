"""Pushing images that are made from others without a build: their parts, and a tag of their own.

A tag of its own by pattern: ``1.4.2`` stays where it is, and ``1.4.2-r1`` is new, then ``1.4.2-r2``.
"""

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lading.foundation import strict_json
from lading.foundation.errors import Conflict
from lading.oci.config import MAX_CONFIG_BYTES
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.oci.index_entries import sort_entries
from lading.oci.manifest import Index, Manifest, parse_manifest
from lading.ports.records.record_set import RecordSet
from lading.ports.records.registry import StoredManifest
from lading.registry.caller import Caller
from lading.workflows.attach_claim import push_bytes, push_several
from lading.workflows.push_manifest import ManifestUpload, push_manifest
from lading.workflows.push_together import together
from lading.workflows.sign_image import MadeClaim, SigningPorts, make_attestation, make_signature

MAX_PLATFORMS = 50
_TRIES = 5  # to take a tag that others take at the same moment
_SUFFIX = re.compile(r"-r(\d{1,6})\Z")


@dataclass(frozen=True, slots=True)
class MadeImage:
    """An image for one platform that is made and not pushed yet, with the small blobs that it brings."""

    raw: bytes
    blobs: tuple[bytes, ...]
    listed: Platform | None  # as the index says

    @property
    def media_type(self) -> str:
        """Of the manifest."""
        return parse_manifest(self.raw).media_type


@dataclass(frozen=True, slots=True)
class RebaseWork:
    """One image under way."""

    signing: SigningPorts
    caller: Caller
    repository: str
    now: datetime

    def push(self, raw: bytes, tag: str) -> Digest:
        """Push a manifest or index, under a tag that must not be there yet."""
        push, digest = self.signing.push, Digest.of(raw)
        expected: dict[str, Digest | None] = {tag: None} if tag else {}
        upload = ManifestUpload(self.repository, digest, tuple(expected), "", raw, expected)
        push_manifest(
            push.records, self.caller, upload, self.now, limits=push.limits, on_pushed=push.on_pushed
        )
        return digest

    def at_once(self, push: Callable[["RebaseWork"], str]) -> str:
        """Do all of it in one transaction. Where others take the tag at the same moment, do it over."""
        for attempt in range(_TRIES):
            try:
                with together(self.signing.push) as ports:
                    return push(replace(self, signing=replace(self.signing, push=ports)))
            except Conflict as error:
                if error.code != "tag-moved" or attempt == _TRIES - 1:
                    raise
        raise AssertionError("the last try returns or raises")

    def link(self, blobs: Mapping[Digest, int]) -> None:
        """Let blobs of this registry, with their sizes, be pulled from the repository."""
        with self.signing.push.records.write() as kept:
            kept.registry.link_blobs(self.repository, blobs, at=self.now)

    def push_images(self, images: Sequence[MadeImage], index: bytes, tag: str) -> None:
        """Push the images, and the index over them where there is one; the tag is of the whole."""
        contents = [content for image in images for content in image.blobs]
        push_several(self.signing.push, self.caller, self.repository, contents, self.now)
        for image in images:
            self.push(image.raw, "" if index else tag)
        if index:
            self.push(index, tag)

    def made(self, raw: bytes) -> StoredManifest:
        """A manifest that is about to be pushed, as it will be stored."""
        manifest = parse_manifest(raw)
        return StoredManifest(
            repository=self.repository,
            digest=Digest.of(raw),
            media_type=manifest.media_type,
            raw=raw,
            kind="index" if isinstance(manifest, Index) else "image",
            subject=None,
            artifact_type=manifest.artifact_type,
            annotations=manifest.annotations,
            pushed_at=self.now,
            pushed_by=str(self.caller.principal),
        )

    def vouch(self, image: StoredManifest, predicate_type: str, predicate: bytes) -> tuple[MadeClaim, ...]:
        """Attest and sign what is about to be pushed: keys may be far away, and no transaction waits."""
        attestation = make_attestation(
            self.signing,
            self.caller,
            image,
            self.now,
            predicate_type=predicate_type,
            predicate=predicate,
        )
        return attestation, make_signature(self.signing, self.caller, image, self.now)

    def push_blob(self, content: bytes) -> None:
        """Push a config, or a small layer."""
        push_bytes(self.signing.push, self.caller, self.repository, content, self.now)

    def read_config(self, digest: Digest) -> dict[str, Any]:
        """The config of an image that is here."""
        with contextlib.closing(self.signing.push.blobs.read(digest, stop=MAX_CONFIG_BYTES + 1)) as stream:
            raw = b"".join(stream)
        return strict_json.decode_object(raw, what="image config", max_bytes=MAX_CONFIG_BYTES)

    def free_tag(self, stored: StoredManifest, wanted: str) -> str:
        """The tag for what is made from an image; raises Conflict ``tag-taken``."""
        with self.signing.push.records.read() as kept:
            tags = kept.registry.tags_of(self.repository, stored.digest)
            own = [tag for tag in tags if not tag.startswith("sha256-")]
            stem = next_tag(own, (), stored.digest).rpartition("-r")[0]
            near = kept.registry.tags(self.repository, after=f"{stem}-", limit=1_000).items
            taken = [each.name for each in near if each.name.startswith(f"{stem}-r")]
            tag = wanted or next_tag(own, taken, stored.digest)
            standing = kept.registry.tag(self.repository, tag)
        if standing is not None:
            raise Conflict(
                "tag-taken",
                f"the tag {tag} of {self.repository} is there already",
                hint="choose another by --tag",
            )
        return tag


def next_tag(tags: Sequence[str], taken: Sequence[str], image: Digest) -> str:
    """``1.4.2`` → ``1.4.2-r1`` → ``1.4.2-r2``; an image without a tag is named by its digest."""
    stem = min(tags, key=lambda tag: (bool(_SUFFIX.search(tag)), tag), default=f"rebased-{image.short}")
    stem = _SUFFIX.sub("", stem)
    numbers = [
        int(found[1]) for tag in taken if (found := _SUFFIX.search(tag)) and tag == f"{stem}{found[0]}"
    ]
    return f"{stem}-r{max(numbers, default=0) + 1}"


def images_of(kept: RecordSet, repository: str, digest: Digest) -> list[tuple[Digest, Manifest, str]]:
    """The images behind a digest, with the platform of each as its own config says."""
    stored = kept.registry.manifest(repository, digest)
    if stored is None:
        return []
    content = parse_manifest(stored.raw, stored.media_type)
    if isinstance(content, Index):
        listed = [entry.digest for entry in sort_entries(content).platforms[:MAX_PLATFORMS]]
    else:
        listed = [digest]
    found: list[tuple[Digest, Manifest, str]] = []
    for each in listed:
        child = kept.registry.manifest(repository, each)
        manifest = parse_manifest(child.raw, child.media_type) if child is not None else None
        image = kept.contents.image(each)
        if isinstance(manifest, Manifest):
            found.append((each, manifest, str(image.platform) if image is not None else ""))
    return found
