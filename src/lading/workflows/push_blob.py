"""Push a blob: begin an upload, write to it, finish or cancel it.

1. Every step needs the right to push to the repository.
2. The bytes go to the blob store under a key that belongs to this session of this repository.
3. To finish, the store verifies the digest and makes the content durable; only then is the blob linked into
   the repository, in one transaction with the audit entry. A crash in between leaves content that nobody can
   pull, which is collected some day; the client, who was not answered, pushes again.
"""

import contextlib
from collections.abc import Mapping
from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation.errors import Malformed, OverLimit
from lading.oci.digest import HEX_LENGTHS, Digest
from lading.ports.blob_store import BlobStore, UploadWriter
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.byte_ranges import ByteRange, check_chunk
from lading.registry.caller import Caller
from lading.registry.quotas import SMALL
from lading.registry.upload_sessions import upload_key
from lading.workflows.claim_blob import require_content
from lading.workflows.storage_use import check_quotas, held_quotas


def begin_upload(blobs: BlobStore, caller: Caller, repository: str, session: str) -> None:
    """Begin an empty upload under a fresh, random session id."""
    caller.require(Verb.PUSH, repository)
    blobs.create_upload(upload_key(repository, session))


def uploaded_bytes(blobs: BlobStore, caller: Caller, repository: str, session: str) -> int:
    """Tell how many bytes of an upload are here. Raises NotFound ``upload-unknown``."""
    caller.require(Verb.PUSH, repository)
    return blobs.upload_offset(upload_key(repository, session))


def open_upload(blobs: BlobStore, caller: Caller, repository: str, session: str) -> UploadWriter:
    """Open an upload to write on. Raises NotFound ``upload-unknown`` or Conflict ``upload-busy``."""
    caller.require(Verb.PUSH, repository)
    return blobs.open_upload(upload_key(repository, session))


def append_small(
    blobs: BlobStore,
    caller: Caller,
    repository: str,
    session: str,
    content: bytes,
    *,
    chunk: ByteRange | None,
    announced: int | None,
    max_bytes: int,
) -> int:
    """Append what came whole, if it belongs where the upload ends; return the new offset.

    Raises what ``check_chunk`` does, and OverLimit ``blob-too-large``.
    """
    with contextlib.closing(open_upload(blobs, caller, repository, session)) as writer:
        check_chunk(chunk, announced, writer.offset)
        if writer.offset + len(content) > max_bytes:
            raise blob_too_large(max_bytes)
        writer.write(content)
        return writer.offset


def blob_too_large(max_bytes: int) -> OverLimit:
    """Refuse an upload that has grown beyond the limit."""
    return OverLimit("blob-too-large", f"a blob may have {max_bytes} bytes", details={"limit": max_bytes})


def finish_upload(
    records: Records,
    blobs: BlobStore,
    caller: Caller,
    repository: str,
    session: str,
    *,
    digest: Digest,
    now: datetime,
) -> int:
    """Turn an upload into a blob of the repository and return its size.

    Raises Malformed ``digest-mismatch``, NotFound ``upload-unknown``, Conflict ``upload-busy``, OverLimit
    ``quota-exceeded`` or Upstream ``blob-collected``.
    """
    caller.require(Verb.PUSH, repository)
    size = blobs.finish_upload(upload_key(repository, session), digest)
    with records.write() as kept:
        link_content(kept, blobs, caller, repository, {digest: size}, now=now)
    return size


def link_content(
    kept: RecordSet,
    blobs: BlobStore,
    caller: Caller,
    repository: str,
    sizes: Mapping[Digest, int],
    *,
    now: datetime,
    waits: bool = False,
) -> None:
    """Let stored content be pulled from a repository; ``waits`` says that it is stored before the block ends.

    Raises OverLimit ``quota-exceeded`` or Upstream ``blob-collected``.
    """
    quotas = held_quotas(kept, caller, repository)
    new = kept.registry.missing_blobs(repository, sizes) if quotas else ()
    kept.registry.ensure_repository(repository, at=now, by=str(caller.principal))
    for digest in sizes:
        if waits:
            kept.registry.pass_gate(digest)
        else:
            require_content(kept, blobs, digest)
    kept.registry.link_blobs(repository, sizes, at=now)
    if new:
        check_quotas(kept, quotas, repository, small=all(sizes[digest] <= SMALL for digest in new))
    healed = kept.scrubs.heal(sizes, at=now, by=str(caller.principal))
    kept.audit.append_all(
        [
            *(caller.did("blob.heal", str(digest), now, by=repository) for digest in healed),
            *(
                caller.did("blob.push", f"{repository}@{digest}", now, size=size)
                for digest, size in sizes.items()
            ),
        ]
    )


def cancel_upload(blobs: BlobStore, caller: Caller, repository: str, session: str) -> None:
    """Throw an upload away. Raises NotFound ``upload-unknown`` or Conflict ``upload-busy``."""
    caller.require(Verb.PUSH, repository)
    blobs.abort_upload(upload_key(repository, session))


def check_algorithm(name: str) -> None:
    """Refuse a digest algorithm that no blob can be addressed by here."""
    if name not in HEX_LENGTHS:
        raise Malformed(
            "digest-unsupported",
            f"the digest algorithm {name[:40]!r} is not supported",
            hint=f"use one of {', '.join(HEX_LENGTHS)}",
        )
