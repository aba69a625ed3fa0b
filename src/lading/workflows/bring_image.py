"""Bring an image in from an upstream: with all its platforms, and everything that refers to it.

1. A manifest is brought in after what it lists: blobs, then manifests, then itself; an index with every
   platform.
2. Then what refers to it and to each of its platforms: referrers, and the tags where cosign gathers
   signatures, attestations and bills of materials. What refers to a referrer is brought in too, to a depth.
3. All of it goes through ``push_manifest``, in the name of the server: rules on tags, the gate and the
   records are those of any push. The image itself comes last, with its tag.

Doing it again fetches nothing that is here. Nothing is visible under the tag before everything is here.
"""

from dataclasses import dataclass, field

from lading.foundation.errors import OverLimit
from lading.oci.digest import Digest
from lading.oci.manifest import Index, ManifestOrIndex, parse_manifest
from lading.ports.remote_registry import Absent, RemoteManifest, RemoteRegistry, Unanswered
from lading.registry.manifest_needs import needs_of
from lading.workflows.cache_ports import SERVER, CachePorts, Origin, cannot_tell, not_there, note_answer
from lading.workflows.fetch_blob import NobodyWatches, fetch_blob, held_size
from lading.workflows.push_manifest import ManifestUpload, PushGate, push_manifest

MAX_MANIFESTS = 1_000  # of one image with everything that refers to it
_MAX_DEPTH = 4  # index, image, signature, its time stamp
_MAX_REFERRERS = 500  # of one manifest
_GATHERED = (".sig", ".att", ".sbom")


@dataclass(frozen=True, slots=True)
class Bringing:
    """One image under way. ``gate`` is asked as at any push."""

    ports: CachePorts
    origin: Origin
    remote: RemoteRegistry
    gate: PushGate | None
    seen: set[Digest] = field(default_factory=set)

    def fetch(self, reference: str) -> RemoteManifest | None:
        """Get a manifest; None where the upstream has it not. Raises where nobody can tell."""
        answer = self.remote.manifest(self.origin.there, reference)
        note_answer(self.ports, self.origin.upstream.name, self.remote, answer)
        if isinstance(answer, Unanswered):
            raise cannot_tell(self.origin, reference, answer.why, answer.until, self.ports.clock())
        return answer if isinstance(answer, RemoteManifest) else None

    def is_first(self, digest: Digest) -> bool:
        """Whether this is new to this run; raises OverLimit for what has no end."""
        if digest in self.seen:
            return False
        self.seen.add(digest)
        if len(self.seen) > MAX_MANIFESTS:
            raise OverLimit(
                "mirror-image-too-large",
                f"more than {MAX_MANIFESTS} manifests belong to it",
                details={"limit": MAX_MANIFESTS},
            )
        return True


def bring_image(bringing: Bringing, digest: Digest, tag: str) -> int:
    """Bring an image in under a tag, by the numbered steps above; return how many manifests came with it."""
    _bring(bringing, str(digest), (tag,), 0)
    return len(bringing.seen)


def _bring(bringing: Bringing, reference: str, tags: tuple[str, ...], depth: int) -> None:
    fetched = bringing.fetch(reference)
    if fetched is None:
        raise not_there(bringing.origin, "manifest-unknown", f"manifest {reference}", Absent(""))
    _bring_fetched(bringing, fetched, tags, depth)


def _bring_fetched(bringing: Bringing, fetched: RemoteManifest, tags: tuple[str, ...], depth: int) -> None:
    if not bringing.is_first(fetched.digest):
        return
    manifest = parse_manifest(fetched.raw, fetched.media_type)
    # Step 1.
    _bring_content(bringing, manifest)
    if depth < _MAX_DEPTH:
        if isinstance(manifest, Index):
            for child in needs_of(manifest).manifests:
                _bring(bringing, str(child), (), depth + 1)
        # Step 2. What refers to a manifest may come before it.
        _bring_referrers(bringing, fetched.digest, depth)
    _push(bringing, fetched, manifest, tags)


def _bring_referrers(bringing: Bringing, subject: Digest, depth: int) -> None:
    origin = bringing.origin
    referrers = bringing.remote.referrers(origin.there, subject, limit=_MAX_REFERRERS)
    if isinstance(referrers, Unanswered):
        what = f"what refers to {subject}"
        raise cannot_tell(origin, what, referrers.why, referrers.until, bringing.ports.clock())
    for referrer in referrers:
        _bring(bringing, str(referrer.digest), (), depth + 1)
    for suffix in _GATHERED:
        tag = f"{subject.algorithm}-{subject.hex}{suffix}"
        gathered = bringing.fetch(tag)
        if gathered is not None:
            _bring_fetched(bringing, gathered, (tag,), depth + 1)


def _bring_content(bringing: Bringing, manifest: ManifestOrIndex) -> None:
    for blob in needs_of(manifest).blobs:
        if held_size(bringing.ports, bringing.origin.repository, blob) is None:
            fetch_blob(bringing.ports, bringing.origin, blob, NobodyWatches())


def _push(
    bringing: Bringing, fetched: RemoteManifest, manifest: ManifestOrIndex, tags: tuple[str, ...]
) -> None:
    """Step 3."""
    upload = ManifestUpload(
        bringing.origin.repository, fetched.digest, tags, manifest.media_type, fetched.raw
    )
    push_manifest(
        bringing.ports.records,
        SERVER,
        upload,
        bringing.ports.clock(),
        limits=bringing.ports.limits,
        on_pushed=bringing.ports.on_pushed,
        gate=bringing.gate,
    )
