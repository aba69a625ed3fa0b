"""An audit entry as a CloudEvent (CloudEvents 1.0, structured JSON), and its signature.

1. ``source`` and ``id`` (the entry's sequence) name an event for ever: a receiver that sees them again has
   seen the event. ``partitionkey`` (an extension that CloudEvents documents) is the repository.
2. The signature is that of Standard Webhooks: HMAC-SHA-256 over id, timestamp and body with points between,
   under what the secret encodes. The timestamp is that of the delivery, so a receiver that refuses old ones
   cannot be sent a recorded request again.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

from lading.audit.entry import Entry
from lading.audit.event_subscription import repository_of

TYPE_PREFIX = "dev.lading."
TEST_TYPE = TYPE_PREFIX + "event.test"
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
_SECRET_PREFIX = "whsec_"  # noqa: S105 - marks secrets, is none


def cloud_event(entry: Entry, source: str) -> bytes:
    """The body of the event. Pure ASCII, so that no text in it can offend a receiver."""
    event, repository = entry.event, repository_of(entry.event)
    members: dict[str, object] = {
        "specversion": "1.0",
        "id": str(entry.sequence),
        "source": source,
        "type": TYPE_PREFIX + event.action,
        "time": event.at,
        "datacontenttype": "application/json",
        "sequence": f"{entry.sequence:020d}",
        "data": {
            "actor": event.actor,
            "action": event.action,
            "subject": event.subject,
            "outcome": event.outcome,
            "repository": repository,
            "details": dict(event.details),
            "request_id": event.request_id,
            "digest": entry.digest,
        },
    }
    if event.subject:
        members["subject"] = event.subject
    if repository:
        members["partitionkey"] = repository
    return json.dumps(members, separators=(",", ":"), allow_nan=False).encode("ascii")


def trial_event(event_id: str, source: str, at: str) -> bytes:
    """An event that nothing happened for."""
    members = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": TEST_TYPE,
        "time": at,
        "datacontenttype": "application/json",
        "data": {},
    }
    return json.dumps(members, separators=(",", ":")).encode("ascii")


def make_secret(random: bytes) -> str:
    """Write a secret as Standard Webhooks does; ``random`` are 24 to 64 bytes."""
    return _SECRET_PREFIX + base64.b64encode(random).decode("ascii")


def signed_headers(secret: str, event_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """The headers of a delivery; ``timestamp`` is in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
    content = f"{event_id}.{timestamp}.".encode("ascii") + body
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode("ascii")
    return {
        "Content-Type": CONTENT_TYPE,
        "Webhook-Id": event_id,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": f"v1,{signature}",
    }
