"""Signing in to the API."""

from lading.api.message import Message


class OpenedSession(Message):
    """A session that was opened by a name and a password: send ``Authorization: Bearer <token>``."""

    token: str
    expires_at: str
    principal: str
    must_change_password: bool


class WhoAmI(Message):
    """Who asks, and what they may do."""

    principal: str
    admin: bool
    groups: list[str]
    roles: list[str]
