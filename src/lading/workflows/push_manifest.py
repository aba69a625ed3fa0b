"""Push a manifest: the moment in which an image exists.

1. The caller may push to the repository.
2. The document is one unambiguous manifest within the limits, and has the digest that it is pushed under.
3. Where pushes are gated, the policy lets it in. All that it needs is in this repository already.
4. The manifest, its tags and the audit entries are written in one transaction; a tag that a rule stops
   (``registry.tag_rules``) and a quota that is full (``registry.quotas``) stop all of it.
5. Whoever analyses images is told before the client is answered. What they forget in a crash, the records
   still show: an image without an analysis.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from lading.access.verbs import Verb
from lading.foundation.errors import Conflict, LadingError, Malformed, NotFound, OverLimit
from lading.oci.digest import Digest
from lading.oci.manifest import ManifestOrIndex, parse_manifest
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.accessories import subject_of_tag
from lading.registry.caller import Caller
from lading.registry.limits import RegistryLimits
from lading.registry.manifest_needs import needs_of
from lading.registry.tag_rules import NO_TAG_RULES
from lading.workflows.storage_use import check_quotas, held_quotas
from lading.workflows.tag_rules import MovedTag, check_moved_tag

OnManifestPushed = Callable[[str, Digest, str], None]
"""Told of (repository, digest, media type) after a manifest was stored; may be told twice."""


@dataclass(frozen=True, slots=True)
class ManifestUpload:
    """What a client sends: a document, under a digest or under a tag, and more tags for it.

    ``if_tag_at`` names tags that must still be where the client saw them (None: not there) for any of it to
    be done.
    """

    repository: str
    digest: Digest | None  # None where it is pushed under a tag
    tags: tuple[str, ...]
    content_type: str
    raw: bytes
    if_tag_at: Mapping[str, Digest | None] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class PushedManifest:
    """What became of it."""

    digest: Digest
    manifest: ManifestOrIndex


PushGate = Callable[[Caller, ManifestUpload, tuple[Digest, ManifestOrIndex], datetime], None]
"""Raises Forbidden ``gate-denied`` for what the policy does not let in."""


def push_manifest(
    records: Records,
    caller: Caller,
    upload: ManifestUpload,
    now: datetime,
    *,
    limits: RegistryLimits,
    on_pushed: OnManifestPushed,
    gate: PushGate | None = None,
) -> PushedManifest:
    """Store a manifest and move its tags, by the numbered steps above.

    Raises Malformed or OverLimit for the document, Malformed ``digest-mismatch``, NotFound
    ``manifest-blob-unknown`` with the digests that are missing, Forbidden ``tag-name-refused``, OverLimit
    ``quota-exceeded``, and Conflict ``tag-fixed`` or ``tag-moved``.
    """
    # Step 1.
    caller.require(Verb.PUSH, upload.repository)
    # Step 2.
    if len(upload.tags) > limits.tags_of_one_push:
        raise OverLimit(
            "too-many-tags",
            f"a manifest can be pushed with {limits.tags_of_one_push} tags at once",
            details={"limit": limits.tags_of_one_push},
        )
    if len(upload.raw) > limits.manifest_bytes:
        raise OverLimit(
            "manifest-too-large",
            f"the manifest is larger than the {limits.manifest_bytes} bytes allowed",
            details={"limit": limits.manifest_bytes},
        )
    manifest = parse_manifest(upload.raw, upload.content_type)
    digest = Digest.of(upload.raw, upload.digest.algorithm if upload.digest else "sha256")
    if upload.digest is not None and upload.digest != digest:
        raise Malformed("digest-mismatch", f"the manifest has the digest {digest}, not {upload.digest}")
    if gate is not None:
        gate(caller, upload, (digest, manifest), now)
    actor = str(caller.principal)
    with records.write() as kept:
        quotas = held_quotas(kept, caller, upload.repository)
        is_new = bool(quotas) and bool(kept.registry.missing_manifests(upload.repository, (digest,)))
        # Step 3.
        _require_needs(kept, upload.repository, manifest)
        # Step 4.
        kept.registry.ensure_repository(upload.repository, at=now, by=actor)
        kept.registry.save_manifest(upload.repository, digest, manifest, at=now, by=actor)
        if is_new:
            accessory = manifest.subject is not None or any(map(subject_of_tag, upload.tags))
            check_quotas(kept, quotas, upload.repository, small=accessory)
        events = [
            caller.did(
                "manifest.push",
                f"{upload.repository}@{digest}",
                now,
                media_type=manifest.media_type,
                size=len(upload.raw),
                tags=list(upload.tags),
                refers_to=str(manifest.subject.digest) if manifest.subject else "",
            )
        ]
        rules = kept.rules.tag_rules() if upload.tags else NO_TAG_RULES
        for tag in upload.tags:
            before = kept.registry.move_tag(upload.repository, tag, digest, at=now, by=actor)
            check_moved_tag(kept, rules, MovedTag(upload.repository, tag, before, digest, manifest))
            if upload.if_tag_at.get(tag, before) != before:
                raise Conflict("tag-moved", f"the tag {tag} was moved by somebody else", hint="look again")
            if before != digest:
                moved = {"before": str(before) if before else "", "after": str(digest)}
                events.append(caller.did("tag.move", f"{upload.repository}:{tag}", now, **moved))
        for event in events:
            kept.audit.append(event)
    # Step 5.
    on_pushed(upload.repository, digest, manifest.media_type)
    return PushedManifest(digest, manifest)


def _require_needs(kept: RecordSet, repository: str, manifest: ManifestOrIndex) -> None:
    needs = needs_of(manifest)
    missing = [
        *kept.registry.missing_blobs(repository, needs.blobs),
        *kept.registry.missing_manifests(repository, needs.manifests),
        *kept.registry.missing_blobs(repository, kept.registry.missing_manifests(repository, needs.either)),
    ]
    if missing:
        raise _unknown_parts(repository, missing)


def _unknown_parts(repository: str, missing: list[Digest]) -> LadingError:
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return NotFound(
        "manifest-blob-unknown",
        f"the manifest needs {missing[0]}{more}, which repository {repository} does not have",
        hint="push or mount what it is made of first",
        details={"digests": [str(digest) for digest in missing[:100]]},
    )
