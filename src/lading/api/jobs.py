"""Background work."""

from typing import Literal

from pydantic import Field

from lading.api.message import Message

JobStateWord = Literal["queued", "running", "done", "failed"]


class JobLine(Message):
    """One job. ``ended_at`` and ``reason`` are empty until it has ended, and has failed."""

    key: str
    name: str
    arguments: dict[str, str]
    state: JobStateWord
    taken_at: str
    ended_at: str
    reason: str


class JobsShown(Message):
    """How much is queued, running and failed, and the newest jobs of the states that were asked for."""

    queued: int
    running: int
    failed: int
    newest: list[JobLine]


class JobKey(Message):
    """What names one job."""

    key: str = Field(min_length=1, max_length=1000)
