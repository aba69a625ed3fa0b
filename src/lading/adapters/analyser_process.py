"""Analyse each layer in a process of its own, which gets an open descriptor of the blob and nothing else.

Where the kernel allows it (Linux 5.3) workers are forked by a nursery, see analyser_nursery; elsewhere, and
where one cannot be had, each is started by itself.

What a layer can do to us: end its own process, use up that process's time and memory, and lie about itself.
The answer is bounded, is checked against its type, and must be about the layer that was asked for.
"""

import contextlib
import os
import selectors
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import msgspec

from lading.adapters.analyser_worker import CRASHED, DONE, OUT_OF_MEMORY, Job
from lading.adapters.analyser_workers import Nursery, NurseryLost, Worker, start_alone
from lading.cataloging.analysis import LayerAnalysis, Unreadable
from lading.cataloging.layer import ANALYSER
from lading.cataloging.layer_facts import LAYER
from lading.foundation.errors import Upstream
from lading.image.limits import ReadingLimits
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobReader

_GRACE = 5.0  # seconds after which a worker that did not stop by itself is stopped
_MAX_COMPLAINT = 8 << 10  # bytes of a worker's traceback


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one worker may use. Memory is address space: two thirds of it are never touched."""

    seconds: float = 300.0
    memory_bytes: int = 1536 << 20
    result_bytes: int = 256 << 20
    reading: ReadingLimits = field(default_factory=ReadingLimits)


class ProcessAnalyser:
    """A LayerAnalyser with one process for each layer.

    ``complain`` takes what a worker that crashed said last, for the log; it is a fault of ours, and may quote
    the layer.
    """

    def __init__(
        self,
        blobs: BlobReader,
        limits: WorkerLimits | None = None,
        complain: Callable[[str], None] | None = None,
        *,
        nursery: Nursery | None = None,
    ) -> None:
        self._blobs = blobs
        self._nursery = nursery
        self._limits = limits or WorkerLimits()
        self._complain = complain

    def analyse(self, blob: Digest, diff_id: Digest) -> LayerAnalysis:
        """Analyse a layer."""
        with self._opened(blob) as file:
            ending = self._ending(file, self._job(diff_id))
        if ending.status == DONE:
            analysis = _decode(ending.result, diff_id)
            if analysis is not None:
                return analysis
        if ending.complaint and self._complain is not None:
            self._complain(ending.complaint)
        return _not_read(diff_id, _why(ending, self._limits))

    def confinement(self) -> tuple[str, ...]:
        """How workers are confined on this machine: see the module confinement."""
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a descriptor is wanted, not a path
            ending = self._ending(nothing, self._job(Digest.of(b""), describe=True))
        if ending.status != DONE:
            raise Upstream("analyser-unavailable", f"the analyser does not start: {ending.complaint[-500:]}")
        return msgspec.msgpack.decode(ending.result, type=tuple[str, ...])

    def _job(self, diff_id: Digest, *, describe: bool = False) -> Job:
        limits = self._limits
        return Job(
            diff_id=str(diff_id),
            memory_bytes=limits.memory_bytes,
            seconds=limits.seconds,
            result_bytes=limits.result_bytes,
            limits=limits.reading,
            describe=describe,
        )

    @contextlib.contextmanager
    def _opened(self, blob: Digest) -> Iterator[BinaryIO]:
        """The blob as a file that can be read twice; copied to a nameless one where it is not here."""
        path = self._blobs.local_path(blob)
        if path is not None:
            with open(path, "rb") as file:  # noqa: PTH123 - a descriptor is wanted, not a path
                yield file
            return
        with tempfile.TemporaryFile() as copy, contextlib.closing(self._blobs.read(blob)) as stream:
            for chunk in stream:
                copy.write(chunk)
            copy.flush()
            yield copy

    def _ending(self, blob: BinaryIO, job: Job) -> "_Ending":
        worker = self._nursery.start(blob, job) if self._nursery is not None else None
        if worker is not None:
            with worker, contextlib.suppress(NurseryLost):
                return _listen(worker, self._limits)
        with start_alone(blob, job) as worker:
            return _listen(worker, self._limits)


@dataclass(slots=True)
class _Ending:
    """How a worker ended. ``status`` is negative for a signal, None where it was stopped by us."""

    status: int | None
    result: bytes
    complaint: str


def _listen(worker: Worker, limits: WorkerLimits) -> _Ending:
    """Take in what the worker says until it ends, its time is up, or it says too much."""
    deadline = time.monotonic() + limits.seconds + _GRACE
    said = {worker.result: bytearray(), worker.complaints: bytearray()}
    most = {worker.result: limits.result_bytes, worker.complaints: _MAX_COMPLAINT}
    result, complaint = said.values()
    with selectors.DefaultSelector() as selector:
        for descriptor in said:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                return _Ending(None, b"", "")
            for key, _ in ready:
                part = os.read(key.fd, 1 << 20)
                if not part:
                    selector.unregister(key.fd)
                elif len(said[key.fd]) + len(part) > most[key.fd]:
                    return _Ending(None, b"", "")
                else:
                    said[key.fd] += part
    status = worker.wait(max(0.0, deadline - time.monotonic()))
    if status is None:
        return _Ending(None, b"", "")
    return _Ending(status, bytes(result), complaint.decode("utf-8", "replace"))


def _decode(result: bytes, diff_id: Digest) -> LayerAnalysis | None:
    try:
        analysis = msgspec.msgpack.decode(result, type=LayerAnalysis)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return analysis if analysis.diff_id == diff_id and analysis.analyser == ANALYSER else None


def _why(ending: _Ending, limits: WorkerLimits) -> str:
    match ending.status:
        case None:
            return f"reading it took more than the {limits.seconds:g} seconds, or found more, than allowed"
        case status if status == -signal.SIGXCPU:
            return f"reading it took more than the {limits.seconds:g} seconds allowed"
        case status if status in (OUT_OF_MEMORY, -signal.SIGKILL):
            return f"reading it takes more than the {limits.memory_bytes >> 20} MiB of memory allowed"
        case status if status == CRASHED:
            return "the analyser failed on it, which is a fault of the analyser"
        case status:
            return f"the analyser ended early, with status {status}"


def _not_read(diff_id: Digest, reason: str) -> LayerAnalysis:
    return LayerAnalysis(
        diff_id=diff_id,
        analyser=ANALYSER,
        whole=False,
        sources=(),
        secrets=(),
        unreadable=(Unreadable("", LAYER, reason),),
        whiteouts=(),
        opaque=(),
        replaced=(),
        links=(),
        releases=(),
        file_count=0,
        byte_count=0,
    )
