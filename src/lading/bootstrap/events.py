"""Events: who is told of what is done."""

import structlog

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.adapters.event_webhook import EventWebhooks
from lading.adapters.ticker import Ticker
from lading.bootstrap.installation import Installation, clock, new_id
from lading.foundation.errors import Malformed
from lading.registry.caller import BoundRights, Caller
from lading.server.telemetry import ServerMetrics
from lading.workflows.event_subscriptions import list_subscriptions
from lading.workflows.send_events import EventPorts, send_events

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


def event_sender(installation: Installation) -> Ticker:
    """What sends events, in every server: those of one subscription are sent by one at a time."""
    ports = event_ports(installation)

    def complain(error: Exception) -> None:
        structlog.get_logger("lading.events").error("events were not sent", said=str(error))

    return Ticker(lambda: send_events(ports), seconds=_EVERY, complain=complain)


def show_event_metrics(installation: Installation, metrics: ServerMetrics) -> None:
    """Say how far each receiver is."""
    metrics.events.clear()
    for standing in list_subscriptions(installation.records, Caller(SYSTEM, BoundRights(NO_BINDINGS))):
        for state in ("unread", "waiting", "dead"):
            metrics.events.labels(standing.subscription.id, state).set(getattr(standing, state))
