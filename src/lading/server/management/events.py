"""`/api/v1/events`: who is told of what is done."""

from fastapi import APIRouter, Response

from lading.access.repository_pattern import RepositoryPattern
from lading.api import events as api
from lading.api.message import Listing
from lading.foundation.instants import rfc3339
from lading.server.management.asking import Asking, Services
from lading.server.management.gates import Id
from lading.server.management.images import Limit
from lading.workflows import event_subscriptions as events

router = APIRouter(tags=["events"])


@router.get("/events/subscriptions")
def get_subscriptions(services: Services, caller: Asking) -> Listing[api.SubscriptionLine]:
    """List who is told of what, and how far each receiver is."""
    found = events.list_subscriptions(services.records, caller)
    return Listing(items=[_line(each) for each in found])


@router.post("/events/subscriptions", status_code=201)
def post_subscription(services: Services, caller: Asking, body: api.SubscriptionAsk) -> api.SubscriptionMade:
    """Subscribe. The answer has the secret that signs; it is not shown again."""
    asked = events.NewSubscription(body.url, tuple(body.actions), RepositoryPattern.parse(body.repositories))
    made = events.subscribe(
        services.events, caller, asked, services.clock(), secret=services.new_token()[:64]
    )
    return api.SubscriptionMade(id=made.id, url=made.url, secret=made.secret)


@router.delete("/events/subscriptions/{subscription}", status_code=204, response_class=Response)
def delete_subscription(services: Services, caller: Asking, subscription: Id) -> Response:
    """End a subscription, with what waits for it and its dead letters."""
    events.unsubscribe(services.records, caller, subscription, services.clock())
    return Response(status_code=204)


@router.post("/events/subscriptions/{subscription}/pause")
def post_pause(services: Services, caller: Asking, subscription: Id) -> api.PausedOrNot:
    """Stop sending."""
    events.set_paused(services.records, caller, subscription, services.clock(), paused=True)
    return api.PausedOrNot(id=subscription, paused=True)


@router.post("/events/subscriptions/{subscription}/resume")
def post_resume(services: Services, caller: Asking, subscription: Id) -> api.PausedOrNot:
    """Go on where it stopped."""
    events.set_paused(services.records, caller, subscription, services.clock(), paused=False)
    return api.PausedOrNot(id=subscription, paused=False)


@router.get("/events/subscriptions/{subscription}/dead")
def get_dead(
    services: Services, caller: Asking, subscription: Id, limit: Limit = 100
) -> Listing[api.DeadLetterLine]:
    """List what the receiver did not take, the oldest first."""
    found = events.list_dead(services.records, caller, subscription, limit=limit)
    return Listing(
        items=[
            api.DeadLetterLine(
                sequence=each.entry.sequence,
                at=each.entry.event.at,
                action=each.entry.event.action,
                subject=each.entry.event.subject,
                attempts=each.delivery.attempts,
                error=each.delivery.error,
            )
            for each in found
        ]
    )


@router.post("/events/subscriptions/{subscription}/replay")
def post_replay(services: Services, caller: Asking, subscription: Id, body: api.ReplayAsk) -> api.Replayed:
    """Send dead letters again."""
    count = events.replay(services.records, caller, subscription, tuple(body.sequences), services.clock())
    return api.Replayed(letters=count)


@router.post("/events/subscriptions/{subscription}/test")
def post_test(services: Services, caller: Asking, subscription: Id) -> api.Tested:
    """Send an event that nothing happened for, at once, and say what came of it."""
    return api.Tested(event=events.send_test(services.events, caller, subscription, services.clock()))


def _line(standing: events.SubscriptionStanding) -> api.SubscriptionLine:
    subscription = standing.subscription
    return api.SubscriptionLine(
        id=subscription.id,
        url=subscription.url,
        actions=list(subscription.actions),
        repositories=subscription.repositories.text,
        made_at=rfc3339(subscription.made_at),
        made_by=subscription.made_by,
        paused=subscription.paused,
        sent_at=rfc3339(subscription.sent_at) if subscription.sent_at else "",
        error=subscription.error,
        unread=standing.unread,
        waiting=standing.waiting,
        dead=standing.dead,
    )
