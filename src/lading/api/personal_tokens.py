"""Tokens that people make for themselves."""

from pydantic import Field

from lading.api.message import Message


class TokenRequest(Message):
    """A token to make for who asks. ``days`` of 0 lets it live as long as the settings allow."""

    name: str
    days: int = Field(default=0, ge=0, le=36_500)
    reading_only: bool = False


class TokenLine(Message):
    """A token, which is the password of ``person``. ``token`` is set only when it was made just now."""

    id: str
    person: str
    name: str
    created_at: str
    expires_at: str
    last_used_at: str  # to the minute; empty where it never was
    expired: bool
    reading_only: bool = False
    token: str = Field(default="", repr=False)
