"""Push several things as one: in the end all of them are there, or none.

1. Within the block there is one transaction. Whoever is given the ports writes into it without knowing.
2. Blobs wait in memory, and go into the store side by side before the transaction ends: what a record that
   is kept links to is there. Their gates are held from when they are linked (``registry.collection``, C5).
3. The log is written last and in one go, so that nobody waits for it meanwhile.
4. Whoever analyses images is told when all of it is kept.
5. What fails in the block fails all of it, even where who asked would go on: half of it may be written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from lading.audit.entry import Event
from lading.oci.digest import Digest
from lading.ports.records.record_set import RecordSet
from lading.workflows.attach_claim import PushPorts, Staged


@contextmanager
def together(ports: PushPorts) -> Iterator[PushPorts]:
    """Give ports whose pushes are one. Blobs are kept in memory until the end: push large ones before."""
    told: list[tuple[str, Digest, str]] = []
    staged: Staged = {}
    with ports.records.write() as kept:
        log = _Log()
        joined = _Joined(cast("RecordSet", _LogLast(kept, log)))
        yield replace(
            ports,
            records=joined,
            on_pushed=lambda repository, digest, type_: told.append((repository, digest, type_)),
            staged=staged,
        )
        if joined.failure is not None:  # rule 5
            raise joined.failure
        ports.blobs.put_all(staged)  # rule 2
        kept.audit.append_all(log.events)
    for repository, digest, media_type in told:
        ports.on_pushed(repository, digest, media_type)


@dataclass(slots=True)
class _Joined:
    """Records as seen from within a block that is under way."""

    kept: RecordSet
    failure: BaseException | None = None

    @contextmanager
    def read(self) -> Iterator[RecordSet]:
        """What the block sees: also what it wrote."""
        self._require_whole()
        yield self.kept

    @contextmanager
    def write(self, *, long: bool = False) -> Iterator[RecordSet]:  # noqa: ARG002 -- the port's name
        """A part of the block."""
        self._require_whole()
        try:
            yield self.kept
        except BaseException as error:
            self.failure = error
            raise

    def _require_whole(self) -> None:
        if self.failure is not None:
            raise self.failure


@dataclass(slots=True)
class _Log:
    """Rule 3: what is to be appended."""

    events: list[Event] = field(default_factory=list)

    def append(self, event: Event) -> None:
        """Keep it for the end of the block."""
        self.events.append(event)

    def append_all(self, events: list[Event]) -> None:
        """Keep them for the end of the block."""
        self.events.extend(events)


class _LogLast:
    """A record set whose log waits; everything else is the block's own."""

    def __init__(self, kept: RecordSet, log: _Log) -> None:
        self._kept = kept
        self.audit = log

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)
