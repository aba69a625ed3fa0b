"""Legal holds: place and release them, and refuse to delete what they cover."""

from collections.abc import Iterable
from datetime import datetime

from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import Verb
from lading.foundation.errors import Conflict, Malformed, NotFound
from lading.oci.digest import Digest
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.registry.holds import LegalHold
from lading.workflows.rights import require_on_installation

_MAX_REASON = 500  # characters


def place_hold(
    records: Records,
    caller: Caller,
    repositories: RepositoryPattern,
    digest: Digest | None,
    reason: str,
    *,
    now: datetime,
    hold_id: str,
) -> LegalHold:
    """Hold one image, or everything in some repositories, from now on."""
    require_on_installation(caller, Verb.ADMINISTER)
    if not reason.strip():
        raise Malformed("hold-reason-missing", "a hold needs a reason", hint="name the case or the ticket")
    text = reason.strip()[:_MAX_REASON]
    hold = LegalHold(hold_id, repositories, digest, text, now, str(caller.principal))
    with records.write() as kept:
        kept.rules.place_hold(hold)
        kept.audit.append(caller.did("legal-hold.place", hold.id, now, **_told(hold)))
    return hold


def release_hold(records: Records, caller: Caller, hold_id: str, now: datetime) -> None:
    """End a hold; raise NotFound ``hold-unknown``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        gone = kept.rules.release_hold(hold_id)
        if gone is None:
            raise NotFound("hold-unknown", f"there is no hold {hold_id[:80]!r}")
        kept.audit.append(caller.did("legal-hold.release", hold_id, now, **_told(gone)))


def list_holds(records: Records, caller: Caller) -> tuple[LegalHold, ...]:
    """All holds that are not released, the oldest first."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        return kept.rules.holds()


def refuse_held(kept: RecordSet, repository: str, digests: Iterable[Digest]) -> None:
    """Raise Conflict ``legal-hold`` where a hold covers one of these manifests."""
    holds = kept.rules.holds()
    for digest in digests if holds else ():
        for hold in holds:
            if hold.covers(repository, digest):
                raise Conflict(
                    "legal-hold",
                    f"{repository}@{digest} is under legal hold {hold.id}: {hold.reason}",
                    hint="an administrator can release the hold",
                    details={"hold": hold.id},
                )


def _told(hold: LegalHold) -> dict[str, str]:
    return {
        "repositories": hold.repositories.text,
        "digest": str(hold.digest or ""),
        "reason": hold.reason,
    }
