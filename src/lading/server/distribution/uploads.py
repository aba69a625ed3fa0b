"""Pushing blobs: POST, PATCH, PUT, GET and DELETE of /v2/<name>/blobs/uploads/ (end-4, 5, 6, 11, 13, 14)."""

import functools
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from lading.access.verbs import Verb
from lading.foundation.errors import LadingError, Malformed
from lading.oci.digest import Digest
from lading.registry.byte_ranges import ByteRange, check_chunk, parse_content_range, received_range
from lading.registry.names import check_repository
from lading.server.distribution.api import Call
from lading.server.distribution.exchange import ClientGone, Exchange, Headers, header
from lading.server.distribution.upload_stream import receive_into
from lading.workflows.mount_blob import mount_blob
from lading.workflows.push_blob import (
    append_small,
    begin_upload,
    cancel_upload,
    check_algorithm,
    finish_upload,
    open_upload,
    uploaded_bytes,
)

_SMALL = 64 << 10  # bytes of a body that is taken into memory whole


async def post_upload(call: Call) -> None:
    """Mount a blob, or take a whole one, or begin an upload: whichever the query asks for."""
    call.caller.require(Verb.PUSH, call.route.repository)
    caches = await call.api.run(call.api.services.caches)
    caches.refuse_writing(call.route.repository)
    mount = call.exchange.parameter("mount")
    if mount is not None and await _mounted(call, Digest.parse(mount)):
        return
    if (algorithm := call.exchange.parameter("digest-algorithm")) is not None:
        check_algorithm(algorithm)
    digest_text = call.exchange.parameter("digest")
    digest = Digest.parse(digest_text) if digest_text is not None else None
    session = str(uuid.uuid4())
    blobs, repository = call.api.services.blobs, call.route.repository
    begin = functools.partial(begin_upload, blobs, call.caller, repository, session)
    call.api.places.take(str(call.caller.principal), session, call.api.now())
    try:
        await call.api.run(begin)
    except LadingError:
        call.api.places.free(session)
        raise
    if digest is None:
        await call.exchange.respond(202, _progress(repository, session, 0))
        return
    try:
        with _writing(call, session):
            await _receive_and_finish(call, session, digest)
    except (LadingError, ClientGone):
        # Nobody else knows the session, so nobody can go on with it.
        with suppress(LadingError):
            await call.api.run(lambda: cancel_upload(blobs, call.caller, repository, session))
        call.api.places.free(session)
        raise


async def patch_upload(call: Call) -> None:
    """Take a chunk."""
    with _writing(call, call.route.name):
        offset = await _receive(call, call.route.name)
    await call.exchange.respond(202, _progress(call.route.repository, call.route.name, offset))


async def put_upload(call: Call) -> None:
    """Take the last chunk, if there is one, and finish the upload."""
    digest_text = call.exchange.parameter("digest")
    if digest_text is None:
        raise Malformed("digest-missing", "the last request of an upload needs ?digest=")
    digest = Digest.parse(digest_text)
    with _writing(call, call.route.name):
        await _receive_and_finish(call, call.route.name, digest)


async def get_upload(call: Call) -> None:
    """Tell how much of an upload is here."""
    blobs, repository, session = call.api.services.blobs, call.route.repository, call.route.name
    offset = await call.api.run(lambda: uploaded_bytes(blobs, call.caller, repository, session))
    await call.exchange.respond(204, _progress(repository, session, offset))


async def delete_upload(call: Call) -> None:
    """Cancel an upload."""
    blobs, repository, session = call.api.services.blobs, call.route.repository, call.route.name
    await call.api.run(lambda: cancel_upload(blobs, call.caller, repository, session))
    call.api.places.free(session)
    await call.exchange.respond(204, [])


@contextmanager
def _writing(call: Call, session: str) -> Iterator[None]:
    """Bytes of an upload come during this block. One that is not there, or ended, has no place."""
    call.caller.require(Verb.PUSH, call.route.repository)  # who may not push takes no place from who may
    call.api.places.begin(str(call.caller.principal), session)
    try:
        yield
    except LadingError as error:
        if error.code in {"upload-unknown", "digest-mismatch"}:
            call.api.places.free(session)
        raise
    finally:
        call.api.places.pause(session, call.api.now())


async def _receive_and_finish(call: Call, session: str, digest: Digest) -> None:
    """Take the last chunk of an upload, if there is one, and finish it."""
    exchange = call.exchange
    size = exchange.content_length
    steps: list[Callable[[], object]] = []
    if size != 0 or exchange.header(b"content-range") is not None:
        if size is not None and size <= _SMALL:
            steps.append(await _gathered(call, session))
        else:
            await _receive(call, session)
    # Append and finish in one thread: to hand a small blob from one to the next costs more than the work.
    steps.append(lambda: _finish(call, session, digest))
    await call.api.run(lambda: [step() for step in steps])
    call.api.places.free(session)
    await exchange.respond(201, _stored(call.route.repository, digest))


async def _gathered(call: Call, session: str) -> Callable[[], int]:
    """Take a small body into memory, and give what appends it to the upload.

    When the client goes away in the middle, what came is appended before its absence is told.
    """
    exchange, services = call.exchange, call.api.services
    chunk = _announced_range(exchange)
    parts: list[bytes] = []

    def append(*, announced: int | None) -> int:
        return append_small(
            services.blobs,
            call.caller,
            call.route.repository,
            session,
            b"".join(parts),
            chunk=chunk,
            announced=announced,
            max_bytes=services.limits.blob_bytes,
        )

    try:
        async for part in exchange.iter_body():
            parts.append(part)
    except (ClientGone, Malformed):
        await call.api.run(lambda: append(announced=exchange.content_length))
        raise
    return lambda: append(announced=exchange.content_length)


def _announced_range(exchange: Exchange) -> ByteRange | None:
    range_text = exchange.header(b"content-range")
    return parse_content_range(range_text) if range_text is not None else None


async def _receive(call: Call, session: str) -> int:
    """Append the body to an upload, if it belongs where the upload ends; return the new offset."""
    exchange, services = call.exchange, call.api.services
    if exchange.content_length is not None and exchange.content_length <= _SMALL:
        return await call.api.run(await _gathered(call, session))
    chunk = _announced_range(exchange)
    writer = await call.api.run(
        lambda: open_upload(services.blobs, call.caller, call.route.repository, session)
    )
    begin = writer.offset
    try:
        check_chunk(chunk, exchange.content_length, begin)
    except Malformed:
        await call.api.run(writer.close)
        raise
    offset = await receive_into(
        writer,
        exchange,
        services.executor,
        max_bytes=services.limits.blob_bytes,
        large_body=services.large_body,
    )
    if chunk is not None and offset - begin != chunk.length:
        raise Malformed(
            "size-mismatch", f"Content-Range announced {chunk.length} bytes, and {offset - begin} came"
        )
    return offset


def _finish(call: Call, session: str, digest: Digest) -> None:
    services = call.api.services
    finish_upload(
        services.records,
        services.blobs,
        call.caller,
        call.route.repository,
        session,
        digest=digest,
        now=services.clock(),
    )


async def _mounted(call: Call, digest: Digest) -> bool:
    source_text = call.exchange.parameter("from")
    source = check_repository(source_text) if source_text else None
    services, repository = call.api.services, call.route.repository
    size = await call.api.run(
        lambda: mount_blob(
            services.records,
            services.blobs,
            call.caller,
            repository,
            digest,
            source=source,
            bindings=services.bindings,
            now=services.clock(),
        )
    )
    if size is None:
        return False
    await call.exchange.respond(201, _stored(repository, digest))
    return True


def _stored(repository: str, digest: Digest) -> Headers:
    return [
        header(b"location", f"/v2/{repository}/blobs/{digest}"),
        header(b"docker-content-digest", digest),
    ]


def _progress(repository: str, session: str, offset: int) -> Headers:
    return [
        header(b"location", f"/v2/{repository}/blobs/uploads/{session}"),
        header(b"range", received_range(offset)),
        header(b"docker-upload-uuid", session),
    ]
