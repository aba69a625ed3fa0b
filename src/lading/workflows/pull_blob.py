"""Find a blob to pull."""

from lading.access.verbs import Verb
from lading.foundation.errors import NotFound
from lading.oci.digest import Digest
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.registry.scrub import Damage, DamageState


def find_blob(records: Records, caller: Caller, repository: str, digest: Digest) -> int:
    """Return the size of a blob of this repository; that another one has it does not count."""
    caller.require(Verb.PULL, repository)
    with records.read() as kept:
        blob = kept.registry.blob(repository, digest)
        damage = kept.scrubs.damage_of(digest)
    if blob is None:
        raise NotFound("blob-unknown", f"repository {repository} has no blob {digest}")
    if damage is not None:
        raise blob_damaged(damage)
    return blob.size


def blob_damaged(damage: Damage) -> NotFound:
    """Say that a blob is as if it were not here, and why."""
    why = "is missing from the store" if damage.state is DamageState.MISSING else "was found corrupt"
    return NotFound(
        "blob-damaged",
        f"the content of the blob {damage.digest} {why}",
        hint="push the image again from where it is whole: that heals it",
    )
