"""Take a blob out of a repository.

The content stays where it is: another repository may have it, and collecting what nobody has is the work of
garbage collection.
"""

from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation.errors import Conflict, NotFound
from lading.oci.digest import Digest
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller


def delete_blob(records: Records, caller: Caller, repository: str, digest: Digest, now: datetime) -> None:
    """Unlink the blob; raise Conflict ``blob-in-use`` while a manifest of the repository needs it."""
    caller.require(Verb.DELETE, repository)
    with records.write() as kept:
        kept.registry.hold_blob(repository, digest)  # a push that relies on it comes before this, or fails
        users = kept.registry.manifests_with_blob(repository, digest)
        if users:
            raise Conflict(
                "blob-in-use",
                f"the blob is part of {len(users)} manifests of {repository}, such as {users[0]}",
                hint="delete those manifests first",
                details={"manifests": [str(user) for user in users[:10]]},
            )
        if not kept.registry.unlink_blob(repository, digest):
            raise NotFound("blob-unknown", f"repository {repository} has no blob {digest}")
        kept.audit.append(caller.did("blob.delete", f"{repository}@{digest}", now))
