"""What an index lists, with what is known of each: its images, and the accessories of each of them."""

from dataclasses import dataclass

from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.index_entries import IndexEntries, kind_of, predicate_types, sort_entries
from lading.oci.manifest import Index, Manifest, parse_manifest
from lading.policy.decision import Outcome
from lading.ports.records.contents import ImageAnalysis
from lading.ports.records.matches import FindingCounts
from lading.ports.records.record_set import RecordSet

MOST = 50  # images or accessories that are looked into; the entries themselves are all listed
_NO_FINDINGS = FindingCounts({}, 0)


@dataclass(frozen=True, slots=True)
class ShownAccessory:
    """What goes with an image of an index: the attestations that its builder made."""

    descriptor: Descriptor
    kind: str
    predicates: tuple[str, ...]  # types of the statements in it; empty where it is not here


@dataclass(frozen=True, slots=True)
class ShownPlatform:
    """One image of an index. ``analysis`` and ``outcome`` are None where there is none yet."""

    descriptor: Descriptor
    analysis: ImageAnalysis | None
    findings: FindingCounts
    outcome: Outcome | None
    accessories: tuple[ShownAccessory, ...]


@dataclass(frozen=True, slots=True)
class ShownEntries:
    """Everything that an index lists."""

    platforms: tuple[ShownPlatform, ...] = ()
    others: tuple[ShownAccessory, ...] = ()  # nested indexes, and accessories of what is not listed


def show_entries(kept: RecordSet, repository: str, index: Index) -> ShownEntries:
    """Show the entries of an index of this repository."""
    entries = sort_entries(index)
    looked_into = [entry.digest for entry in entries.platforms[:MOST]]
    findings = kept.matches.finding_counts(looked_into)
    return ShownEntries(
        tuple(
            _platform(kept, repository, entry, entries, findings.get(entry.digest, _NO_FINDINGS))
            for entry in entries.platforms
        ),
        tuple(_accessory(kept, repository, entry) for entry in entries.others),
    )


def accessories_of(kept: RecordSet, repository: str, image: Digest) -> tuple[ShownAccessory, ...]:
    """What goes with an image, as the indexes of its repository that list it say."""
    found: dict[Digest, Descriptor] = {}
    for digest in kept.registry.indexes_of(repository, image)[:MOST]:
        stored = kept.registry.manifest(repository, digest)
        index = parse_manifest(stored.raw, stored.media_type) if stored is not None else None
        if isinstance(index, Index):
            listed = sort_entries(index).accessories.get(image, ())
            found.update((entry.digest, entry) for entry in listed)
    return tuple(_accessory(kept, repository, entry) for entry in list(found.values())[:MOST])


def _platform(
    kept: RecordSet, repository: str, entry: Descriptor, entries: IndexEntries, findings: FindingCounts
) -> ShownPlatform:
    image = kept.contents.image(entry.digest)
    decision = kept.governance.standing_decision(entry.digest)
    return ShownPlatform(
        descriptor=entry,
        analysis=image.analysis if image is not None else None,
        findings=findings,
        outcome=decision.decision.outcome if decision is not None else None,
        accessories=tuple(
            _accessory(kept, repository, each) for each in entries.accessories.get(entry.digest, ())
        ),
    )


def _accessory(kept: RecordSet, repository: str, entry: Descriptor) -> ShownAccessory:
    stored = kept.registry.manifest(repository, entry.digest)
    manifest = parse_manifest(stored.raw, stored.media_type) if stored is not None else None
    predicates = predicate_types(manifest) if isinstance(manifest, Manifest) else ()
    return ShownAccessory(entry, kind_of(entry), predicates)
