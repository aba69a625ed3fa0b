"""Programs and libraries that no package manager knows of: the version that is compiled into them.

A file is looked into by its name, or by the one that a library calls itself; outside of the places where
systems keep theirs, whatever it is called. What a package database accounts for is that package, and is left
out again when the image is known (``image_contents``).
"""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named
from lading.cataloging.elf import MAGIC as ELF
from lading.cataloging.elf import NotElf, read_elf
from lading.cataloging.program_facts import ALL_PROGRAM_FACTS, facts_about
from lading.cataloging.program_places import is_anybodys

NAME = "program"
_MAX_PROGRAM = 256 << 20
_MAX_UNNAMED = 8 << 20  # bytes of constants that are searched for everything
# What only one program says of itself: safe to take for it whatever the file is called.
_TELLING = re.compile(
    rb"@\(#\)Bash version |BusyBox v[0-9]|X-Powered-By: PHP/|nginx version: nginx/|OpenSSH_[0-9]"
    rb"|SSH-2\.0-dropbear_|node\.js/v[0-9]|\(PostgreSQL\) [0-9]|CLIENT libcurl [0-9]|GNU C Library "
)
_TELLERS = tuple(
    fact
    for fact in ALL_PROGRAM_FACTS
    if fact.name
    in {"bash", "busybox", "php", "nginx", "openssh", "dropbear", "node", "postgresql", "curl", "glibc"}
)


def parse_program(path: str, content: bytes) -> Iterator[Found]:
    """Yield what the program is, where it says so."""
    try:
        program = read_elf(content)
    except NotElf:
        return
    facts, anybodys = facts_about(path.rpartition("/")[2]), is_anybodys(path)
    if not facts and not anybodys:
        return
    constants = program.section(".rodata") or b""
    if not facts:
        facts = facts_about(program.own_name())
    if not facts and len(constants) <= _MAX_UNNAMED and _TELLING.search(constants):
        facts = _TELLERS
    for fact in facts:
        version = fact.version_in(constants) or fact.version_in(content)
        if version:
            yield from named("generic", fact.name, version)
            return


def recognises(head: bytes, size: int) -> bool:  # noqa: ARG001 - too large ones are reported
    """Any program may be one."""
    return True


CATALOGER = Cataloger(
    name=NAME,
    reads=(),
    parse=parse_program,
    max_bytes=_MAX_PROGRAM,
    recognises=recognises,
    begins=(ELF,),
    found_in_programs=True,
)
