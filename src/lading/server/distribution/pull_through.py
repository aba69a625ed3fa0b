"""Pulls of what is not here yet, from the upstream that a repository stands for.

1. Of the requests of this process that want the same thing, the first asks for it, and all get its outcome;
   one that goes away does not stop it. (Other processes are held off by a lease in the records.)
2. What waits for upstreams has threads of its own: a slow one must not hold up who only wants what is here.
3. A blob is sent while it comes, each reader at its own speed from the file that it gathers in. Its last
   byte is sent when the whole was verified and linked: a client never gets all of anything wrong.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from lading.foundation.errors import LadingError, OverLimit, Upstream
from lading.oci.digest import Digest
from lading.ports.blob_store import CHUNK_BYTES
from lading.registry.byte_ranges import ByteRange
from lading.registry.caller import Caller
from lading.server.distribution.exchange import Exchange
from lading.workflows.cache_ports import CachePorts, Origin, origin_of
from lading.workflows.fetch_blob import fetch_blob, held_size, size_there
from lading.workflows.pull_through import CachedManifest, pull_through

_THREADS = 24  # requests to upstreams at the same time
_MOST_WAITING = 500  # different things that are being asked for; more are refused for now

T = TypeVar("T")


class ArrivingBlob:
    """A blob that is being fetched, seen from the event loop. Fed from the thread that fetches it."""

    def __init__(self) -> None:
        self.size: int | None = None
        self.available = 0  # bytes that lie in the file
        self.is_verified = False
        self.error: BaseException | None = None
        self.file: int | None = None  # a descriptor, closed with the last reader
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._users = 1  # the fetch itself

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.is_verified or self.error is not None

    def begun(self, size: int | None, file: str | None) -> None:
        """See ``Watcher``."""
        descriptor = None if file is None or size is None else os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        self._tell(lambda: self._begin(size, descriptor))

    def arrived(self, offset: int) -> None:
        """See ``Watcher``."""
        self._tell(lambda: self._set(available=offset))

    def end(self, size: int | None, error: BaseException | None) -> None:
        """Say how it ended; on the loop."""
        if size is not None:
            self._set(size=size, available=size, is_verified=True)
        else:
            self._set(error=error)
        self.leave()

    def enter(self) -> None:
        """Count a reader, who leaves in any case."""
        self._users += 1

    def leave(self) -> None:
        """A reader is gone; the last one closes the file."""
        self._users -= 1
        if self._users == 0 and self.file is not None:
            os.close(self.file)
            self.file = None

    async def changed(self) -> None:
        """Return when something is new."""
        await self._changed.wait()

    def _tell(self, change: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(change)

    def _begin(self, size: int | None, descriptor: int | None) -> None:
        self.file = descriptor
        self._set(size=size)

    def _set(self, **news: Any) -> None:
        for name, value in news.items():
            setattr(self, name, value)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


@dataclass(frozen=True, slots=True)
class _Wanted:
    origin: Origin
    digest: Digest


class PullThrough:
    """Everything that this process is fetching."""

    def __init__(self, ports: CachePorts) -> None:
        self._ports = ports
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="upstream")
        self._asked: dict[str, asyncio.Task[Any]] = {}
        self._arriving: dict[str, ArrivingBlob] = {}

    def origin_of(self, repository: str) -> Origin | None:
        """Where a repository comes from. Blocks."""
        return origin_of(self._ports.records, repository)

    async def manifest(self, caller: Caller, origin: Origin, wanted: Digest | str) -> CachedManifest:
        """Find or fetch a manifest (rule 1). The caller's right was checked."""
        key = f"{origin.repository}@{wanted}"
        return await self._once(
            key, lambda: self._run(lambda: pull_through(self._ports, caller, origin, wanted))
        )

    async def blob_size(self, origin: Origin, digest: Digest) -> int:
        """Ask the upstream for the size of a blob that is not here, without fetching it."""
        return await self._once(
            f"size {origin.repository}@{digest}", lambda: self._run(lambda: self._size_there(origin, digest))
        )

    async def blob(self, origin: Origin, digest: Digest) -> ArrivingBlob:
        """Begin or join the fetch of a blob; return when its size is known. The reader leaves in any case.

        Raises what fetching raises where it ended before that.
        """
        key = f"{origin.repository}@{digest}"
        arriving = self._arriving.get(key)
        if arriving is None:
            self._check_room()
            arriving = self._arriving[key] = ArrivingBlob()
            task = asyncio.create_task(self._fetch(key, _Wanted(origin, digest), arriving))
            self._asked[f"blob {key}"] = task
            task.add_done_callback(lambda _: self._asked.pop(f"blob {key}", None))
        arriving.enter()
        try:
            while not arriving.is_over and (arriving.file is None or arriving.size is None):
                await arriving.changed()
            if arriving.error is not None:
                raise arriving.error
        except BaseException:
            arriving.leave()
            raise
        return arriving

    async def _fetch(self, key: str, wanted: _Wanted, arriving: ArrivingBlob) -> None:
        size, error = None, None
        try:
            size = await self._run(lambda: fetch_blob(self._ports, wanted.origin, wanted.digest, arriving))
        except BaseException as raised:  # noqa: BLE001 - told to every reader, who raises it
            error = raised
        finally:
            self._arriving.pop(key, None)
            arriving.end(size, error)

    def _size_there(self, origin: Origin, digest: Digest) -> int:
        held = held_size(self._ports, origin.repository, digest)
        return size_there(self._ports, origin, digest) if held is None else held

    async def _once(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        task = self._asked.get(key)
        if task is None:
            self._check_room()
            task = self._asked[key] = asyncio.ensure_future(work())
            task.add_done_callback(lambda ended: self._forget(key, ended))
        return await asyncio.shield(task)

    def _forget(self, key: str, ended: asyncio.Task[Any]) -> None:
        self._asked.pop(key, None)
        if not ended.cancelled():
            ended.exception()  # where everybody who asked is gone, nobody else looks at it

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _check_room(self) -> None:
        if len(self._asked) >= _MOST_WAITING:
            raise OverLimit(
                "upstream-requests-busy",
                f"{_MOST_WAITING} things are being fetched from upstreams already",
                hint="try again in a moment",
                details={"limit": _MOST_WAITING, "retry_after": 5},
            )

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


async def send_arriving(exchange: Exchange, arriving: ArrivingBlob, part: ByteRange) -> None:
    """Send a range of a blob as it comes (rule 3), and end the answer. The headers were sent."""
    gone = asyncio.create_task(exchange.wait_until_gone())
    at = part.start
    try:
        while at < part.stop and not gone.done():
            chunk = await _next_chunk(arriving, at, part.stop)
            at += len(chunk)
            await exchange.send(chunk)
        await exchange.end()
    finally:
        gone.cancel()


async def _next_chunk(arriving: ArrivingBlob, at: int, stop: int) -> bytes:
    assert arriving.file is not None
    assert arriving.size is not None
    while True:
        if arriving.error is not None:
            raise _broken(arriving.error)
        ready = arriving.size if arriving.is_verified else min(arriving.available, arriving.size - 1)
        length = min(CHUNK_BYTES, min(ready, stop) - at)
        if length > 0:
            break
        await arriving.changed()
    chunk = await asyncio.get_running_loop().run_in_executor(None, os.pread, arriving.file, length, at)
    if not chunk:
        raise Upstream("blob-truncated", "a blob that is being fetched became shorter")
    return chunk


def _broken(error: BaseException) -> LadingError:
    """The answer is under way: whoever catches this can only break the connection."""
    said = str(error) if isinstance(error, LadingError) else type(error).__name__
    return Upstream("upstream-broke-off", f"the fetch of a blob ended before its end: {said}")
