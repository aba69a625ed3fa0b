"""Damage honest package files at random and read them: `python -m tests.faults.fuzz_parsers SECONDS [SEED]`.

Every input must be read in bounded time, without an exception, and without a package that has no name. What
fails is printed with the seed that makes it again. The corpus is the contract suite's: one small honest file
of each format.
"""

import random
import sys
import time
from collections.abc import Iterator

from lading.cataloging.all_catalogers import ALL_CATALOGERS
from lading.cataloging.cataloger import Cataloger
from lading.packages.package import Package
from tests.contract.test_catalogers import HONEST

SLOWEST = 2.0  # seconds for one damaged file of a few kilobytes, on a loaded machine
_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF)


class Broken(Exception):
    """A parser did what none may do; the message says with which input."""


def fuzz(seconds: float, seed: int) -> int:
    """Read damaged files for some time; return how many. Raises Broken."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        for cataloger in ALL_CATALOGERS:
            read_damaged(cataloger, seed + count)
            count += 1
    return count


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
