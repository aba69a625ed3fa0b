"""What the files of a layer ask of files in other layers, and the small files that several layers write to.

Kept for every layer beside its list of files: a base can be put in another's place only if all of this still
holds, and nobody wants to read the layers again to find out.

- programs and libraries: what they ask of the dynamic linker (``elf_dynamic``)
- scripts: the interpreter of their first line
- package databases, accounts, the linker's configuration and cache, bundles of certificates, version files of
  interpreters: the content itself, because they are merged or compared line by line
- descriptions of packages: what they need (``asking``)
- databases of rpm and pacman, and records of Python's installers: the files that they tell of, to verify them
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

import msgspec
import zstandard

from lading.cataloging.asking import Asked, Asker, Scope
from lading.cataloging.elf import MAGIC, NotElf
from lading.cataloging.elf_dynamic import DynamicLinks, read_links
from lading.cataloging.recorded_file import RecordedFile
from lading.foundation.errors import Malformed

MAX_ELF = 512 << 20  # bytes of one program that is read
MAX_KEPT = 16 << 20  # bytes of one file whose content is kept
MAX_KEPT_IN_ALL = 64 << 20
MAX_RECORDED = 1_000_000  # files that the records of a layer tell of
MAX_ASKED = 1_000_000  # names that the packages of a layer ask for or provide
_MAX_SHEBANG = 256  # bytes; Linux reads as many (BINPRM_BUF_SIZE)
_LEVEL = 6
_SCRIPT = b"#!"

KEPT = re.compile(
    r"(?:var/lib/dpkg/(?:status|status\.d/[^/]+|diversions|statoverride|triggers/[^/]+|info/[^/]+\.(?:list|md5sums))"
    r"|var/lib/apt/extended_states|var/cache/debconf/[^/]+\.dat"
    r"|(?:usr/)?lib/apk/db/(?:installed|triggers|scripts\.tar)|etc/apk/world"
    r"|etc/(?:passwd|group|shadow|gshadow|subuid|subgid|shells|ld\.so\.conf|ld\.so\.cache|os-release)"
    r"|usr/lib/os-release|etc/ld\.so\.conf\.d/[^/]+\.conf|etc/ssl/certs/ca-certificates\.crt"
    r"|(?:usr/lib/jvm|opt|usr/local)/[^/]+/release"
    r"|usr/(?:local/)?include/node/node_version\.h)\Z"
)


@dataclass(frozen=True, slots=True)
class LayerBindings:
    """Facts by path. ``refused`` are files that could not be understood, with the reason."""

    links: Mapping[str, DynamicLinks] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, bytes] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, tuple[RecordedFile, ...]] = field(default_factory=dict)
    asked: Mapping[str, Asked] = field(default_factory=dict)


class BindingsReader:
    """Collect while a layer is walked; later entries of a path take the place of earlier ones."""

    def __init__(self) -> None:
        self._links: dict[str, DynamicLinks] = {}
        self._scripts: dict[str, str] = {}
        self._kept: dict[str, bytes] = {}
        self._refused: dict[str, str] = {}
        self._records: dict[str, tuple[RecordedFile, ...]] = {}
        self._kept_bytes = 0
        self._asked: dict[str, Asked] = {}
        self._recorded = 0
        self._names = 0

    def wants(self, path: str, head: bytes) -> bool:
        """Whether the content of a file is to be added."""
        return head.startswith((MAGIC, _SCRIPT)) or KEPT.match(path) is not None

    def too_large(self, path: str, head: bytes, size: int) -> bool:
        """Whether a file that is wanted is larger than is read; then it is refused here."""
        limit = MAX_ELF if head.startswith((MAGIC, _SCRIPT)) else MAX_KEPT
        if size <= limit:
            return False
        self.forget(path)
        self._refused[path] = f"it has {size} bytes, more than the {limit} that are read"
        return True

    def add(self, path: str, content: bytes) -> None:
        """Look at a file that is wanted."""
        self.forget(path)
        if content.startswith(MAGIC):
            self._add_elf(path, content)
        elif content.startswith(_SCRIPT):
            line = content[2:_MAX_SHEBANG].split(b"\n", 1)[0].decode("utf-8", "replace").strip()
            self._scripts[path] = line
        if KEPT.match(path):
            self._kept_bytes += len(content)
            if self._kept_bytes > MAX_KEPT_IN_ALL:
                self._refused[path] = f"such files have more than {MAX_KEPT_IN_ALL} bytes in all"
            else:
                self._kept[path] = bytes(content)

    def add_records(self, path: str, files: Iterable[RecordedFile]) -> None:
        """Keep what the file at a path says of other files."""
        told = tuple(islice(files, MAX_RECORDED - self._recorded + 1))
        if self._recorded + len(told) > MAX_RECORDED:
            self._refused[path] = f"such files tell of more than {MAX_RECORDED} files in all"
        elif told:
            self._recorded += len(told)
            self._records[path] = told

    def add_asked(self, path: str, scope: Scope, askers: Iterable[Asker]) -> None:
        """Keep what the packages that the file at a path tells of need."""
        told: list[Asker] = []
        for asker in askers:
            self._names += 1 + len(asker.needs) + len(asker.provides)
            if self._names > MAX_ASKED:
                self._refused[path] = f"packages ask for more than {MAX_ASKED} names in all"
                return
            if asker.needs or asker.provides:
                told.append(asker)
        if told:
            before = self._asked.get(path)
            self._asked[path] = Asked(scope, (*(before.askers if before else ()), *told))

    def forget(self, path: str) -> None:
        """An entry of the archive takes the place of what stood there."""
        for facts in (self._links, self._scripts, self._kept, self._refused, self._records, self._asked):
            facts.pop(path, None)

    def freeze(self) -> bytes:
        """Pack what was found; the same facts are the same bytes."""
        return encode(
            LayerBindings(self._links, self._scripts, self._kept, self._refused, self._records, self._asked)
        )

    def _add_elf(self, path: str, content: bytes) -> None:
        try:
            links = read_links(content)
        except NotElf as error:
            self._refused[path] = str(error)
        else:
            if links is not None:
                self._links[path] = links


class _Packed(msgspec.Struct, array_like=True, frozen=True):
    links: dict[str, DynamicLinks]
    scripts: dict[str, str]
    kept: dict[str, bytes]
    refused: dict[str, str]
    records: dict[str, tuple[RecordedFile, ...]] = {}
    asked: dict[str, Asked] = {}


def encode(bindings: LayerBindings) -> bytes:
    """Pack; empty for a layer that asks for nothing."""
    members = (
        bindings.links,
        bindings.scripts,
        bindings.kept,
        bindings.refused,
        bindings.records,
        bindings.asked,
    )
    if not any(members):
        return b""
    packed = _Packed(*(dict(sorted(each.items())) for each in members))  # type: ignore[arg-type] # by order
    return zstandard.ZstdCompressor(level=_LEVEL).compress(msgspec.msgpack.encode(packed))


def decode(packed: bytes) -> LayerBindings:
    """Unpack. Raises Malformed ``bindings-damaged``."""
    if not packed:
        return LayerBindings()
    try:
        raw = zstandard.ZstdDecompressor().decompress(packed, max_output_size=1 << 30)
        found = msgspec.msgpack.decode(raw, type=_Packed)
    except (msgspec.DecodeError, zstandard.ZstdError) as error:
        raise Malformed("bindings-damaged", f"facts about a layer cannot be read: {error}") from error
    return LayerBindings(found.links, found.scripts, found.kept, found.refused, found.records, found.asked)
