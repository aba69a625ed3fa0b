"""Who is told of what is done, how far each receiver is, and what it did not take."""

from lading.console.answers import Answer, Page, Redirect
from lading.console.frame import Section
from lading.console.views.events import EventsView, subscription_row
from lading.console.views.notices import notice_of
from lading.console.visit import Visit
from lading.workflows.event_subscriptions import list_dead, list_subscriptions, replay, set_paused

LETTERS = 20  # dead letters shown of each subscription


def show(visit: Visit) -> Answer:
    """Show all subscriptions."""
    records, caller = visit.services.records, visit.caller
    rows = tuple(
        subscription_row(
            each,
            list_dead(records, caller, each.subscription.id, limit=LETTERS) if each.dead else (),
            visit.now,
        )
        for each in list_subscriptions(records, caller)
    )
    view = EventsView(rows, notice_of(visit.asked("done")))
    return Page("events.html", "Events", Section.EVENTS, view)


def pause(visit: Visit) -> Answer:
    """Stop sending."""
    set_paused(visit.services.records, visit.caller, visit.place["id"], visit.now, paused=True)
    return Redirect("/registry/events?done=events-paused")


def resume(visit: Visit) -> Answer:
    """Go on."""
    set_paused(visit.services.records, visit.caller, visit.place["id"], visit.now, paused=False)
    return Redirect("/registry/events?done=events-resumed")


def replay_dead(visit: Visit) -> Answer:
    """Send dead letters again: the one that is named, or all."""
    asked = visit.written("sequence", limit=18)
    sequences = (int(asked),) if asked.isascii() and asked.isdigit() else ()
    replay(visit.services.records, visit.caller, visit.place["id"], sequences, visit.now)
    return Redirect("/registry/events?done=events-replayed")
