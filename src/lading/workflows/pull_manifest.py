"""Find a manifest to pull, by digest or by tag."""

from lading.access.verbs import Verb
from lading.foundation.errors import NotFound
from lading.oci.digest import Digest
from lading.ports.records.record_set import Records
from lading.ports.records.registry import StoredManifest
from lading.registry.caller import Caller


def find_manifest(
    records: Records, caller: Caller, repository: str, tag_or_digest: Digest | str
) -> StoredManifest:
    """Return the manifest; raise NotFound ``manifest-unknown`` or ``repository-unknown``."""
    caller.require(Verb.PULL, repository)
    with records.read() as kept:
        if isinstance(tag_or_digest, Digest):
            digest: Digest | None = tag_or_digest
        else:
            tag = kept.registry.tag(repository, tag_or_digest)
            digest = tag.digest if tag is not None else None
        manifest = kept.registry.manifest(repository, digest) if digest is not None else None
        if manifest is not None:
            return manifest
        if kept.registry.repository(repository) is None:
            raise NotFound("repository-unknown", f"there is no repository {repository}")
    raise NotFound("manifest-unknown", f"repository {repository} has no manifest {tag_or_digest}")
