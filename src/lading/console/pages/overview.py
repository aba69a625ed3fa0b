"""The overview: what needs attention first."""

from lading.console.answers import Answer, Page
from lading.console.formats.numbers import count, plural
from lading.console.frame import Section
from lading.console.links import list_link
from lading.console.views.badges import Tone
from lading.console.views.images import image_row
from lading.console.views.overview import (
    Attention,
    OverviewView,
    Total,
    attention_of,
    denial_row,
    feed_rows,
    stale_feeds,
)
from lading.console.visit import Visit
from lading.ports.records.contents import AnalysisState
from lading.workflows.list_images import list_images
from lading.workflows.survey import Survey, survey

RECENT = 8


def show(visit: Visit) -> Answer:
    """Show what needs attention, and how much there is."""
    records = visit.services.records
    seen = survey(records, visit.caller, visit.now)
    recent = list_images(records, visit.caller, limit=RECENT).items[:RECENT]
    view = OverviewView(
        attention=attention_of([*_attention(seen), stale_feeds(seen.feeds, visit.now)]),
        totals=_totals(seen),
        feeds=feed_rows(seen.feeds, visit.now),
        recent=tuple(image_row(listed, visit.now) for listed in recent),
        denials=tuple(denial_row(each, visit.now) for each in seen.denials),
        registry=visit.services.registry,
    )
    return Page("overview.html", "Overview", Section.OVERVIEW, view)


def _attention(seen: Survey) -> tuple[Attention, ...]:
    analyses = seen.counts.analyses if seen.counts else {}
    exploited = len(seen.exploited)
    denied = seen.denied_and_running
    gaps = len(seen.unjudged)
    unjudged = count(sum(seen.unjudged.values()))
    return (
        Attention(
            number=denied,
            tone=Tone.BAD,
            what=plural(denied, "denied image runs", "denied images run"),
            says="A gate has refused what these containers were started from: replace them.",
            link=list_link("/images", verdict="deny", running="yes"),
        ),
        Attention(
            number=seen.stopped,
            tone=Tone.BAD,
            what=plural(seen.stopped, "patch campaign stands", "patch campaigns stand") + " still",
            says="A wave failed, or somebody paused it: nothing more is patched until it goes on.",
            link="/campaigns",
        ),
        Attention(
            number=seen.waiting,
            tone=Tone.WARN,
            what=plural(seen.waiting, "request waits", "requests wait") + " for another person",
            says="You can agree or refuse.",
            link="/approvals",
        ),
        Attention(
            number=seen.ending,
            tone=Tone.WARN,
            what=plural(seen.ending, "waiver ends", "waivers end") + " within a week",
            says="What it excuses is refused again then.",
            link="/waivers?state=ending",
        ),
        Attention(
            number=exploited,
            tone=Tone.BAD,
            what="known-exploited " + plural(exploited, "vulnerability", "vulnerabilities") + " found",
            says="Attackers use these already: fix them first.",
            link="/who-has#exploited",
        ),
        Attention(
            number=seen.changed,
            tone=Tone.WARN,
            what=plural(seen.changed, "verdict has", "verdicts have") + " got worse",
            says="An advisory changed what is said of images here, and nobody has acknowledged it.",
            link="/alerts?state=waiting",
        ),
        Attention(
            number=gaps,
            tone=Tone.UNKNOWN,
            what=plural(gaps, "system or ecosystem is", "systems or ecosystems are") + " without advisories",
            says=f"No feed that is held speaks for them: nothing can be told of {unjudged} package versions.",
            link="/feeds#gaps",
        ),
        Attention(
            number=seen.unowned,
            tone=Tone.WARN,
            what=plural(seen.unowned, "repository has", "repositories have") + " no owner",
            says="Nobody is told when something is found in them.",
            link="/repositories?owner=none",
        ),
        Attention(
            number=analyses.get(AnalysisState.FAILED, 0),
            tone=Tone.UNKNOWN,
            what=plural(analyses.get(AnalysisState.FAILED, 0), "image") + " could not be analysed",
            says="Nothing can be said of the contents.",
            link=list_link("/images", analysis="failed"),
        ),
        Attention(
            number=analyses.get(AnalysisState.PENDING, 0),
            tone=Tone.QUIET,
            what=plural(analyses.get(AnalysisState.PENDING, 0), "analysis is", "analyses are") + " pending",
            says="Under way, or waiting for a turn.",
            link=list_link("/images", analysis="pending"),
        ),
    )


def _totals(seen: Survey) -> tuple[Total, ...]:
    if seen.counts is None:
        return ()
    return (
        Total("Images", count(seen.counts.images), "/images"),
        Total("Repositories", count(seen.counts.repositories), "/repositories"),
        Total("Containers", count(seen.counts.containers), "/running"),
        Total("Hosts", count(seen.counts.hosts), "/running#hosts"),
    )
