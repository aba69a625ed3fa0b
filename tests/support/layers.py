"""Layers made on the spot: honest ones by the standard library's tarfile, dishonest ones byte by byte."""

import io
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lading.oci.digest import Digest

END = bytes(1024)


@dataclass
class LayerBuilder:
    """Write a layer entry by entry; every method returns the builder."""

    format: int = tarfile.PAX_FORMAT
    _file: io.BytesIO = field(default_factory=io.BytesIO)
    _tar: tarfile.TarFile = field(init=False)

    def __post_init__(self) -> None:
        self._tar = tarfile.TarFile(fileobj=self._file, mode="w", format=self.format)

    def file(self, path: str, content: bytes | str = b"", mode: int = 0o644) -> "LayerBuilder":
        raw = content.encode() if isinstance(content, str) else content
        info = tarfile.TarInfo(path)
        info.size, info.mode = len(raw), mode
        self._tar.addfile(info, io.BytesIO(raw))
        return self

    def directory(self, path: str, mode: int = 0o755) -> "LayerBuilder":
        return self._special(path, tarfile.DIRTYPE, mode=mode)

    def symlink(self, path: str, target: str) -> "LayerBuilder":
        return self._special(path, tarfile.SYMTYPE, target)

    def hardlink(self, path: str, target: str) -> "LayerBuilder":
        return self._special(path, tarfile.LNKTYPE, target)

    def device(self, path: str) -> "LayerBuilder":
        return self._special(path, tarfile.CHRTYPE)

    def fifo(self, path: str) -> "LayerBuilder":
        return self._special(path, tarfile.FIFOTYPE)

    def whiteout(self, path: str) -> "LayerBuilder":
        directory, _, name = path.rpartition("/")
        return self.file(f"{directory}/.wh.{name}" if directory else f".wh.{name}")

    def opaque(self, directory: str) -> "LayerBuilder":
        return self.file(f"{directory}/.wh..wh..opq" if directory else ".wh..wh..opq")

    def tar(self) -> bytes:
        self._tar.close()
        return self._file.getvalue()

    def _special(self, path: str, kind: bytes, target: str = "", mode: int = 0o755) -> "LayerBuilder":
        info = tarfile.TarInfo(path)
        info.type, info.linkname, info.mode = kind, target, mode
        self._tar.addfile(info)
        return self


def layer_of(files: Mapping[str, bytes | str]) -> bytes:
    """The uncompressed tar of a layer with these files."""
    builder = LayerBuilder()
    for path, content in files.items():
        builder.file(path, content)
    return builder.tar()


def diff_id(tar: bytes) -> Digest:
    """The digest that the image's config would list."""
    return Digest.of(tar)


def header(  # a header says many things
    name: bytes,
    *,
    size: int | bytes = 0,
    kind: bytes = b"0",
    link: bytes = b"",
    mode: bytes = b"0000644\0",
    prefix: bytes = b"",
    magic: bytes = b"ustar\x0000",
    rest: bytes = b"",
    checksum: bytes | None = None,
) -> bytes:
    """One tar header of 512 bytes, with whatever is asked for in it; ``rest`` is what follows the magic."""
    if isinstance(size, bytes):
        sized = size
    else:
        sized = b"%011o\0" % size if size < 1 << 33 else b"\x80" + size.to_bytes(11, "big")
    tail = rest or (bytes(32) + bytes(32) + b"0000000\0" * 2 + prefix)
    raw = b"".join(
        (
            name.ljust(100, b"\0")[:100],
            mode + b"0000000\0" * 2,
            sized,
            b"00000000000\0",
            b" " * 8,
            kind,
            link.ljust(100, b"\0")[:100],
            (magic + tail).ljust(255, b"\0")[:255],
        )
    )
    return raw[:148] + (checksum or b"%06o\0 " % sum(raw)) + raw[156:]


def padded(content: bytes) -> bytes:
    """Content as it stands after its header."""
    return content + bytes(-len(content) % 512)


def pax_header(records: Iterable[tuple[str, bytes]], kind: bytes = b"x") -> bytes:
    """A pax extended header with these records, counted correctly."""
    content = b"".join(_pax_record(key.encode(), value) for key, value in records)
    return header(b"PaxHeaders/x", size=len(content), kind=kind) + padded(content)


def _pax_record(key: bytes, value: bytes) -> bytes:
    bare = len(key) + len(value) + 3
    length = bare + len(str(bare))
    if bare + len(str(length)) != length:
        length += 1
    return b"%d %b=%b\n" % (length, key, value)
