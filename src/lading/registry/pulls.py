"""Pulls, as they are counted."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pulls:
    """How often something was pulled, and when last."""

    last_at: datetime
    number: int
