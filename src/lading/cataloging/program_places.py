"""Where programs and descriptions of packages stand, and which a package database should be asked about."""

from lading.cataloging.program_facts import facts_about

# Files that describe a package of a language, by which it may turn out to be shipped by another one.
_DESCRIBING = (
    "/METADATA",
    "/PKG-INFO",
    ".egg-info",
    "/package.json",
    ".gemspec",
    ".jar",
    ".war",
    "/META.json",
    "/MYMETA.json",
    "/META.yml",
    "/DESCRIPTION",
)

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


def may_describe(path: str) -> bool:
    """Whether a package of a language might be read from the file at this path."""
    return path.endswith(_DESCRIBING)


def is_worth_owning(path: str) -> bool:
    """Whether it matters which package of the system brought the file at this path."""
    return may_describe(path) or may_be_found(path)


def one_place(path: str) -> str:
    """The path by which a file is compared: /bin and /lib are links into /usr on most systems, or copies."""
    return path.removeprefix("usr/")
