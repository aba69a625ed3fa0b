"""Who is told of what is done, how far each receiver is, and what it did not take."""

from dataclasses import replace

from lading.access.repository_pattern import RepositoryPattern
from lading.console.answers import Answer, Page, Redirect
from lading.console.formats.sentences import whole_sentence
from lading.console.frame import Section
from lading.console.views.events import EventsView, MadeSubscription, SubscribeForm, subscription_row
from lading.console.views.notices import notice_of
from lading.console.visit import MAX_LONG_TEXT, Visit
from lading.foundation.errors import Forbidden, Malformed, OverLimit, Upstream
from lading.workflows.event_subscriptions import (
    NewSubscription,
    list_dead,
    list_subscriptions,
    replay,
    send_test,
    set_paused,
    subscribe,
    unsubscribe,
)

LETTERS = 20  # dead letters shown of each subscription
_SECRET = 64  # characters
_REFUSED_RECEIVERS = frozenset({"event-host-refused", "event-address-refused", "event-url-plain"})


def show(visit: Visit) -> Answer:
    """Show all subscriptions."""
    return _page(visit)


def add(visit: Visit) -> Answer:
    """Subscribe, and show the secret this once. What was not accepted is shown again."""
    services = visit.services
    form = SubscribeForm(
        *(visit.written(name, limit=MAX_LONG_TEXT) for name in ("url", "actions", "repositories"))
    )
    try:
        asked = NewSubscription(
            form.url,
            tuple(form.actions.replace(",", " ").split()),
            RepositoryPattern.parse(form.repositories),
        )
        secret = services.new_token()[:_SECRET]
        made = subscribe(services.events, visit.caller, asked, visit.now, secret=secret)
    except (Malformed, OverLimit) as error:
        return _page(visit, replace(form, problem=error.message, hint=error.hint), status=400)
    except Forbidden as error:
        if error.code not in _REFUSED_RECEIVERS:
            raise
        return _page(visit, replace(form, problem=error.message, hint=error.hint), status=400)
    return _page(visit, made=MadeSubscription(made.url, made.secret))


def remove(visit: Visit) -> Answer:
    """End a subscription."""
    unsubscribe(visit.services.records, visit.caller, visit.place["id"], visit.now)
    return Redirect("/registry/events?done=events-removed")


def try_out(visit: Visit) -> Answer:
    """Send an event that nothing happened for, and say whether it was taken."""
    try:
        send_test(visit.services.events, visit.caller, visit.place["id"], visit.now)
    except Upstream as error:
        return _page(visit, problem=error.message)
    except Forbidden as error:
        if error.code not in _REFUSED_RECEIVERS:
            raise
        return _page(visit, problem=error.message)
    return Redirect("/registry/events?done=events-tried")


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


def _page(
    visit: Visit,
    form: SubscribeForm | None = None,
    *,
    made: MadeSubscription | None = None,
    problem: str = "",
    status: int = 200,
) -> Page:
    records, caller = visit.services.records, visit.caller
    rows = tuple(
        subscription_row(
            each,
            list_dead(records, caller, each.subscription.id, limit=LETTERS) if each.dead else (),
            visit.now,
        )
        for each in list_subscriptions(records, caller)
    )
    notice = notice_of(visit.asked("done"))
    view = EventsView(rows, form or SubscribeForm(), made, whole_sentence(problem), notice)
    return Page("events.html", "Events", Section.EVENTS, view, status=status)
