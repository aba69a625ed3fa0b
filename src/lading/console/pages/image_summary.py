"""The first page of an image."""

from collections import Counter

from lading.access.ownership import Owned
from lading.console.answers import Answer, Page
from lading.console.formats.instants import instant, instant_of_text
from lading.console.frame import Section
from lading.console.links import list_link
from lading.console.pages.image_context import header_of, look, part_link, ranked
from lading.console.pages.image_trust import verification_of
from lading.console.views.badges import severity_counts, unjudged_badge
from lading.console.views.image_header import Part
from lading.console.views.image_summary import (
    SummaryView,
    attached,
    children_of,
    environment_places,
    objections_of,
    pledge_of,
)
from lading.console.views.running import image_container_row
from lading.console.views.trust import proof_badge, sbom_links
from lading.console.visit import Visit
from lading.policy.evidence import starts_as_root
from lading.ports.records.matches import MatchStatus

SHOWN_CONTAINERS = 8


def show(visit: Visit) -> Answer:
    """Show the verdict, what to do about it, and the facts."""
    shown = look(visit)
    stored, image = shown.stored, shown.image
    everything = ranked(shown)
    sure = [one.finding for one in everything if one.finding.match.status is MatchStatus.AFFECTED]
    findings = part_link(shown, Part.FINDINGS)
    decision = shown.history.decisions[0] if shown.history.decisions else None
    owner = shown.owner.team if isinstance(shown.owner, Owned) else None
    view = SummaryView(
        header=header_of(visit, shown, Part.SUMMARY),
        pledge=pledge_of(decision, visit.now),
        objections=objections_of(decision),
        counts=severity_counts(Counter(finding.match.severity for finding in sure), findings),
        known_exploited=sum(one.finding.known_exploited for one in everything),
        known_exploited_link=list_link(findings, only="exploited"),
        fixable=sum(bool(finding.match.fixed_in) for finding in sure),
        fixable_link=list_link(findings, only="fixable"),
        undetermined=len(everything) - len(sure),
        undetermined_link=list_link(findings, only="undetermined"),
        unjudged=unjudged_badge(shown.unjudged),
        is_index=stored.kind == "index",
        owner=owner.name if owner else "",
        owner_contact=owner.contact if owner else "",
        platform=str(image.platform) if image else "",
        distro=image.distro.name if image and image.distro else "",
        user=image.user if image else "",
        root=image is not None and starts_as_root(image.user),
        size=sum(layer.size for layer in image.layers) if image else 0,
        created=instant_of_text(image.created, visit.now) if image else None,
        pushed=instant(stored.pushed_at, visit.now),
        pushed_by=stored.pushed_by,
        signature=proof_badge(verification_of(visit, shown).signatures),
        signature_link=part_link(shown, Part.TRUST),
        sboms=sbom_links(shown.sboms, stored.repository, visit.now),
        running=tuple(image_container_row(seen, visit.now) for seen in shown.running[:SHOWN_CONTAINERS]),
        running_number=len(shown.running),
        running_link=list_link("/running", q=stored.repository),
        environments=environment_places(shown.pointers, visit.now),
        children=children_of(stored.repository, shown.entries.platforms),
        accessories=attached((*shown.accessories, *shown.entries.others)),
        unreadable=len(shown.unreadable),
        unreadable_link=f"{part_link(shown, Part.LAYERS)}#unreadable",
    )
    return Page("image_summary.html", stored.repository, Section.IMAGES, view)
