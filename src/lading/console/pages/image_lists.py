"""Findings and packages of one image."""

from collections import Counter

from lading.console.answers import Answer, Page
from lading.console.formats.numbers import counted
from lading.console.frame import Section
from lading.console.links import list_link
from lading.console.pages.image_context import header_of, look, part_link, ranked
from lading.console.paging import cut_page
from lading.console.views.badges import severity_counts, unjudged_badge
from lading.console.views.findings import FindingsFilter, FindingsView, Place, finding_row
from lading.console.views.image_header import Part
from lading.console.views.packages import PackagesView, package_row
from lading.console.visit import Visit
from lading.ports.records.matches import MatchStatus
from lading.workflows.show_image import ShownImage

ROWS = 100


def findings(visit: Visit) -> Answer:
    """Show findings, the most urgent first."""
    shown = look(visit)
    wanted = FindingsFilter(
        search=visit.asked("q"),
        severity=visit.asked("severity"),
        only=visit.asked("only"),
        layer=visit.asked("layer"),
    )
    after = visit.asked("after", limit=1000)
    everything = ranked(shown)
    let_through = [one for one in everything if wanted.lets_through(one.finding)]
    page = cut_page(let_through, lambda one: one.order, after=after, limit=ROWS)
    place = Place(
        shown.stored.repository,
        str(shown.stored.digest),
        tuple(layer.step for layer in shown.image.layers) if shown.image else (),
    )
    sure = (one.finding.match for one in everything if one.finding.match.status is MatchStatus.AFFECTED)
    link = part_link(shown, Part.FINDINGS)
    fields = {"q": wanted.search, "severity": wanted.severity, "only": wanted.only, "layer": wanted.layer}
    view = FindingsView(
        header=header_of(visit, shown, Part.FINDINGS),
        wanted=wanted,
        counts=severity_counts(Counter(match.severity for match in sure), link),
        rows=tuple(finding_row(one, place, visit.now) for one in page.items),
        shown=len(let_through),
        total=len(everything),
        next_link=list_link(link, **fields, after=page.next) if page.next else "",
        first_link=list_link(link, **fields) if after else "",
        unjudged=unjudged_badge(shown.unjudged),
        incomplete=_incomplete(shown),
    )
    return Page("image_findings.html", f"Findings of {shown.stored.repository}", Section.IMAGES, view)


def packages(visit: Visit) -> Answer:
    """Show packages by name."""
    shown = look(visit)
    search, layer, after = visit.asked("q"), visit.asked("layer"), visit.asked("after", limit=1000)
    wanted = [
        installed
        for installed in shown.packages
        if search.casefold() in installed.package.name.casefold()
        and (not layer or str(installed.layer) == layer)
    ]
    wanted.sort(key=lambda installed: (installed.package.name, installed.package.version, installed.path))
    page = cut_page(
        wanted, lambda one: (one.package.name, one.package.version, one.path), after=after, limit=ROWS
    )
    link = part_link(shown, Part.PACKAGES)
    repository, digest = shown.stored.repository, str(shown.stored.digest)
    view = PackagesView(
        header=header_of(visit, shown, Part.PACKAGES),
        search=search,
        layer=layer,
        rows=tuple(package_row(installed, repository, digest) for installed in page.items),
        next_link=list_link(link, q=search, layer=layer, after=page.next) if page.next else "",
        first_link=list_link(link, q=search, layer=layer) if after else "",
    )
    return Page("image_packages.html", f"Packages of {repository}", Section.IMAGES, view)


def _incomplete(shown: ShownImage) -> str:
    reasons = []
    if shown.unreadable:
        reasons.append(f"{counted(len(shown.unreadable), 'thing')} in the image could not be read")
    if shown.more_packages or shown.more_findings:
        reasons.append("there are more than can be listed here")
    return f"The list may lack findings: {', and '.join(reasons)}." if reasons else ""
