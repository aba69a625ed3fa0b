"""Messages of the gate in front of a Docker Engine."""

from pydantic import Field

from lading.api.message import Message


class EngineAsk(Message):
    """A request to an engine, and what the engine has under the name of the image."""

    host: str
    method: str
    uri: str
    body: str = ""  # base64
    user: str = ""
    image_id: str = ""
    digests: list[str] = Field(default_factory=list)


class EngineAnswer(Message):
    """Whether it may, and the words for people."""

    allow: bool
    message: str = ""
    policy: str = ""
