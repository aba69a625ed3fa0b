"""Take a manifest, or only a tag, out of a repository."""

from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation.errors import Conflict, NotFound
from lading.oci.digest import Digest
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.tag_rules import check_manifest_deletion, check_tag_deletion


def delete_manifest(records: Records, caller: Caller, repository: str, digest: Digest, now: datetime) -> None:
    """Remove a manifest and every tag that points to it; what is known of the image goes with its last copy.

    Raises NotFound ``manifest-unknown``, Conflict ``artifact-kept`` where a rule keeps it, and Conflict
    ``manifest-in-use`` while an index of the repository lists it: deleting it would break the pull of one
    platform of that index.
    """
    caller.require(Verb.DELETE, repository)
    with records.write() as kept:
        kept.registry.hold_manifest(repository, digest)  # an index that lists it comes before this, or fails
        indexes = kept.registry.indexes_of(repository, digest)
        if indexes:
            raise Conflict(
                "manifest-in-use",
                f"the manifest is listed by {len(indexes)} indexes of {repository}, such as {indexes[0]}",
                hint="delete those indexes first",
                details={"indexes": [str(index) for index in indexes[:10]]},
            )
        tags = kept.registry.tags_of(repository, digest)
        check_manifest_deletion(kept, repository, digest, tags)
        if not kept.registry.delete_manifest(repository, digest, at=now, by=str(caller.principal)):
            raise NotFound("manifest-unknown", f"repository {repository} has no manifest {digest}")
        if kept.registry.manifest_anywhere(digest) is None:
            kept.contents.forget_image(digest)
            kept.lineage.forget(digest)
        kept.audit.append(caller.did("manifest.delete", f"{repository}@{digest}", now, tags=list(tags)))


def delete_tag(records: Records, caller: Caller, repository: str, tag: str, now: datetime) -> None:
    """Remove a tag and leave the manifest.

    Raises NotFound ``manifest-unknown`` when there is no such tag, Conflict ``artifact-kept`` where a rule
    keeps it.
    """
    caller.require(Verb.DELETE, repository)
    with records.write() as kept:
        check_tag_deletion(kept, repository, tag)
        before = kept.registry.tag(repository, tag)
        if before is None or not kept.registry.delete_tag(repository, tag, at=now, by=str(caller.principal)):
            raise NotFound("manifest-unknown", f"repository {repository} has no tag {tag}")
        kept.audit.append(caller.did("tag.delete", f"{repository}:{tag}", now, before=str(before.digest)))
