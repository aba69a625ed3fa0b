"""What all messages of the management API share.

Unknown members are refused in what clients send: a misspelt option must not be a silent default. Values are
taken as what they are: "yes" is a text, not a truth.
"""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class Message(BaseModel):
    """A JSON object of the API. Instants are RFC 3339 in UTC; digests are ``algorithm:hex``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Listing(Message, Generic[T]):
    """One page of a list. ``next`` is what to hand back as ``after``; it is empty on the last page."""

    items: list[T]
    next: str = ""


class Problem(BaseModel):
    """What every refusal says (RFC 9457, with a stable code and a hint)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str = Field(description="stable, for programs")
    hint: str = Field(default="", description="what to do about it")
    request_id: str = ""
