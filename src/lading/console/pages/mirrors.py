"""Curated mirrors: their rules and last runs, what waits, and what was changed at the upstream."""

from lading.console.answers import Answer, Page, Redirect
from lading.console.frame import Section
from lading.console.links import list_link
from lading.console.views.mirrors import MirrorsView, mirror_row, mirror_tag_row
from lading.console.views.notices import notice_of
from lading.console.visit import Visit
from lading.ports.records.page import Page as RecordPage
from lading.registry.mirrors import MirrorTag, TagState
from lading.workflows.mirror_rules import list_mirror_tags, list_mirrors, run_now

ROWS = 100
_PATH = "/registry/mirrors"


def show(visit: Visit) -> Answer:
    """Show all mirrors, and the tags of the one that is asked for or of the first."""
    records, caller = visit.services.records, visit.caller
    mirrors = list_mirrors(records, caller)
    name = visit.asked("mirror") or (mirrors[0].rule.name if mirrors else "")
    shown = next((each.rule for each in mirrors if each.rule.name == name), None)
    asked, after = visit.asked("state"), visit.asked("after", limit=400)
    state = TagState(asked) if asked in set(TagState) else None
    page: RecordPage[MirrorTag] = RecordPage(())
    if shown is not None:
        page = list_mirror_tags(records, caller, name, state=state, after=after, limit=ROWS)
    fields = {"mirror": name} | ({"state": asked} if state is not None else {})
    view = MirrorsView(
        mirrors=tuple(mirror_row(each, shown=name, now=visit.now) for each in mirrors),
        name=name,
        state=asked if state is not None else "",
        tags=tuple(mirror_tag_row(shown, each, visit.now) for each in page.items) if shown else (),
        next_link=list_link(_PATH, **fields, after=page.next) if page.next else "",
        first_link=list_link(_PATH, **fields) if after else "",
        notice=notice_of(visit.asked("done")),
    )
    return Page("mirrors.html", "Mirrors", Section.MIRRORS, view)


def run(visit: Visit) -> Answer:
    """Have a mirror run now."""
    run_now(visit.services.mirrors, visit.caller, visit.place["name"], visit.now)
    return Redirect(list_link(_PATH, mirror=visit.place["name"], done="mirror-runs"))
