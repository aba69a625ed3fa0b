"""Signing in to the API."""

from lading.api.message import Message


class OpenedSession(Message):
    """A session that was opened by a name and a password: send ``Authorization: Bearer <token>``."""

    token: str
    expires_at: str
    principal: str
    must_change_password: bool


class DeviceRequest(Message):
    """A command that asks to be signed in by a browser."""

    asking: str = ""  # what it says of itself, for the person who is asked


class DeviceCodes(Message):
    """The codes of a device grant (RFC 8628, 3.2): keep one, show the other."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int  # seconds
    interval: int  # seconds between two questions


class DeviceToken(Message):
    """The question whether the person has said yes."""

    device_code: str


class WhoAmI(Message):
    """Who asks, and what they may do."""

    principal: str
    admin: bool
    groups: list[str]
    roles: list[str]
