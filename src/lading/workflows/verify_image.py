"""Verify an image: who signed it, what is attested about it, and how it was built.

1. Find which claims there are, without reading any.
2. If the same claims were judged before under the same trust policy, that verdict stands, as long as nothing
   has begun or ended since that the policy or a certificate makes depend on time.
3. Else read the claims and judge them (``signing.verification``).
4. An image that is not verified by a signature of its own is as good as an index that lists it: the index
   names it by digest, so who signed the index vouched for it.
5. Keep the verdict, who signed and how the image was built, unless something could not be told.
"""

from collections.abc import Iterable, Mapping
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
from lading.ports.records.trust import BuildRecord, SignedFact
from lading.signing.builds import KnownBuild, build_from_json, build_to_json, known_build
from lading.signing.claims import Subject
from lading.signing.cosign import ArtifactKind, artifact_tag
from lading.signing.statement import PredicateType
from lading.signing.trust_policy import TrustPolicy
from lading.signing.verdicts import (
    Rejected,
    Step,
    Undetermined,
    Verdict,
    Verified,
    verdict_from_json,
    verdict_to_json,
)
from lading.signing.verification import (
    AttestationOutcome,
    JudgedAttestations,
    judge_attestations,
    verify_signatures,
    with_demands,
)
from lading.workflows.collect_claims import (
    FoundClaims,
    find_claims,
    read_attestations,
    read_signatures,
)

MAX_INDEXES = 16  # that are looked at for one image


# What time alone can change in a way that is not written in the trust policy is judged again each time.
_NOT_KEPT = frozenset({Step.CERTIFICATE, Step.TIME, Step.CONDITION, Step.ATTESTATIONS})


@dataclass(frozen=True, slots=True)
class ImageVerification:
    """What verifying an image said.

    ``through`` is the index whose signature counted, None where it was the image's own. ``attestations`` has
    a verdict for each predicate type that Lading knows, and for those that somebody trusted has signed.
    ``build`` is how it was built, as far as a trusted signer says.
    """

    subject: Subject
    trust_policy: Digest
    signatures: Verdict
    attestations: Mapping[str, Verdict]
    through: Digest | None = None
    build: KnownBuild | None = None
    builders_are_listed: bool = False


def verify_image(
    source: ClaimSource, policy: TrustPolicy, subject: Subject, now: datetime, *, environment: str = ""
) -> ImageVerification:
    """Judge an image afresh."""
    asking = _Asking(source, policy, now, environment)
    found = find_claims(source, subject.repository, subject.digest)
    # Step 3.
    verdict = _judge_signatures(asking, subject, found)
    judged = _judge_attestations(asking, subject, found)
    through = None
    # Step 4.
    if not isinstance(verdict, Verified):
        of_index, index = _judge_indexes(asking, subject)
        if of_index is not None:
            verdict, through = of_index, index
    if through is not None:
        of_index_too = _judge_attestations(asking, Subject(subject.repository, through), None)
        judged = judged.joined(of_index_too)
    types = [*map(str, PredicateType), *sorted(judged.predicate_types - {*PredicateType})]
    by_type = {type_: judged.of_type(type_).verdict for type_ in types}
    return ImageVerification(
        subject,
        policy.digest,
        with_demands(verdict, judged),
        MappingProxyType(by_type),
        through,
        known_build(judged, policy),
        bool(policy.builders),
    )


def verify_stored_image(
    records: Records,
    source: ClaimSource,
    policy: TrustPolicy,
    subject: Subject,
    now: datetime,
    *,
    environment: str = "",
) -> ImageVerification:
    """Judge an image of this registry, or find the verdict that stands."""
    scope = policy.scope_of(environment)
    # Steps 1 and 2.
    with records.read() as kept:
        claims = _attached(kept, subject)
        stored = kept.governance.verification(subject.repository, subject.digest, policy.digest, scope)
    if stored is not None and claims is not None and stored.claims == claims:
        known = _from_json(subject, policy, stored.outcome)
        ends = holds_until(known, policy, stored.at)
        if stored.at <= now and (ends is None or now < ends):
            return known
    # Steps 3 and 4.
    verification = verify_image(source, policy, subject, now, environment=scope)
    # Step 5.
    if claims is not None and may_be_kept(verification):
        outcome = StoredVerification(
            subject.repository, subject.digest, policy.digest, claims, _to_json(verification), now, scope
        )
        with records.write() as kept:
            kept.governance.save_verification(outcome)
            kept.trust.note_signed(signed_facts(verification, now))
            kept.trust.save_build(build_record(verification, now))
    return verification


def signed_facts(verification: ImageVerification, now: datetime) -> list[SignedFact]:
    """Who signed what, of all that was verified."""
    subject = verification.subject
    verdicts = [("signature", verification.signatures), *verification.attestations.items()]
    return [
        SignedFact(
            signer.name, signer.key_id, subject.repository, subject.digest, what, signer.signed_at, now
        )
        for what, verdict in verdicts
        if isinstance(verdict, Verified)
        for signer in verdict.signers
    ]


def build_record(verification: ImageVerification, now: datetime) -> BuildRecord:
    """How the image was built, for the list of builds; all empty where nobody trusted says."""
    build, subject = verification.build, verification.subject
    return BuildRecord(
        subject.repository,
        subject.digest,
        verification.trust_policy,
        build.provenance.build_type if build else "",
        build.provenance.builder if build else "",
        build.listed_as if build else "",
        build.provenance.source if build else "",
        build.provenance.commit if build else "",
        build_to_json(build) if build else {},
        now,
    )


def verified_statements(
    source: ClaimSource, policy: TrustPolicy, subject: Subject, predicate_type: str, now: datetime
) -> AttestationOutcome:
    """Judge the attestations of one type, and give the statements that hold, for who reads predicates."""
    found = find_claims(source, subject.repository, subject.digest)
    claims, failed = read_attestations(source, subject.repository, found)
    return judge_attestations(subject, claims, failed, policy, at=now).of_type(predicate_type)


@dataclass(frozen=True, slots=True)
class _Asking:
    source: ClaimSource
    policy: TrustPolicy
    now: datetime
    environment: str


def _judge_indexes(asking: _Asking, subject: Subject) -> tuple[Verdict | None, Digest | None]:
    """The verdict that counts of the indexes that list an image, and which of them it is of.

    None where there are none, or none that anybody trusted has signed.
    """
    place = f"indexes of {subject.digest}"
    try:
        indexes = asking.source.indexes_of(subject.repository, subject.digest)
    except (LadingError, OSError) as error:
        return Undetermined(place, str(error)), None
    doubt: tuple[Verdict | None, Digest | None] = (None, None)
    if len(indexes) > MAX_INDEXES:
        doubt = Undetermined(place, f"there are more than {MAX_INDEXES}"), None
    for index in indexes[:MAX_INDEXES]:
        listed = Subject(subject.repository, index)
        claims = find_claims(asking.source, subject.repository, index)
        verdict = _judge_signatures(asking, listed, claims)
        if isinstance(verdict, Verified):
            return verdict, index
        if isinstance(verdict, Undetermined):
            doubt = verdict, index
    return doubt


def _judge_signatures(asking: _Asking, subject: Subject, found: FoundClaims) -> Verdict:
    claims, failed = read_signatures(asking.source, subject.repository, found)
    return verify_signatures(
        subject, claims, failed, asking.policy, at=asking.now, environment=asking.environment
    )


def _judge_attestations(asking: _Asking, subject: Subject, found: FoundClaims | None) -> JudgedAttestations:
    if found is None:
        found = find_claims(asking.source, subject.repository, subject.digest)
    claims, failed = read_attestations(asking.source, subject.repository, found)
    return judge_attestations(
        subject, claims, failed, asking.policy, at=asking.now, environment=asking.environment
    )


def holds_until(verification: ImageVerification, policy: TrustPolicy, at: datetime) -> datetime | None:
    """When time alone ends what was judged ``at`` a moment; None where it never does."""
    ends = [verdict.until for verdict in _verdicts(verification) if isinstance(verdict, Verified)]
    return min((end for end in (*ends, policy.next_change(at)) if end is not None), default=None)


def may_be_kept(verification: ImageVerification) -> bool:
    """Whether the same would be said again while claims and trust are the same."""
    return not any(
        isinstance(verdict, Undetermined) or (isinstance(verdict, Rejected) and verdict.step in _NOT_KEPT)
        for verdict in _verdicts(verification)
    )


def _attached(kept: RecordSet, subject: Subject) -> Digest | None:
    """Name all that is attached to an image of this registry, and to the indexes that list it.

    Manifests are named by digest, so nothing of them can change without changing this. None where it is more
    than one page: what is not named could change unseen.
    """
    indexes = kept.registry.indexes_of(subject.repository, subject.digest)[:MAX_INDEXES]
    names: list[list[str]] = [[str(index) for index in indexes]]
    for digest in (subject.digest, *indexes):
        tags = [kept.registry.tag(subject.repository, artifact_tag(digest, kind)) for kind in ArtifactKind]
        referrers = kept.registry.referrers(subject.repository, digest, limit=MAX_LIMIT)
        if referrers.next:
            return None
        names.append([str(tag.digest) if tag is not None else "" for tag in tags])
        names.append([str(referrer.digest) for referrer in referrers.items])
    return Digest.of(strict_json.encode_canonical(names))


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
        "build": build_to_json(verification.build) if verification.build else None,
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
        build_from_json(document["build"]) if document["build"] else None,
        bool(policy.builders),
    )
