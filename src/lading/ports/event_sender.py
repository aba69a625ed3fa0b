"""Sending one event to a receiver."""

from collections.abc import Mapping
from typing import Protocol


class EventSender(Protocol):
    """Safe to share between threads."""

    def check(self, url: str) -> None:
        """Raise Malformed or Forbidden where nothing may ever be sent to this URL. Asks no network."""
        ...

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send, in bounded time. Raises what ``check`` raises, Forbidden where the host's address may not be
        sent to, and Upstream where the receiver did not answer with a status from 200 to 299."""
        ...
