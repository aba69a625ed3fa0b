"""Bundles of advisories as zip archives, and the keys that vouch for them."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lading.foundation.bounded import Reader
from lading.foundation.errors import Malformed, OverLimit
from lading.signing.keys import PublicKey, parse_public_key

MAX_MEMBER = 8 << 30  # bytes, unpacked
_NO_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold: the same content gives the same bytes


class ZipSink:
    """The ``BundleSink`` port."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def add(self, name: str, parts: Iterable[bytes]) -> str:
        """Add a member, deflated."""
        seen = hashlib.sha256()
        info = zipfile.ZipInfo(name, _NO_DATE)
        info.compress_type = zipfile.ZIP_DEFLATED
        with self._archive.open(info, "w", force_zip64=True) as member:
            for part in parts:
                seen.update(part)
                member.write(part)
        return f"sha256:{seen.hexdigest()}"


class ZipBundle:
    """The ``BundleFile`` port."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def member(self, name: str) -> Reader:
        """Read a member, no more of it than is allowed."""
        try:
            return _Bounded(self._archive.open(name))
        except (KeyError, zipfile.BadZipFile, RuntimeError) as error:
            raise _no_bundle(f"it has no {name}") from error


@contextmanager
def writing_bundle(path: Path) -> Iterator[ZipSink]:
    """Write a bundle to a file."""
    with zipfile.ZipFile(path, "w") as archive:
        yield ZipSink(archive)


@contextmanager
def open_bundle(path: Path) -> Iterator[ZipBundle]:
    """Open a bundle; raise Malformed ``bundle-invalid``."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise _no_bundle(str(error)) from error
    with archive:
        yield ZipBundle(archive)


def read_bundle_keys(paths: Iterable[str]) -> tuple[PublicKey, ...]:
    """Read public keys in PEM from files; raise Malformed where one is none."""
    return tuple(parse_public_key(Path(path).read_bytes()) for path in paths)


class _Bounded:
    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self._left = MAX_MEMBER

    def read(self, size: int = -1, /) -> bytes:
        try:
            part = self._content.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise _no_bundle(f"it is damaged or cut off: {error}") from error
        self._left -= len(part)
        if self._left < 0:
            raise OverLimit(
                "bundle-too-large", "a member of the bundle is too large", details={"limit": MAX_MEMBER}
            )
        return part


def _no_bundle(why: str) -> Malformed:
    return Malformed(
        "bundle-invalid",
        f"this is no bundle of advisories: {why}",
        hint="bundles are made by `lading advisories export`",
    )
