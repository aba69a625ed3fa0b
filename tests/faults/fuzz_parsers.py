"""Damage honest package files at random and read them: `python -m tests.faults.fuzz_parsers SECONDS [SEED]`.

Every input must be read in bounded time, without an exception, and without a package that has no name. What
fails is printed with the seed that makes it again. The corpus is the contract suite's, one small honest file
of each format, and programs and layers that only the readers below them see:

- a program of each system (ELF in both widths and orders, PE, Mach-O) through every reader of programs
- a layer (tar in each dialect, with sparse files, links and whiteouts) through the analysis of layers
- what was found, through combining layers and answering what packages need
"""

import io
import random
import sys
import tarfile
import time
from collections.abc import Iterator

from lading.cataloging import layer_bindings
from lading.cataloging.all_catalogers import ALL_CATALOGERS
from lading.cataloging.cataloger import HEAD_BYTES, Cataloger
from lading.cataloging.dependencies import dependencies_of
from lading.cataloging.image_contents import combine
from lading.cataloging.layer import Analyser
from lading.image import file_list
from lading.image.limits import ReadingLimits
from lading.oci.digest import Digest
from lading.packages.package import Package
from tests.contract.test_catalogers import HONEST
from tests.support.elf_files import elf, go_program, old_go_program
from tests.support.layers import LayerBuilder
from tests.support.windows_programs import windows_program

SLOWEST = 2.0  # seconds for one damaged file of a few kilobytes, on a loaded machine
_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF)


PROGRAMS = (
    elf({".rodata": b"OpenSSL 3.0.2\0" * 20, ".dynamic": bytes(64), ".dynstr": b"\0libx.so\0"}),
    elf({".rodata": b"zlib 1.2.11\0" * 20, ".dep-v0": b"x"}, wide=False),
    go_program(),
    old_go_program(wide=False, order=">"),
    b"\xcf\xfa\xed\xfe" + go_program()[64:],
    windows_program({"ProductVersion": "1.2.3", "OriginalFilename": "x.dll"}, wide=True) + go_program()[64:],
)
LAYERS = tuple(
    (
        LayerBuilder(dialect)
        .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
        .file(
            "var/lib/dpkg/status", "Package: a\nVersion: 1\nDepends: b, c | a\n\nPackage: b\nVersion: 1\n\n"
        )
        .file("var/lib/dpkg/info/a.md5sums", "d41d8cd98f00b204e9800998ecf8427e  usr/lib/a/METADATA\n")
        .file("a/b.dist-info/METADATA", "Name: b\nVersion: 1\nRequires-Dist: c\n")
        .file("a/b.dist-info/RECORD", "b.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n")
        .hardlink("x/node_modules/y/package.json", "store/1")
        .symlink("lib", "usr/lib")
        .whiteout("etc/passwd")
        .opaque("var/cache")
        .file("usr/bin/" + "long/" * 40 + "name", go_program(), mode=0o755)
        .tar()
    )
    for dialect in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)
)


class Broken(Exception):
    """A parser did what none may do; the message says with which input."""


def fuzz(seconds: float, seed: int) -> int:
    """Read damaged files for some time; return how many. Raises Broken."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        for cataloger in ALL_CATALOGERS:
            read_damaged(cataloger, seed + count)
            count += 1
        for program in PROGRAMS:
            read_damaged_program(program, seed + count)
            count += 1
        read_damaged_layer(seed + count)
        count += 1
    return count


def read_damaged_program(program: bytes, seed: int) -> None:
    """Let everybody who reads programs read a damaged one. Raises Broken."""
    content = damaged(program, random.Random(seed))
    began = time.monotonic()
    for cataloger in ALL_CATALOGERS:
        if cataloger.recognises is None:
            continue
        try:
            if cataloger.recognises(content[:HEAD_BYTES], len(content)):
                list(cataloger.parse("opt/program", content))
                list(cataloger.asks("opt/program", content) if cataloger.asks else ())
        except Exception as error:
            raise Broken(f"{cataloger.name} raised {error!r} on a program with seed {seed}") from error
    if time.monotonic() - began > SLOWEST:
        raise Broken(f"a program took too long with seed {seed}")


def read_damaged_layer(seed: int) -> None:
    """Analyse a damaged layer, and all that follows. Raises Broken."""
    chance = random.Random(seed)
    tar = damaged(chance.choice(LAYERS), chance)
    began = time.monotonic()
    try:
        limits = ReadingLimits(uncompressed_bytes=64 << 20, holes=1 << 20)
        analysis = Analyser(limits=limits).analyse(Digest.of(b"another"), lambda: io.BytesIO(tar))
        contents = combine([analysis, analysis])
        bindings = layer_bindings.decode(analysis.bindings)
        dependencies_of(contents, [bindings.asked] * 2, [bindings.records] * 2)
        list(file_list.decode(analysis.files))
    except Exception as error:
        raise Broken(f"a layer raised {error!r} with seed {seed}") from error
    if analysis.whole or not analysis.unreadable:
        raise Broken(f"a damaged layer was taken for whole with seed {seed}")
    if time.monotonic() - began > 5 * SLOWEST:
        raise Broken(f"a layer took too long with seed {seed}")


def read_damaged(cataloger: Cataloger, seed: int) -> None:
    """Read one damaged file. Raises Broken."""
    path, honest = HONEST[cataloger.name]
    content = damaged(honest, random.Random(seed))
    began = time.monotonic()
    try:
        found = list(cataloger.parse(path, content))
        readers = [read for read in (cataloger.owns, cataloger.records) if read is not None]
        asked = list(cataloger.asks(path, content)) if cataloger.asks else []
        owned = [file for read in readers for file in read(path, content)]
    except Exception as error:
        raise Broken(f"{cataloger.name} raised {error!r} with seed {seed}") from error
    if time.monotonic() - began > SLOWEST:
        raise Broken(f"{cataloger.name} took too long with seed {seed}")
    if not all(asker.name and asker.version for asker in asked):
        raise Broken(f"{cataloger.name} told of needs of nobody with seed {seed}")
    if not all(file.path for file in owned):
        raise Broken(f"{cataloger.name} told of a file without a path with seed {seed}")
    if not all(one.name and one.version for one in found if isinstance(one, Package)):
        raise Broken(f"{cataloger.name} found a package without a name or a version with seed {seed}")


def damaged(honest: bytes, chance: random.Random) -> bytes:
    """Several small accidents, of the kinds that break parsers."""
    content = bytearray(honest)
    for change in _changes(chance):
        at = chance.randrange(len(content) + 1)
        match change:
            case "flip" if at < len(content):
                content[at] ^= 1 << chance.randrange(8)
            case "number":
                wide = chance.choice((1, 2, 4, 8))
                value = chance.choice(_NUMBERS) & ((1 << 8 * wide) - 1)
                content[at : at + wide] = value.to_bytes(wide, chance.choice(("little", "big")))
            case "cut":
                del content[at:]
            case "drop":
                del content[at : at + chance.randrange(64)]
            case "repeat":
                content[at:at] = content[at : at + chance.randrange(256)] * chance.randrange(64)
            case "noise":
                content[at:at] = chance.randbytes(chance.randrange(32))
            case _:
                pass
    return bytes(content)


def _changes(chance: random.Random) -> Iterator[str]:
    kinds = ("flip", "number", "cut", "drop", "repeat", "noise")
    return iter(chance.choices(kinds, weights=(6, 6, 1, 2, 2, 2), k=chance.randrange(1, 6)))


if __name__ == "__main__":
    start = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    sys.stdout.write(f"{fuzz(float(sys.argv[1]), start)} damaged files read, from seed {start} on\n")
