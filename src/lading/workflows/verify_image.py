"""Verify an image: who signed it, and what is attested about it.

1. Find which claims there are, without reading any.
2. If the same claims were judged before under the same trust policy, that verdict stands.
3. Else read the claims and judge them (``signing.verification``).
4. An image that is not verified by a signature of its own is as good as an index that lists it: the index
   names it by digest, so who signed the index vouched for it.
5. Keep the verdict, unless it is that something could not be told.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from lading.foundation import strict_json
from lading.foundation.errors import LadingError
from lading.oci.digest import Digest
from lading.ports.claim_source import ClaimSource
from lading.ports.records.governance import StoredVerification
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import Records, RecordSet
from lading.signing.claims import Subject
from lading.signing.cosign import ArtifactKind, artifact_tag
from lading.signing.statement import PredicateType
from lading.signing.trust_policy import TrustPolicy
from lading.signing.verdicts import (
    Undetermined,
    Verdict,
    Verified,
    verdict_from_json,
    verdict_to_json,
)
from lading.signing.verification import AttestationOutcome, judge_attestations, verify_signatures
from lading.workflows.collect_claims import (
    FoundClaims,
    find_claims,
    read_attestations,
    read_signatures,
)

MAX_INDEXES = 16  # that are looked at for one image


@dataclass(frozen=True, slots=True)
class ImageVerification:
    """What verifying an image said.

    ``through`` is the index whose signature counted, None where it was the image's own. ``attestations`` has
    a verdict for each predicate type that Lading knows, and for those that somebody trusted has signed.
    """

    subject: Subject
    trust_policy: Digest
    signatures: Verdict
    attestations: Mapping[str, Verdict]
    through: Digest | None = None


def verify_image(
    source: ClaimSource, policy: TrustPolicy, subject: Subject, now: datetime
) -> ImageVerification:
    """Judge an image afresh."""
    found = find_claims(source, subject.repository, subject.digest)
    # Step 3.
    verdict = _judge_signatures(source, policy, subject, found, now)
    claims, failed = read_attestations(source, subject.repository, found)
    judged = judge_attestations(subject, claims, failed, policy, at=now)
    types = [*map(str, PredicateType), *sorted(judged.predicate_types - {*PredicateType})]
    by_type = {type_: judged.of_type(type_).verdict for type_ in types}
    through = None
    # Step 4.
    if not isinstance(verdict, Verified):
        of_index, index = _judge_indexes(source, policy, subject, now)
        if of_index is not None:
            verdict, through = of_index, index
    return ImageVerification(subject, policy.digest, verdict, MappingProxyType(by_type), through)


def verify_stored_image(
    records: Records, source: ClaimSource, policy: TrustPolicy, subject: Subject, now: datetime
) -> ImageVerification:
    """Judge an image of this registry, or find the verdict that stands."""
    # Steps 1 and 2.
    with records.read() as kept:
        claims = _attached(kept, subject)
        stored = kept.governance.verification(subject.repository, subject.digest, policy.digest)
    if stored is not None and stored.claims == claims:
        return _from_json(subject, policy, stored.outcome)
    # Steps 3 and 4.
    verification = verify_image(source, policy, subject, now)
    # Step 5.
    if not any(isinstance(verdict, Undetermined) for verdict in _verdicts(verification)):
        outcome = StoredVerification(
            subject.repository, subject.digest, policy.digest, claims, _to_json(verification), now
        )
        with records.write() as kept:
            kept.governance.save_verification(outcome)
    return verification


def verified_statements(
    source: ClaimSource, policy: TrustPolicy, subject: Subject, predicate_type: str, now: datetime
) -> AttestationOutcome:
    """Judge the attestations of one type, and give the statements that hold, for who reads predicates."""
    found = find_claims(source, subject.repository, subject.digest)
    claims, failed = read_attestations(source, subject.repository, found)
    return judge_attestations(subject, claims, failed, policy, at=now).of_type(predicate_type)


def _judge_indexes(
    source: ClaimSource, policy: TrustPolicy, subject: Subject, now: datetime
) -> tuple[Verdict | None, Digest | None]:
    """The verdict that counts of the indexes that list an image, and which of them it is of.

    None where there are none, or none that anybody trusted has signed.
    """
    place = f"indexes of {subject.digest}"
    try:
        indexes = source.indexes_of(subject.repository, subject.digest)
    except (LadingError, OSError) as error:
        return Undetermined(place, str(error)), None
    doubt: tuple[Verdict | None, Digest | None] = (None, None)
    if len(indexes) > MAX_INDEXES:
        doubt = Undetermined(place, f"there are more than {MAX_INDEXES}"), None
    for index in indexes[:MAX_INDEXES]:
        listed = Subject(subject.repository, index)
        claims = find_claims(source, subject.repository, index)
        verdict = _judge_signatures(source, policy, listed, claims, now)
        if isinstance(verdict, Verified):
            return verdict, index
        if isinstance(verdict, Undetermined):
            doubt = verdict, index
    return doubt


def _judge_signatures(
    source: ClaimSource, policy: TrustPolicy, subject: Subject, found: FoundClaims, now: datetime
) -> Verdict:
    claims, failed = read_signatures(source, subject.repository, found)
    return verify_signatures(subject, claims, failed, policy, at=now)


def _attached(kept: RecordSet, subject: Subject) -> Digest:
    """Name all that is attached to an image of this registry, and to the indexes that list it.

    Manifests are named by digest, so nothing of them can change without changing this.
    """
    indexes = kept.registry.indexes_of(subject.repository, subject.digest)[:MAX_INDEXES]
    names = [list(_iter_attached(kept, subject.repository, digest)) for digest in (subject.digest, *indexes)]
    return Digest.of(strict_json.encode_canonical([[str(index) for index in indexes], *names]))


def _iter_attached(kept: RecordSet, repository: str, digest: Digest) -> Iterator[str]:
    for kind in ArtifactKind:
        tag = kept.registry.tag(repository, artifact_tag(digest, kind))
        yield str(tag.digest) if tag is not None else ""
    for referrer in kept.registry.referrers(repository, digest, limit=MAX_LIMIT).items:
        yield str(referrer.digest)


def _verdicts(verification: ImageVerification) -> Iterable[Verdict]:
    yield verification.signatures
    yield from verification.attestations.values()


def _to_json(verification: ImageVerification) -> dict[str, Any]:
    return {
        "signatures": verdict_to_json(verification.signatures),
        "through": str(verification.through or ""),
        "attestations": {
            type_: verdict_to_json(verdict) for type_, verdict in verification.attestations.items()
        },
    }


def _from_json(subject: Subject, policy: TrustPolicy, document: Mapping[str, Any]) -> ImageVerification:
    return ImageVerification(
        subject,
        policy.digest,
        verdict_from_json(document["signatures"]),
        MappingProxyType(
            {type_: verdict_from_json(verdict) for type_, verdict in document["attestations"].items()}
        ),
        Digest.parse(document["through"]) if document["through"] else None,
    )
