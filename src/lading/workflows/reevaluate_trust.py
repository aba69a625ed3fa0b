"""Look at every image again when trust has changed, so that lists and gates have the new verdicts at hand.

Gates do not wait for this: they judge under the new trust from the moment that it is set. What has lost or
won its verdict is written into the audit log.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.oci.digest import Digest
from lading.ports.claim_source import ClaimSource
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import Records
from lading.registry.caller import BoundRights, Caller
from lading.signing.claims import Subject
from lading.signing.trust_policy import TrustPolicy
from lading.signing.verdicts import Undetermined, Verified, verdict_from_json
from lading.workflows.trust_in_force import load_trust
from lading.workflows.verify_image import verify_stored_image

_KINDS = frozenset({"image", "index"})
MAX_NAMED = 50  # images that are named in the audit entry; the count is of all


def reevaluate_trust(
    records: Records,
    claims: ClaimSource,
    shipped: TrustPolicy,
    arguments: Mapping[str, str],
    now: datetime,
) -> None:
    """Judge every image under the trust in force, and say what has changed since the version before."""
    policy = load_trust(records, shipped)
    before = Digest.parse(arguments["before"])
    counts = {"verified": 0, "rejected": 0, "undetermined": 0}
    lost: list[str] = []
    won = 0
    for subject in iter_images(records):
        had = _had(records, subject, before)
        found = verify_stored_image(records, claims, policy, subject, now).signatures
        if isinstance(found, Verified):
            counts["verified"] += 1
            won += had is False
        else:
            counts["undetermined" if isinstance(found, Undetermined) else "rejected"] += 1
            if had:
                lost.append(f"{subject.repository}@{subject.digest}")
    caller = Caller(SYSTEM, BoundRights(NO_BINDINGS))
    details = {**counts, "won": won, "lost": len(lost), "lost_images": lost[:MAX_NAMED]}
    event = caller.did(
        "trust.re-evaluated",
        "trust policy",
        now,
        digest=str(policy.digest),
        before=arguments["before"],
        **details,
    )
    with records.write() as kept:
        kept.audit.append(event)


def iter_images(records: Records) -> Iterator[Subject]:
    """Every image and index of every repository; each page is its own transaction."""
    after = ""
    while True:
        with records.read() as kept:
            page = kept.registry.repositories(after=after, limit=MAX_LIMIT)
        for repository in page.items:
            yield from _iter_of(records, repository.name)
        after = page.next
        if not after:
            return


def _iter_of(records: Records, repository: str) -> Iterator[Subject]:
    after = ""
    while True:
        with records.read() as kept:
            page = kept.registry.manifests(repository, after=after, limit=MAX_LIMIT)
        yield from (Subject(repository, stored.digest) for stored in page.items if stored.kind in _KINDS)
        after = page.next
        if not after:
            return


def _had(records: Records, subject: Subject, before: Digest) -> bool | None:
    """Whether the image was verified under the version before; None where nobody asked."""
    with records.read() as kept:
        stored = kept.governance.verification(subject.repository, subject.digest, before)
    if stored is None:
        return None
    signatures = stored.outcome["signatures"]
    return isinstance(signatures, Mapping) and isinstance(verdict_from_json(signatures), Verified)
