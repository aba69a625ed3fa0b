"""GET, HEAD and DELETE of /v2/<name>/blobs/<digest> (end-2, end-10)."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress

from lading.access.verbs import Verb
from lading.foundation.errors import NotFound
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStream
from lading.registry.byte_ranges import ByteRange, content_range, parse_range
from lading.registry.caller import Caller
from lading.server.distribution.api import Api, Call
from lading.server.distribution.conditions import entity_tag, is_unchanged, wants_range_of
from lading.server.distribution.exchange import Exchange, Headers, header
from lading.server.distribution.pull_through import send_arriving
from lading.server.distribution.routes import Route
from lading.workflows.cache_ports import Origin
from lading.workflows.claim_blob import Wanted, claim_blob
from lading.workflows.delete_blob import delete_blob
from lading.workflows.pull_blob import find_blob


async def get_blob(call: Call) -> None:
    """Send a blob, or one range of it; HEAD sends the headers."""
    api, exchange, caller, route = call.api, call.exchange, call.caller, call.route
    caller.require(Verb.PULL, route.repository)
    digest = Digest.parse(route.name)
    try:
        size = await _size(api, caller, route, digest, claim=exchange.method == "HEAD")
    except NotFound:
        origin = await api.run(lambda: api.through.origin_of(route.repository))
        if origin is None:
            raise
        if not await _got_through(call, origin, digest):
            return
        size = await _size(api, caller, route, digest, claim=False)
    headers = _headers(digest)
    if is_unchanged(exchange, route.name):
        await exchange.respond(304, headers)
        return
    if exchange.method == "HEAD":
        await exchange.start(200, [*headers, header(b"content-length", size)])
        await exchange.end()
        return
    wanted = wants_range_of(exchange, route.name)
    part = parse_range(wanted, size) if wanted is not None else None
    length = part.length if part is not None else size
    if length >= api.services.large_body and await _redirected(api, exchange, digest):
        return
    if part is not None:
        headers.append(header(b"content-range", content_range(part, size)))
    part, status = (part, 206) if part is not None else (ByteRange(0, size), 200)
    answer = (status, [*headers, header(b"content-length", part.length)])
    if not await _sent_as_file(api, exchange, digest, part, answer):
        await _send(api, exchange, digest, part, answer)


def _headers(digest: Digest) -> Headers:
    return [
        (b"content-type", b"application/octet-stream"),
        header(b"docker-content-digest", digest),
        (b"etag", entity_tag(str(digest))),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", b"private, max-age=31536000, immutable"),
    ]


async def _got_through(call: Call, origin: Origin, digest: Digest) -> bool:
    """Answer with a blob of an upstream while it comes; True where it is here now, and was not sent."""
    exchange, through = call.exchange, call.api.through
    headers = [*_headers(digest), header(b"cache-status", "lading; fwd=miss; stored")]
    if exchange.method == "HEAD":
        size = await through.blob_size(origin, digest)
        await exchange.start(200, [*headers, header(b"content-length", size)])
        await exchange.end()
        return False
    arriving = await through.blob(origin, digest)
    try:
        if arriving.is_verified or arriving.size is None:
            return True
        wanted = wants_range_of(exchange, str(digest))
        part, status = ByteRange(0, arriving.size), 200
        if wanted is not None and (asked := parse_range(wanted, arriving.size)) is not None:
            part, status = asked, 206
            headers.append(header(b"content-range", content_range(part, arriving.size)))
        await exchange.start(status, [*headers, header(b"content-length", part.length)])
        await send_arriving(exchange, arriving, part)
    finally:
        arriving.leave()
    return False


async def delete_blob_here(call: Call) -> None:
    """Take a blob out of this repository."""
    digest = Digest.parse(call.route.name)
    services, repository = call.api.services, call.route.repository
    await call.api.run(
        lambda: delete_blob(services.records, call.caller, repository, digest, services.clock())
    )
    await call.exchange.respond(202, [])


async def _size(api: Api, caller: Caller, route: Route, digest: Digest, *, claim: bool) -> int:
    """The size of the blob. Who asks with HEAD is about to rely on the blob, and claims it."""
    services, repository = api.services, route.repository
    name = f"{route.name}?claimed" if claim else route.name
    size = api.blob_sizes.get(repository, name, api.now())
    if size is None:
        stamp = api.blob_sizes.stamp(repository)
        if claim:
            wanted = Wanted(repository, digest)
            size = await api.run(lambda: claim_blob(services.records, caller, wanted, services.clock()))
        else:
            size = await api.run(lambda: find_blob(services.records, caller, repository, digest))
        api.blob_sizes.put(repository, name, size, stamp=stamp, now=api.now(), size=0)
    return size


async def _redirected(api: Api, exchange: Exchange, digest: Digest) -> bool:
    valid = api.services.redirect_blobs
    if valid is None:
        return False
    url = await api.run(lambda: api.services.blobs.direct_url(digest, valid=valid))
    if url is None:
        return False
    await exchange.respond(307, [header(b"location", url), header(b"docker-content-digest", digest)])
    return True


async def _sent_as_file(
    api: Api, exchange: Exchange, digest: Digest, part: ByteRange, answer: tuple[int, Headers]
) -> bool:
    """Let the kernel send a range from the store's file, where there is a file and a socket to be had."""
    bodies = exchange.socket_bodies
    if bodies is None or part.length < api.services.large_body:
        return False
    file = await api.run(lambda: _open_file(api.services.blobs.local_path(digest)))
    if file is None:
        return False
    try:
        await exchange.start(*answer)
        await exchange.send_file(bodies, file, part.start, part.stop, api.services.executor)
    finally:
        os.close(file)
    return True


def _open_file(path: str | None) -> int | None:
    if path is None:
        return None
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:  # deleted since: the store will say so
        return None


async def _send(
    api: Api, exchange: Exchange, digest: Digest, part: ByteRange, answer: tuple[int, Headers]
) -> None:
    """Send a range in chunks. The next one is read while one is sent; a client that leaves ends it."""
    stream = await api.run(lambda: api.services.blobs.read(digest, start=part.start, stop=part.stop))
    gone = asyncio.create_task(exchange.wait_until_gone())
    reading: asyncio.Future[bytes | None] | None = None
    try:
        chunks = iter(stream)
        reading = _read_next(api, chunks)
        await exchange.start(*answer)
        while (chunk := await reading) is not None and not gone.done():
            reading = _read_next(api, chunks)
            await exchange.send(chunk)
        await exchange.end()
    finally:
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone
        await _close(api, stream, reading)


def _read_next(api: Api, chunks: Iterator[bytes]) -> "asyncio.Future[bytes | None]":
    loop = asyncio.get_running_loop()
    return loop.run_in_executor(api.services.executor, lambda: next(chunks, None))


async def _close(api: Api, stream: BlobStream, reading: "asyncio.Future[bytes | None] | None") -> None:
    """Close the stream when no thread reads from it any more."""
    if reading is not None:
        await asyncio.wait([reading])
    await api.run(stream.close)
