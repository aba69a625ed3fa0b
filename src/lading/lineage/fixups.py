"""The one small layer that a rebase may add: files that were merged, rights that were put back, stale copies
that are taken away. The same fixes are the same bytes.
"""

import io
import tarfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from lading.image.file_list import FileEntry, FileKind
from lading.oci.digest import Digest

_WHITEOUT = ".wh."
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # RFC 1952, without name and time


@dataclass(frozen=True, slots=True)
class Fix:
    """One entry: a file with ``content``, a directory, or where ``entry`` is None a deletion."""

    path: str
    entry: FileEntry | None
    content: bytes = b""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FixLayer:
    """The layer, packed; ``diff_id`` is of what was packed."""

    diff_id: Digest
    digest: Digest
    content: bytes


def fix_layer(fixes: Iterable[Fix], *, epoch: int) -> FixLayer:
    """Write the layer; ``epoch`` is the time of its files, in seconds."""
    raw = io.BytesIO()
    with tarfile.TarFile(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for fix in sorted(fixes, key=lambda fix: fix.path):
            archive.addfile(_header(fix, epoch), io.BytesIO(fix.content))
    tar = raw.getvalue()
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(tar) + packer.flush()
    end = zlib.crc32(tar).to_bytes(4, "little") + (len(tar) & 0xFFFFFFFF).to_bytes(4, "little")
    content = _GZIP_HEADER + packed + end
    return FixLayer(Digest.of(tar), Digest.of(content), content)


def _header(fix: Fix, epoch: int) -> tarfile.TarInfo:
    entry = fix.entry
    if entry is None:
        above, _, name = fix.path.rpartition("/")
        info = tarfile.TarInfo(f"{above}/{_WHITEOUT}{name}" if above else f"{_WHITEOUT}{name}")
        info.mode, info.mtime = 0o600, epoch
        return info
    info = tarfile.TarInfo(fix.path)
    info.mode, info.uid, info.gid, info.mtime = entry.mode, entry.uid, entry.gid, epoch
    if entry.kind is FileKind.DIRECTORY:
        info.type = tarfile.DIRTYPE
    elif entry.kind is FileKind.SYMBOLIC_LINK:
        info.type, info.linkname = tarfile.SYMTYPE, entry.link
    elif entry.kind is FileKind.HARD_LINK:
        info.type, info.linkname = tarfile.LNKTYPE, entry.link
    else:
        info.size = len(fix.content)
    return info
