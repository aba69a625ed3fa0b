"""List what refers to a manifest: its signatures, SBOMs, attestations."""

from lading.access.verbs import Verb
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.ports.records.page import Page
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller

_STEP = 16  # manifests fetched at once: each may carry annotations of up to the size of a manifest
_ANSWER_BYTES = 4 << 20  # of annotations; clients need read no larger index (distribution-spec, "Push")


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

    A subject that is not here is no error: what refers to it may have come first. A page has ``limit``
    descriptors, rounded up to whole steps, or fewer where their annotations are long.
    """
    caller.require(Verb.PULL, repository)
    found: list[Descriptor] = []
    size = 0
    wanted = (artifact_type,) if artifact_type else ()
    with records.read() as kept:
        while True:
            page = kept.registry.referrers(
                repository, subject, artifact_types=wanted, after=after, limit=_STEP
            )
            found += page.items
            size += sum(len(key) + len(text) for item in page.items for key, text in item.annotations.items())
            after = page.next
            if not after or len(found) >= limit or size >= _ANSWER_BYTES:
                return Page(tuple(found), after)
