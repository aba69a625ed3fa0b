"""Give a repository a blob that another one has, without sending it again.

1. The caller may push to the repository.
2. The caller must be able to pull the blob from some repository already: otherwise guessing a digest would be
   a way to read what one may not read. A token says what it was asked for, so one that does not speak of the
   source is answered by the scope to ask for, but only where its holder would be granted it.
3. Where nothing of that is so, nothing is said, and the blob is uploaded as usual.
4. The link and its audit entry are one transaction.
"""

from collections.abc import Callable
from datetime import datetime

from lading.access.bindings import Bindings, Resource
from lading.access.decisions import decide
from lading.access.verbs import Verb
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from lading.ports.records.record_set import Records
from lading.ports.records.registry import BlobMembership
from lading.registry.caller import Caller, NeedsScope, TokenRights
from lading.registry.quotas import SMALL
from lading.workflows.rights import current_principal
from lading.workflows.storage_use import check_quotas, held_quotas


def mount_blob(
    records: Records,
    blobs: BlobStore,
    caller: Caller,
    repository: str,
    digest: Digest,
    *,
    source: str | None,
    bindings: Callable[[], Bindings],
    now: datetime,
) -> int | None:
    """Link the blob and return its size, or return None where it must be uploaded.

    ``source`` is the repository to take it from; None takes it from any that the caller may pull from
    (distribution-spec v1.1, "Mounting a blob from another repository"). Raises NeedsScope by rule 2.
    """
    # Step 1.
    caller.require(Verb.PUSH, repository)
    # Step 2.
    places = _places(records, digest, source) if blobs.stat(digest) is not None else ()
    found = next((place for place in places if caller.may(Verb.PULL, place.repository)), None)
    if found is None:
        _ask_for_scope(records, caller, repository, places, bindings=bindings, now=now)
        return None  # step 3
    # Step 4.
    mounted = caller.did(
        "blob.mount", f"{repository}@{digest}", now, source=found.repository, size=found.size
    )
    with records.write() as kept:
        if kept.registry.blob(found.repository, digest) is None:  # it went away since we looked
            return None
        quotas = held_quotas(kept, caller, repository)
        is_new = bool(quotas) and kept.registry.blob(repository, digest) is None
        kept.registry.pass_gate(digest)
        if blobs.stat(digest) is None:  # collected, or found corrupt, since we looked
            return None
        kept.registry.ensure_repository(repository, at=now, by=str(caller.principal))
        kept.registry.link_blob(repository, digest, found.size, at=now)
        if is_new:
            check_quotas(kept, quotas, repository, small=found.size <= SMALL)
        kept.audit.append(mounted)
    return found.size


def _places(records: Records, digest: Digest, source: str | None) -> tuple[BlobMembership, ...]:
    with records.read() as kept:
        candidates = kept.registry.repositories_with_blob(digest) if source is None else (source,)
        found = (kept.registry.blob(candidate, digest) for candidate in candidates)
        return tuple(place for place in found if place is not None)


def _ask_for_scope(
    records: Records,
    caller: Caller,
    repository: str,
    places: tuple[BlobMembership, ...],
    *,
    bindings: Callable[[], Bindings],
    now: datetime,
) -> None:
    if not places or not isinstance(caller.rights, TokenRights):
        return
    held = bindings()
    with records.read() as kept:
        principal = current_principal(kept.people, caller.principal, now)
    if principal is None:
        return
    for place in places:
        if decide(principal, Verb.PULL, Resource(place.repository), held).allowed:
            scope = f"repository:{repository}:pull,push repository:{place.repository}:pull"
            raise NeedsScope(f"pull on repository {place.repository}", scope, caller.principal)
