"""What every feed format offers: documents in, advisories out, and what could not be read by name."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lading.advisories.advisory import Advisory
from lading.advisories.exploit_score import ExploitScore
from lading.foundation.bounded import Reader


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """One file of a feed: a member of an archive, or all there is. ``name`` is for messages."""

    name: str
    reader: Reader


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """One record that was not understood. The rest of the feed stands, and this is counted and shown."""

    where: str  # "PyPI.zip: PYSEC-2021-1.json"
    reason: str


@dataclass(frozen=True, slots=True)
class FeedDate:
    """When the feed says that it was made, where its records do not tell; RFC 3339."""

    text: str


Decoded: TypeAlias = Advisory | ExploitScore | FeedDate | RefusedRecord


@dataclass(frozen=True, slots=True)
class FeedFormat:
    """How one feed is written.

    ``decode(feed, documents)`` yields what the documents hold, reading each once and to its end. It raises
    Malformed or OverLimit where a document as a whole cannot be trusted (cut off, ambiguous, without end):
    then nothing of the feed may be taken.
    """

    name: str
    rules: str  # where the format is described
    # Of the decoder: raised when it reads the same bytes in another way, so that they are imported again.
    revision: int
    decode: Callable[[str, Iterable[FeedDocument]], Iterator[Decoded]]
