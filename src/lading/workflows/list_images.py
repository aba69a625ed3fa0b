"""List images with what is known of each: its analysis, its findings, the last verdict, its owner."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lading.access.ownership import Ownership, OwnershipRule, owner_of
from lading.access.verbs import Verb
from lading.advisories.advisory import Severity
from lading.policy.decision import Outcome
from lading.ports.records.contents import AnalysisState, ImageRecord
from lading.ports.records.governance import StoredDecision
from lading.ports.records.matches import FindingCounts
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.registry import ImageListing
from lading.registry.caller import Caller
from lading.workflows.rights import load_ownership_rules

_WEIGHTS = tuple(Severity)  # declared from the least
_NO_FINDINGS = FindingCounts({}, 0)
_MOST_PAGES = 20  # looked through for images that the caller may see, before the list says "more" instead


@dataclass(frozen=True, slots=True)
class ListedImage:
    """One line of the list.

    ``image`` is None for an index and for an image that nobody has begun to analyse. ``packages`` and
    ``findings`` say nothing before the analysis is done. ``decision`` is the one that stands: the strictest
    of the newest for each environment.
    """

    listing: ImageListing
    image: ImageRecord | None
    packages: int
    findings: FindingCounts
    decision: StoredDecision | None
    owner: Ownership


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """Which images. Empty members let everything through.

    ``containing`` is a text in the repository's name or in a tag. ``outcome`` is that of the newest decision,
    ``judged`` False for images that no gate has been asked about. ``severity`` lets through images with a
    finding at least as severe, ``analysis`` those whose analysis is this far, ``running`` those that run now.
    """

    repository: str = ""
    containing: str = ""
    outcome: Outcome | None = None
    judged: bool = True
    severity: Severity | None = None
    analysis: AnalysisState | None = None
    running: bool = False

    def lets_through(self, listing: ImageListing) -> bool:
        """Whether the image may be wanted, as far as its listing says."""
        text = self.containing
        return text in listing.repository or any(text in tag for tag in listing.tags)

    def keeps(self, listed: ListedImage) -> bool:
        """Whether the image is wanted."""
        decision, image = listed.decision, listed.image
        if not self.judged and decision is not None:
            return False
        if self.outcome is not None and (decision is None or decision.decision.outcome is not self.outcome):
            return False
        if self.analysis is not None and (image is None or image.analysis.state is not self.analysis):
            return False
        return self.severity is None or any(
            number and _WEIGHTS.index(severity) >= _WEIGHTS.index(self.severity)
            for severity, number in listed.findings.by_severity.items()
        )


EVERY_IMAGE = ImageFilter()


def list_images(
    records: Records,
    caller: Caller,
    *,
    wanted: ImageFilter = EVERY_IMAGE,
    after: str = "",
    limit: int = DEFAULT_LIMIT,
) -> Page[ListedImage]:
    """Images of repositories that the caller may see, newest first.

    A page may have fewer images than ``limit`` although more follow: what counts is ``next``.
    """
    rules = load_ownership_rules(records)
    found: list[ListedImage] = []
    with records.read() as kept:
        for _ in range(_MOST_PAGES):
            page = kept.registry.images(repository=wanted.repository, after=after, limit=limit - len(found))
            seen = [
                listing
                for listing in page.items
                if wanted.lets_through(listing) and caller.may(Verb.READ_EVIDENCE, listing.repository)
            ]
            if wanted.running:
                running = kept.inventory.running_from(listing.digest for listing in seen)
                seen = [listing for listing in seen if listing.digest in running]
            found.extend(filter(wanted.keeps, _with_knowledge(kept, seen, rules)))
            after = page.next
            if not after or len(found) >= limit:
                break
    return Page(tuple(found), after)


def _with_knowledge(
    kept: RecordSet, seen: Sequence[ImageListing], rules: Sequence[OwnershipRule]
) -> Iterator[ListedImage]:
    digests = [listing.digest for listing in seen]
    packages = kept.contents.package_counts(digests)
    findings = kept.matches.finding_counts(digests)
    for listing in seen:
        yield ListedImage(
            listing=listing,
            image=kept.contents.image(listing.digest),
            packages=packages.get(listing.digest, 0),
            findings=findings.get(listing.digest, _NO_FINDINGS),
            decision=kept.governance.standing_decision(listing.digest),
            owner=owner_of(listing.repository, rules),
        )
