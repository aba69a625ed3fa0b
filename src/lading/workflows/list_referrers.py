"""List what refers to a manifest: its signatures, SBOMs, attestations."""

from lading.access.verbs import Verb
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.ports.records.page import Page
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller


def list_referrers(
    records: Records,
    caller: Caller,
    repository: str,
    subject: Digest,
    *,
    artifact_type: str,
    after: str,
    limit: int,
) -> Page[Descriptor]:
    """Return descriptors of manifests whose subject this is; none where nobody refers to it.

    A subject that is not here is no error: what refers to it may have come first.
    """
    caller.require(Verb.PULL, repository)
    with records.read() as kept:
        return kept.registry.referrers(
            repository, subject, artifact_type=artifact_type, after=after, limit=limit
        )
