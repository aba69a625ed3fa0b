"""Pushing blobs: POST, PATCH, PUT, GET and DELETE of /v2/<name>/blobs/uploads/ (end-4, 5, 6, 11, 13, 14)."""

import uuid
from contextlib import suppress

from lading.foundation.errors import LadingError, Malformed
from lading.oci.digest import Digest
from lading.registry.byte_ranges import check_chunk, parse_content_range, received_range
from lading.registry.names import check_repository
from lading.server.distribution.api import Call
from lading.server.distribution.exchange import ClientGone, Headers, header
from lading.server.distribution.upload_stream import receive_into
from lading.workflows.mount_blob import mount_blob
from lading.workflows.push_blob import (
    begin_upload,
    cancel_upload,
    check_algorithm,
    finish_upload,
    open_upload,
    uploaded_bytes,
)


async def post_upload(call: Call) -> None:
    """Mount a blob, or take a whole one, or begin an upload: whichever the query asks for."""
    mount = call.exchange.parameter("mount")
    if mount is not None and await _mounted(call, Digest.parse(mount)):
        return
    if (algorithm := call.exchange.parameter("digest-algorithm")) is not None:
        check_algorithm(algorithm)
    digest_text = call.exchange.parameter("digest")
    digest = Digest.parse(digest_text) if digest_text is not None else None
    session = str(uuid.uuid4())
    blobs, repository = call.api.services.blobs, call.route.repository
    await call.api.run(lambda: begin_upload(blobs, call.caller, repository, session))
    if digest is None:
        await call.exchange.respond(202, _progress(repository, session, 0))
        return
    try:
        await _receive(call, session)
        await _finish(call, session, digest)
    except (LadingError, ClientGone):
        # Nobody else knows the session, so nobody can go on with it.
        with suppress(LadingError):
            await call.api.run(lambda: cancel_upload(blobs, call.caller, repository, session))
        raise


async def patch_upload(call: Call) -> None:
    """Take a chunk."""
    offset = await _receive(call, call.route.name)
    await call.exchange.respond(202, _progress(call.route.repository, call.route.name, offset))


async def put_upload(call: Call) -> None:
    """Take the last chunk, if there is one, and finish the upload."""
    digest_text = call.exchange.parameter("digest")
    if digest_text is None:
        raise Malformed("digest-missing", "the last request of an upload needs ?digest=")
    digest = Digest.parse(digest_text)
    if call.exchange.content_length != 0 or call.exchange.header(b"content-range") is not None:
        await _receive(call, call.route.name)
    await _finish(call, call.route.name, digest)


async def get_upload(call: Call) -> None:
    """Tell how much of an upload is here."""
    blobs, repository, session = call.api.services.blobs, call.route.repository, call.route.name
    offset = await call.api.run(lambda: uploaded_bytes(blobs, call.caller, repository, session))
    await call.exchange.respond(204, _progress(repository, session, offset))


async def delete_upload(call: Call) -> None:
    """Cancel an upload."""
    blobs, repository, session = call.api.services.blobs, call.route.repository, call.route.name
    await call.api.run(lambda: cancel_upload(blobs, call.caller, repository, session))
    await call.exchange.respond(204, [])


async def _receive(call: Call, session: str) -> int:
    """Append the body to an upload, if it belongs where the upload ends; return the new offset."""
    exchange, services = call.exchange, call.api.services
    range_text = exchange.header(b"content-range")
    chunk = parse_content_range(range_text) if range_text is not None else None
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


async def _finish(call: Call, session: str, digest: Digest) -> None:
    services, repository = call.api.services, call.route.repository
    await call.api.run(
        lambda: finish_upload(
            services.records,
            services.blobs,
            call.caller,
            repository,
            session,
            digest=digest,
            now=services.clock(),
        )
    )
    await call.exchange.respond(201, _stored(repository, digest))


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
