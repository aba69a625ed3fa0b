"""Where programs stand, and which of them a package database should be asked about."""

from lading.cataloging.program_facts import facts_about

# Where packages of operating systems put programs and libraries.
_SYSTEM = (
    "bin/",
    "sbin/",
    "lib",
    "usr/bin/",
    "usr/sbin/",
    "usr/lib",
    "usr/libexec/",
    "usr/share/",
    "var/",
    "etc/",
)


def is_anybodys(path: str) -> bool:
    """Whether a path is outside of the places of the operating system: names say little there."""
    return not path.startswith(_SYSTEM)


def may_be_found(path: str) -> bool:
    """Whether a package might be read from the program at this path."""
    name = path.rpartition("/")[2]
    return bool(facts_about(name)) or (name not in ("", ".") and is_anybodys(path) and path[:4] != "usr/")
