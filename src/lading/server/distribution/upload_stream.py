"""From the body of a request into an upload, with at most two chunks in memory.

While a thread digests and writes one chunk, the event loop gathers the next. What arrived before the client
went away is written, so that it can go on from there.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from contextlib import suppress

from lading.foundation.errors import Malformed
from lading.ports.blob_store import CHUNK_BYTES, UploadWriter
from lading.server.distribution.exchange import ClientGone, Exchange
from lading.server.socket_bodies import SocketBodies
from lading.workflows.push_blob import blob_too_large


async def receive_into(
    writer: UploadWriter, exchange: Exchange, executor: Executor, *, max_bytes: int, large_body: int
) -> int:
    """Write the body to the end of an upload, close the writer, and return the upload's offset.

    Raises ClientGone, or Malformed ``client-idle``, after what arrived was written, and OverLimit
    ``blob-too-large`` when the upload would have more than ``max_bytes``.
    """
    bodies, size = exchange.socket_bodies, exchange.content_length
    if bodies is not None and size is not None and large_body <= size <= max_bytes - writer.offset:
        return await _receive_past_the_loop(writer, exchange, bodies, executor)
    pump = _Pump(writer, executor)
    received = writer.offset
    try:
        async for part in exchange.iter_body():
            received += len(part)
            if received > max_bytes:
                raise blob_too_large(max_bytes)
            await pump.take(part)
        await pump.flush()
    except (ClientGone, Malformed):
        await pump.flush()
        raise
    finally:
        await pump.close()
    return writer.offset


async def _receive_past_the_loop(
    writer: UploadWriter, exchange: Exchange, bodies: SocketBodies, executor: Executor
) -> int:
    try:
        await exchange.receive_past_the_loop(bodies, writer.write, executor)
    finally:
        await asyncio.wrap_future(executor.submit(writer.close))
    return writer.offset


class _Pump:
    def __init__(self, writer: UploadWriter, executor: Executor) -> None:
        self._writer, self._executor = writer, executor
        self._parts: list[bytes] = []
        self._gathered = 0
        self._writing: Future[None] | None = None

    async def take(self, part: bytes) -> None:
        self._parts.append(part)
        self._gathered += len(part)
        if self._gathered >= CHUNK_BYTES:
            await self._hand_over()

    async def flush(self) -> None:
        if self._gathered:
            await self._hand_over()
        await self._settle()

    async def close(self) -> None:
        """Close the writer after the last write, whatever happens to this task meanwhile."""
        await asyncio.wrap_future(self._executor.submit(_close_after, self._writing, self._writer.close))

    async def _hand_over(self) -> None:
        await self._settle()
        chunk = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts, self._gathered = [], 0
        self._writing = self._executor.submit(self._writer.write, chunk)

    async def _settle(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            try:
                await asyncio.wrap_future(writing)
            except asyncio.CancelledError:
                self._writing = writing  # close must still wait for the thread
                raise


def _close_after(writing: Future[None] | None, close: Callable[[], None]) -> None:
    if writing is not None:
        with suppress(BaseException):
            wait([writing])
    close()
