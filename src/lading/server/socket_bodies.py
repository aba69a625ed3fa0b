"""Large bodies straight between a socket and a file, past the event loop: a uvicorn protocol of our own.

Run uvicorn with ``http=SocketBodiesProtocol``. Every request over plain TCP then carries a ``SocketBodies``
in ``scope["extensions"]["lading.socket_bodies"]``; what does not know of it works as before, and where it is
absent (TLS, another server) bodies go through ASGI messages.

1. While a thread works on the socket, the event loop does not: before sending, what uvicorn still had to
   write has left its buffer; before receiving, uvicorn has stopped reading, and what it had read goes first.
2. Threads work on a duplicate of the socket's descriptor, so that a connection that uvicorn closes meanwhile
   cannot become another one under their hands.
3. A thread stays only while bytes flow: when the peer makes it wait for POLL_SECONDS, the wait goes on in the
   event loop, and a hundred slow clients hold no thread.
4. Exactly the announced bytes are taken from the socket. The parser never saw them, so the connection goes on
   with a new one.
5. A connection that breaks or goes idle in the middle of a body is closed: nothing that could follow would
   be understood. When what is received cannot be kept, the rest of it is read and dropped, so that the peer
   comes to read why.
"""

import asyncio
import functools
import os
import select
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from types import TracebackType
from typing import Any, TypeVar

import httptools
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from lading.foundation.errors import LadingError
from lading.server.strict_http import StrictHttpProtocol

EXTENSION = "lading.socket_bodies"
POLL_SECONDS = 0.05
_CHUNK = 1 << 20  # bytes read from a socket at once
_SENDFILE = 1 << 26  # bytes asked of the kernel at once

T = TypeVar("T")


class PeerGone(Exception):
    """The connection was lost, or the peer takes nothing any more."""


class PeerIdle(Exception):
    """The peer stopped sending in the middle of a body; it can still be answered, once."""


class SocketBodies:
    """The bodies of one request and its answer, for whoever wants them without the event loop.

    ``idle`` is how many seconds the peer may take or send nothing.
    """

    def __init__(self, protocol: "SocketBodiesProtocol", cycle: RequestResponseCycle) -> None:
        self._protocol, self._cycle = protocol, cycle

    async def send_file(self, file: int, start: int, stop: int, *, executor: Executor, idle: float) -> None:
        """Send the bytes from ``start`` to before ``stop`` of an open file in the answer that was started.

        Raises PeerGone.
        """
        try:
            await self._flushed(idle)
            with _Borrowed(self._protocol.transport, executor) as borrowed:
                await borrowed.send_file(file, start, stop, idle)
        except (OSError, EOFError) as error:  # TimeoutError is an OSError
            self._break()
            raise PeerGone from error
        self._cycle.expected_content_length -= stop - start

    async def receive(
        self, write: Callable[[memoryview], None], count: int, *, executor: Executor, idle: float
    ) -> None:
        """Hand the body, whose announced size is ``count``, to ``write``, which is called in threads.

        Raises PeerGone, PeerIdle, and the LadingError that ``write`` raises.
        """
        try:
            parsed = self._stop_parsing()
            with _Borrowed(self._protocol.transport, executor) as borrowed:
                await borrowed.receive(write, parsed, count - len(parsed), idle)
        except TimeoutError as error:  # an OSError too, since Python 3.10
            self._cycle.keep_alive = False
            raise PeerIdle from error
        except OSError as error:
            self._break()
            raise PeerGone from error
        except LadingError:
            self._go_on_parsing()
            raise
        self._go_on_parsing()

    async def _flushed(self, idle: float) -> None:
        """Rule 1, for sending."""
        async with asyncio.timeout(idle):
            while self._protocol.transport.get_write_buffer_size():
                if self._cycle.disconnected:
                    raise ConnectionResetError
                await asyncio.sleep(0)

    def _stop_parsing(self) -> bytes:
        """Rule 1, for receiving: give what uvicorn has read of the body, and leave the rest in the socket."""
        self._protocol.flow.pause_reading()
        if self._cycle.waiting_for_100_continue:
            self._cycle.waiting_for_100_continue = False
            self._protocol.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        parsed, self._cycle.body = bytes(self._cycle.body), bytearray()
        return parsed

    def _go_on_parsing(self) -> None:
        """Rule 4."""
        if self._cycle.more_body:  # else the parser saw the whole body, and perhaps the next request
            self._protocol.renew_parser()
            self._cycle.more_body = False
        self._cycle.message_event.set()
        if not self._protocol.transport.is_closing():
            self._protocol.flow.resume_reading()

    def _break(self) -> None:
        """Rule 5."""
        self._cycle.disconnected = True  # so that uvicorn does not take an unfinished answer for our fault
        self._protocol.transport.abort()


class SocketBodiesProtocol(StrictHttpProtocol):
    """uvicorn's protocol made strict, with the extension offered where a socket is plain TCP."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self.scheme == "http" and self.transport.get_extra_info("socket") is not None:
            extensions: dict[str, Any] = {EXTENSION: SocketBodies(self, cycle)}
            cycle.scope["extensions"] = extensions
        super()._start_asgi_task(cycle, app)

    def renew_parser(self) -> None:
        """Parse what comes next as the beginning of a request."""
        self.request_ended()
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn sets it


class _Borrowed:
    """A duplicate of a connection's socket (rule 2), worked on in threads while bytes flow (rule 3)."""

    def __init__(self, transport: asyncio.Transport, executor: Executor) -> None:
        self._socket = socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))
        self._executor = executor
        self._loop = asyncio.get_running_loop()
        self._stopped = False

    def __enter__(self) -> "_Borrowed":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    async def send_file(self, file: int, start: int, stop: int, idle: float) -> None:
        at = start
        while at < stop:
            before, at = at, await self._in_thread(functools.partial(self._send, file, at, stop))
            if at == before:
                await self._until_ready(self._loop.add_writer, self._loop.remove_writer, idle)

    async def receive(
        self, write: Callable[[memoryview], None], parsed: bytes, rest: int, idle: float
    ) -> None:
        body = _Incoming(write, rest)
        await self._in_thread(lambda: body.keep(memoryview(parsed)))
        while body.rest:
            before = body.rest
            await self._in_thread(lambda: self._receive(body))
            if body.rest == before:
                await self._until_ready(self._loop.add_reader, self._loop.remove_reader, idle)
        if body.failure is not None:
            raise body.failure

    def _send(self, file: int, at: int, stop: int) -> int:
        """Send until the peer makes us wait; return how far it came. Runs in a thread."""
        while at < stop and not self._stopped:
            try:
                sent = os.sendfile(self._socket.fileno(), file, at, min(stop - at, _SENDFILE))
            except BlockingIOError:
                if not self._wait(select.POLLOUT):
                    break
                continue
            if not sent:
                raise EOFError("the file is shorter than it was")
            at += sent
        return at

    def _receive(self, body: "_Incoming") -> None:
        """Receive until the peer makes us wait. Runs in a thread."""
        buffer = _thread_buffer()
        while body.rest and not self._stopped:
            try:
                received = self._socket.recv_into(buffer, min(body.rest, _CHUNK))
            except BlockingIOError:
                if not self._wait(select.POLLIN):
                    break
                continue
            if not received:
                raise ConnectionResetError("the peer closed in the middle of a body")
            body.rest -= received
            body.keep(buffer[:received])

    def _wait(self, event: int) -> bool:
        poll = select.poll()
        poll.register(self._socket, event)
        return bool(poll.poll(POLL_SECONDS * 1000))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        future = asyncio.wrap_future(self._executor.submit(work), loop=self._loop)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self._stopped = True  # nothing may be closed under the hands of a thread
            await asyncio.wait([future])
            raise

    async def _until_ready(self, add: Callable[..., None], remove: Callable[[int], Any], idle: float) -> None:
        ready = asyncio.Event()
        add(self._socket.fileno(), ready.set)
        try:
            async with asyncio.timeout(idle):
                await ready.wait()
        finally:
            remove(self._socket.fileno())


_OF_THREAD = threading.local()


def _thread_buffer() -> memoryview:
    """A buffer that belongs to the thread: who waits in the event loop (rule 3) holds none."""
    buffer: memoryview | None = getattr(_OF_THREAD, "buffer", None)
    if buffer is None:
        buffer = _OF_THREAD.buffer = memoryview(bytearray(_CHUNK))
    return buffer


class _Incoming:
    """A body on its way from a socket to ``write``."""

    def __init__(self, write: Callable[[memoryview], None], rest: int) -> None:
        self._write = write
        self.rest = rest
        self.failure: LadingError | None = None

    def keep(self, chunk: memoryview) -> None:
        """Write the chunk, or drop it when an earlier one could not be written (rule 5)."""
        if self.failure is None:
            try:
                self._write(chunk)
            except LadingError as error:
                self.failure = error
