"""Take damaged content out of sight, and put whole content back. Rules: ``lading.registry.scrub``."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lading.access.principal import SYSTEM
from lading.audit.entry import Event
from lading.foundation.errors import Conflict, LadingError
from lading.foundation.instants import rfc3339
from lading.oci.digest import Digest
from lading.ports.blob_source import BlobSource
from lading.ports.blob_store import BlobStore
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.scrub import Damage, DamageState

_ASKED = 5  # repositories by whose names another registry is asked


@dataclass(frozen=True, slots=True)
class HealPorts:
    """What taking aside and healing need. ``elsewhere`` is another registry that may have the same blobs."""

    records: Records
    blobs: BlobStore
    clock: Callable[[], datetime]
    elsewhere: BlobSource | None = None


def set_aside(ports: HealPorts, digest: Digest, size: int, seen: datetime | None) -> bool:
    """Quarantine content that was stored at ``seen`` (rules 3 and 4); False where it was stored again.

    Both blocks hold the gate of the digest alone: a push that comes meanwhile looks for its content after
    them, and is told to come again should it be gone.
    """
    damage = Damage(digest, DamageState.QUARANTINED, ports.clock(), size)
    with ports.records.write() as kept:
        kept.storage.hold_unlinked((digest,))
        if ports.blobs.stored_at(digest) != seen:
            return False
        _note(kept, "blob.quarantine", damage)
    with ports.records.write() as kept:
        kept.storage.hold_unlinked((digest,))
        if kept.scrubs.damage_of(digest) is not None and ports.blobs.stored_at(digest) == seen:
            ports.blobs.quarantine(digest)
    return True


def note_missing(ports: HealPorts, digest: Digest) -> bool:
    """Note that the store lacks what the records name; False where that is known, or is so no more."""
    with ports.records.write() as kept:
        nobody_has_it = bool(kept.storage.hold_unlinked((digest,)))
        known = kept.scrubs.damage_of(digest) is not None
        if nobody_has_it or known or ports.blobs.stat(digest) is not None:
            return False
        _note(kept, "blob.missing", Damage(digest, DamageState.MISSING, ports.clock(), 0))
    return True


def heal_from_elsewhere(ports: HealPorts, digest: Digest) -> bool:
    """Fetch the blob from another registry under the name of a repository that has it here."""
    if ports.elsewhere is None:
        return False
    with ports.records.read() as kept:
        repositories = kept.registry.repositories_with_blob(digest, limit=_ASKED)
    if any(_fetched(ports.blobs, ports.elsewhere, repository, digest) for repository in repositories):
        return note_whole(ports, digest, by=ports.elsewhere.name)
    return False


def note_whole(ports: HealPorts, digest: Digest, *, by: str) -> bool:
    """Note that a damaged blob is in the store and whole; False where it was not damaged."""
    with ports.records.write() as kept:
        kept.registry.pass_gate(digest)
        if ports.blobs.stat(digest) is None or not kept.scrubs.heal([digest], at=ports.clock(), by=by):
            return False
        kept.audit.append(_did("blob.heal", digest, ports.clock(), by=by))
    return True


def _fetched(blobs: BlobStore, source: BlobSource, repository: str, digest: Digest) -> bool:
    """Copy it through an upload of our own; the store verifies the digest before anybody sees it."""
    upload = f"heal-{digest.hex[:64]}"
    try:
        with contextlib.suppress(Conflict):  # one that a crash left is gone on with, from its beginning
            blobs.create_upload(upload)
        if blobs.upload_offset(upload):
            blobs.abort_upload(upload)
            blobs.create_upload(upload)
        with contextlib.closing(blobs.open_upload(upload)) as writer:
            source.copy_blob(repository, digest, writer)
        blobs.finish_upload(upload, digest)
    except LadingError:
        with contextlib.suppress(LadingError):
            blobs.abort_upload(upload)
        return False
    return True


def _note(kept: RecordSet, action: str, damage: Damage) -> None:
    kept.scrubs.save_damage(damage)
    kept.audit.append(_did(action, damage.digest, damage.found_at, size=damage.size))


def _did(action: str, digest: Digest, now: datetime, **details: object) -> Event:
    return Event(rfc3339(now), str(SYSTEM), action, str(digest), "done", details)
