"""Give a repository a blob that another one has, without sending it again.

The caller must be able to pull the blob from some repository already: otherwise guessing a digest would be a
way to read what one may not read. Where that is not so, nothing is said and the blob is uploaded as usual.
"""

from datetime import datetime

from lading.access.verbs import Verb
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller


def mount_blob(
    records: Records,
    blobs: BlobStore,
    caller: Caller,
    repository: str,
    digest: Digest,
    *,
    source: str | None,
    now: datetime,
) -> int | None:
    """Link the blob and return its size, or return None where it must be uploaded.

    ``source`` is the repository to take it from; None takes it from any that the caller may pull from
    (distribution-spec v1.1, "Mounting a blob from another repository").
    """
    caller.require(Verb.PUSH, repository)
    if blobs.stat(digest) is None:
        return None
    with records.read() as kept:
        candidates = kept.registry.repositories_with_blob(digest) if source is None else (source,)
        found = None
        for candidate in candidates:
            if caller.may(Verb.PULL, candidate):
                found = kept.registry.blob(candidate, digest)
            if found is not None:
                break
    if found is None:
        return None
    mounted = caller.did(
        "blob.mount", f"{repository}@{digest}", now, source=found.repository, size=found.size
    )
    with records.write() as kept:
        if kept.registry.blob(found.repository, digest) is None:  # it went away since we looked
            return None
        kept.registry.ensure_repository(repository, at=now, by=str(caller.principal))
        kept.registry.link_blob(repository, digest, found.size, at=now)
        kept.audit.append(mounted)
    return found.size
