"""Events: who is told of what is done."""

from functools import partial

import structlog

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.adapters.event_webhook import EventWebhooks
from lading.adapters.side_by_side import SideBySide
from lading.adapters.ticker import Ticker
from lading.bootstrap.installation import Installation, clock, new_id
from lading.foundation.errors import Malformed
from lading.registry.caller import BoundRights, Caller
from lading.server.telemetry import ServerMetrics
from lading.workflows.event_subscriptions import MAX_SUBSCRIPTIONS, list_subscriptions
from lading.workflows.send_events import EventPorts, subscriptions_with_work, take_turn

_EVERY = 1.0  # seconds between looks at whether something is to be sent


def event_ports(installation: Installation) -> EventPorts:
    """What events need."""
    settings = installation.settings.events
    if not 1 <= settings.attempts <= 100:
        raise Malformed("settings-invalid", "events.attempts must be from 1 to 100")
    sender = EventWebhooks(settings.allowed_hosts, plain_http=settings.plain_http)
    return EventPorts(
        installation.records, sender, clock, new_id, installation.address, attempts=settings.attempts
    )


class EventSending:
    """What sends events, in every server: those of one subscription are sent by one at a time.

    Each subscription has a turn of its own: a receiver that is slow, or away, holds up no other.
    """

    def __init__(self, installation: Installation) -> None:
        self._ports = event_ports(installation)
        self._turns = SideBySide(most=MAX_SUBSCRIPTIONS, complain=_complain)
        self._ticker = Ticker(self._look, seconds=_EVERY, complain=_complain)

    def start(self) -> None:
        """Begin to look for what is to be sent."""
        self._ticker.start()

    def stop(self) -> None:
        """End, after the deliveries that are under way."""
        self._ticker.stop()
        self._turns.stop()

    def _look(self) -> None:
        for subscription_id in subscriptions_with_work(self._ports):
            self._turns.begin(subscription_id, partial(take_turn, self._ports, subscription_id))


def _complain(error: Exception) -> None:
    structlog.get_logger("lading.events").error("events were not sent", said=str(error))


def show_event_metrics(installation: Installation, metrics: ServerMetrics) -> None:
    """Say how far each receiver is."""
    metrics.events.clear()
    for standing in list_subscriptions(installation.records, Caller(SYSTEM, BoundRights(NO_BINDINGS))):
        for state in ("unread", "waiting", "dead"):
            metrics.events.labels(standing.subscription.id, state).set(getattr(standing, state))
