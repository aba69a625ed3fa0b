"""Tell who is about to rely on a blob that it is here, so that it stays until they do."""

from dataclasses import dataclass
from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation.errors import NotFound, Upstream
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.registry.collection import claim_is_old
from lading.workflows.pull_blob import blob_damaged


@dataclass(frozen=True, slots=True)
class Wanted:
    """A blob of a repository, and what somebody is about to do with it."""

    repository: str
    digest: Digest
    verb: Verb = Verb.PULL


def claim_blob(records: Records, caller: Caller, wanted: Wanted, now: datetime) -> int:
    """Return the size of a blob of this repository, and claim it (rule C2 of ``registry.collection``).

    What a manifest lists needs no claim: deleting the manifest makes one (C3). So nothing is written unless a
    blob that nobody needs is asked for, and then not often.
    """
    repository, digest = wanted.repository, wanted.digest
    caller.require(wanted.verb, repository)
    with records.read() as kept:
        found = kept.registry.blob(repository, digest)
        if found is None:
            raise _unknown(repository, digest)
        damage = kept.scrubs.damage_of(digest)
        if damage is not None:  # who is told so pushes it again
            raise blob_damaged(damage)
        if not claim_is_old(found.claimed_at, now) or kept.registry.blob_is_listed(repository, digest):
            return found.size
    with records.write() as kept:
        if not kept.registry.claim_blob(repository, digest, at=now):
            raise _unknown(repository, digest)
    return found.size


def require_content(kept: RecordSet, blobs: BlobStore, digest: Digest) -> None:
    """Look whether content is there, and keep it there until the block ends: before it is linked (C5)."""
    kept.registry.pass_gate(digest)
    if blobs.stat(digest) is None:
        raise Upstream(
            "blob-collected",
            f"the blob {digest} was collected at the very moment in which it was to be kept",
            hint="push it again",
        )


def _unknown(repository: str, digest: Digest) -> NotFound:
    return NotFound("blob-unknown", f"repository {repository} has no blob {digest}")
