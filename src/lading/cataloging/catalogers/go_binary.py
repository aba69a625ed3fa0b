"""Go programs: the build information that the linker leaves in every one, also when it is stripped.

Source: Go, src/debug/buildinfo/buildinfo.go. In short: 32 bytes that begin with a magic text; since Go 1.18
two counted texts follow (Go's version, and the list of modules), before that two pointers to such texts. In
programs for Windows and macOS only the form since 1.18 is looked for: nothing there needs sections.

A program that was built from a working copy does not know its own version, but projects hand it over at the
end of the build: ``-ldflags "-X example.org/shop/version.Version=1.2.3"``.
"""

import re
import struct
from collections.abc import Iterator

from lading.cataloging.analysis import Unreadable
from lading.cataloging.asking import Asker, Scope, asker, key
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.elf import MAGIC as ELF
from lading.cataloging.elf import Elf, NotElf, read_elf
from lading.packages.package import Package

NAME = "go-binary"
_MAGIC = b"\xff Go buildinf:"
_MACH_O = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe")  # two widths, and several in one
_BEGINNINGS = (ELF, b"MZ", *_MACH_O)
_NOTE = b"\x04\0\0\0Go\0\0"  # type and owner of the note that holds Go's build id
_HEADER_BYTES = 32
_ALIGNMENT = 16
_INLINE, _BIG_ENDIAN = 2, 1  # flags
_FRAME = 16  # bytes of marker on each side of the list of modules
_MAX_TEXT = 16 << 20
_NO_PACKAGE = "command-line-arguments"  # what Go calls files that were named one by one
_SMALL = 256 << 20  # programs up to this size are looked into without their note
_VARIABLE = re.compile(
    r"-X[ =]*[\\'\"]*(?P<package>[A-Za-z0-9_./~-]+)\.(?:[A-Za-z]*[vV]ersion|VERSION)="
    r"v?(?P<version>[0-9]+\.[0-9]+\.[0-9]+[A-Za-z0-9.+~-]*)"
)
_VERSION = re.compile(r"go([0-9]+(?:\.[0-9]+)*(?:(?:rc|beta)[0-9]+)?)")


def recognises(head: bytes, size: int) -> bool:
    """Every ELF program that Go's own linker made has a note with its build id near the start."""
    return head.startswith(_BEGINNINGS) and (size <= _SMALL or not head.startswith(ELF) or _NOTE in head)


def parse_program(path: str, content: bytes) -> Iterator[Found]:
    """Yield the standard library and the modules of a Go program; nothing for other programs."""
    try:
        program = read_elf(content) if content.startswith(ELF) else None
    except NotElf:
        return
    found = _find(program, content) if program else _magic_in(content)
    if found is None or (program is None and not found[15] & _INLINE):
        return
    texts = _read_inline(found) if found[15] & _INLINE else _read_pointed(program, found)
    version = _VERSION.match(texts[0]) if texts else None
    if texts is None or version is None:
        yield Unreadable(path, NAME, "its Go build information is damaged")
        return
    yield Package(type="golang", namespace="", name="stdlib", version=version[1])
    yield from _iter_modules(texts[1])


def iter_asks(path: str, content: bytes) -> Iterator[Asker]:
    """Say that the main module needs all others: which of them need each other is not written down."""
    modules = [one for one in parse_program(path, content) if isinstance(one, Package)]
    if len(modules) > 1:
        stdlib, main, *others = modules
        yield asker(main, (f"{key(one)} {one.version}" for one in (stdlib, *others)))


def _find(program: Elf, content: bytes) -> bytes | None:
    """The build information and what follows it: from its own section, or else from what is writable."""
    section = program.section(".go.buildinfo")
    places = [section] if section else []
    places += [content[part.offset : part.offset + part.size] for part in program.segments() if part.writable]
    return next((found for place in places if (found := _magic_in(place))), None)


def _magic_in(place: bytes) -> bytes | None:
    at = place.find(_MAGIC)
    while at >= 0:
        if at % _ALIGNMENT == 0 and len(place) - at >= _HEADER_BYTES:
            return place[at:]
        at = place.find(_MAGIC, at + 1)
    return None


def _read_inline(info: bytes) -> tuple[str, str] | None:
    version, at = _counted(info, _HEADER_BYTES)
    modules, at = _counted(info, at)
    return None if at < 0 else (version.decode("utf-8", "replace"), _unframed(modules))


def _counted(info: bytes, at: int) -> tuple[bytes, int]:
    """A text with its length before it as a varint of Go's encoding/binary; place -1 where it is cut."""
    if at < 0:
        return b"", -1
    size = shift = 0
    while True:
        if at >= len(info) or shift > 28:
            return b"", -1
        byte = info[at]
        at += 1
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if size > _MAX_TEXT or at + size > len(info):
        return b"", -1
    return info[at : at + size], at + size


def _read_pointed(program: Elf | None, info: bytes) -> tuple[str, str] | None:
    size = info[14]
    if program is None or size not in (4, 8):
        return None
    shape = struct.Struct(f"{'>' if info[15] & _BIG_ENDIAN else '<'}2{'I' if size == 4 else 'Q'}")
    texts: list[bytes] = []
    for pointer in shape.unpack_from(info, 16):
        header = program.at_address(pointer, 2 * size)
        if len(header) < 2 * size:
            return None
        start, length = shape.unpack(header)
        text = program.at_address(start, length) if length <= _MAX_TEXT else b""
        if len(text) < length or length > _MAX_TEXT:
            return None
        texts.append(text)
    return texts[0].decode("utf-8", "replace"), _unframed(texts[1])


def _unframed(modules: bytes) -> str:
    framed = len(modules) >= 2 * _FRAME + 1 and modules[-_FRAME - 1 : -_FRAME] == b"\n"
    return modules[_FRAME:-_FRAME].decode("utf-8", "replace") if framed else ""


def _iter_modules(text: str) -> Iterator[Package]:
    """Lines of ``mod`` or ``dep``, path, version, digest; ``=>`` says what took the last one's place.

    Without ``mod``, as builds outside of modules leave it, a program is named by the ``path`` of its package.
    """
    modules: list[tuple[str, str]] = []
    flags = package = ""
    has_main = False
    for line in text.splitlines():
        kind, *fields = line.split("\t")
        if kind == "path" and fields:
            package = fields[0]
        has_main = has_main or kind == "mod"
        if kind == "build" and fields and fields[0].startswith("-ldflags="):
            flags = fields[0]
        if kind in ("mod", "dep", "=>") and fields and fields[0]:
            module = fields[0], fields[1] if len(fields) > 1 else ""
            if kind == "=>" and modules:
                modules[-1] = module
            else:
                modules.append(module)
    if not has_main and package and package != _NO_PACKAGE:
        modules.insert(0, (package, ""))
    if modules and modules[0][1] in ("", "(devel)"):
        modules[0] = modules[0][0], _handed_over(flags, modules[0][0])
    for path, version in modules:
        if path.isprintable() and version.isprintable() and " " not in path + version:
            namespace, _, name = path.rstrip("/").rpartition("/")
            if name:
                # "(devel)" is Go's own word for a program that was built from a working copy.
                yield Package("golang", namespace, name, version or "(devel)")


def _handed_over(flags: str, main: str) -> str:
    """The version of the main module ``main`` by the linker's flags; empty where they hand over none."""
    root = re.sub(r"/v[0-9]+\Z", "", main)
    found = list(_VARIABLE.finditer(flags))
    own = [one for one in found if one["package"] == "main" or one["package"].startswith(root)]
    others = [one for one in found if one["package"].endswith("/version")]
    return f"v{(own or others)[0]['version']}" if own or others else ""


CATALOGER = Cataloger(
    name=NAME,
    reads=(),
    parse=parse_program,
    max_bytes=512 << 20,
    recognises=recognises,
    begins=_BEGINNINGS,
    asks=iter_asks,
    scope=Scope.FILE,
)
