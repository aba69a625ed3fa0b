"""List images with what is known of each: its analysis, its findings, the last verdict, its owner."""

from dataclasses import dataclass

from lading.access.ownership import Ownership, owner_of
from lading.access.verbs import Verb
from lading.ports.records.contents import ImageRecord
from lading.ports.records.governance import StoredDecision
from lading.ports.records.matches import FindingCounts
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import Records
from lading.ports.records.registry import ImageListing
from lading.registry.caller import Caller
from lading.workflows.rights import load_ownership_rules

_NO_FINDINGS = FindingCounts({}, 0)
_MOST_PAGES = 20  # looked through for images that the caller may see, before the list says "more" instead


@dataclass(frozen=True, slots=True)
class ListedImage:
    """One line of the list.

    ``image`` is None for an index and for an image that nobody has begun to analyse. ``packages`` and
    ``findings`` say nothing before the analysis is done. ``decision`` is the newest of any gate.
    """

    listing: ImageListing
    image: ImageRecord | None
    packages: int
    findings: FindingCounts
    decision: StoredDecision | None
    owner: Ownership


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """Which images: of one repository, or whose repository's name contains a text; empty lets all through."""

    repository: str = ""
    containing: str = ""

    def lets_through(self, listing: ImageListing) -> bool:
        """Whether the image is wanted."""
        return self.containing in listing.repository


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
    with records.read() as kept:
        seen: list[ImageListing] = []
        for _ in range(_MOST_PAGES):
            page = kept.registry.images(repository=wanted.repository, after=after, limit=limit - len(seen))
            seen.extend(
                listing
                for listing in page.items
                if wanted.lets_through(listing) and caller.may(Verb.READ_EVIDENCE, listing.repository)
            )
            after = page.next
            if not after or len(seen) >= limit:
                break
        digests = [listing.digest for listing in seen]
        packages = kept.contents.package_counts(digests)
        findings = kept.matches.finding_counts(digests)
        listed = tuple(
            ListedImage(
                listing=listing,
                image=kept.contents.image(listing.digest),
                packages=packages.get(listing.digest, 0),
                findings=findings.get(listing.digest, _NO_FINDINGS),
                decision=kept.governance.latest_decision(listing.digest),
                owner=owner_of(listing.repository, rules),
            )
            for listing in seen
        )
    return Page(listed, after)
