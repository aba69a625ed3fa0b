"""Find a blob to pull."""

from lading.access.verbs import Verb
from lading.foundation.errors import NotFound
from lading.oci.digest import Digest
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller


def find_blob(records: Records, caller: Caller, repository: str, digest: Digest) -> int:
    """Return the size of a blob of this repository; that another one has it does not count."""
    caller.require(Verb.PULL, repository)
    with records.read() as kept:
        blob = kept.registry.blob(repository, digest)
    if blob is None:
        raise NotFound("blob-unknown", f"repository {repository} has no blob {digest}")
    return blob.size
