"""Where the files of an image come from, and whether those of packages are as they were installed.

For each visible file, the first that fits: a package of the system has it; a package of a language has it,
or the tree it is in; package managers and their scripts make it; the build step that wrote its layer says
that it copies files in. What is left is unexplained. Files of packages are compared with the digests in the
packages' records, as ``dpkg --verify``, ``rpm --verify`` and ``apk audit`` do; those of Python's packages
with the digests in RECORD.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from lading.cataloging.analysis import InstalledPackage
from lading.cataloging.recorded_file import SHORT
from lading.image.file_list import FileEntry, FileKind
from lading.lineage.inspection.facts import FileFact, Origins, listed
from lading.lineage.inspection.owners import Owned, read_owners
from lading.lineage.stack import Stack
from lading.oci.config import ImageConfig


class Origin(StrEnum):
    """What accounts for a file."""

    PACKAGE = "package"  # of the system, by its records
    SYSTEM = "system"  # in a directory of a system whose records of files could not be read
    LANGUAGE = "language"
    GENERATED = "generated"
    COPIED = "copied"
    UNEXPLAINED = "unexplained"


_GENERATED = re.compile(
    r"etc/(?:passwd|group|shadow|gshadow|subuid|subgid)-?\Z|etc/(?:ld\.so\.cache|machine-id|hostname|hosts|resolv\.conf|mtab"
    r"|environment|shells|adjtime|timezone|mailname|\.pwd\.lock|\.updated|rc\.conf)\Z|etc/ssl/certs/|etc/pki/ca-trust/extracted/"
    r"|etc/alternatives/|etc/apk/|etc/apt/|etc/dpkg/|etc/yum|etc/dnf|var/lib/(?:dpkg|apt|apk|rpm|dnf|yum|pam|systemd|ucf|ldconfig"
    r"|shells\.state|misc)(?:/|\Z)|lib/apk/|usr/lib/apk/|usr/lib/sysimage/|var/cache/|var/log/|run/|tmp/|\.dockerenv\Z|dev/|proc/|sys/"
    r"|usr/share/(?:info/dir|mime/|icons/.*/icon-theme\.cache|glib-2\.0/schemas/gschemas\.compiled|applications/mimeinfo\.cache"
    r"|fontconfig/|perl5/.*\.al)|usr/lib/(?:locale/locale-archive|udev/hwdb\.bin|[^/]+/gconv/gconv-modules\.cache"
    r"|[^/]+/gdk-pixbuf-2\.0/.*/loaders\.cache|ssl/|python3/dist-packages/.*\.pyc)|(?:.*/)?__pycache__/.*\.pyc\Z"
)
_SYSTEM_TREES = ("usr/", "etc/", "bin/", "sbin/", "lib", "boot/", "var/lib/")
_NOT_SYSTEM = ("usr/local/",)
# Slim images leave these out on purpose (dpkg's path-exclude).
_LEFT_OUT = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "usr/share/info",
    "usr/share/lintian",
    "usr/share/linda",
    "usr/share/groff",
)
_COPIES = re.compile(r"(?:/bin/sh -c #\(nop\) +)?(?:COPY|ADD)\s")
_PYTHON = re.compile(r"(.*(?:site|dist)-packages/)[^/]+\.(?:dist|egg)-info(?:/|\Z)")
_NODE = re.compile(r"(.*node_modules/(?:@[^/]+/)?[^/]+/)package\.json\Z")
_GEMS = re.compile(r"(.*/)specifications/(?:default/)?([^/]+)\.gemspec\Z")


@dataclass(slots=True)
class FileOrigins:
    """The origin of each visible file, and what follows from that."""

    by_path: dict[str, Origin] = field(default_factory=dict)
    origins: Origins = field(default_factory=Origins)


@dataclass(slots=True)
class _Compared:
    """Files of packages beside what the packages' records say of them."""

    changed: dict[str, FileFact] = field(default_factory=dict)
    verified: int = 0
    unverified: int = 0

    def add(self, path: str, layer: int, entry: FileEntry, owned: Owned) -> None:
        same = _compare(entry, owned)
        if same is None:
            self.unverified += 1
        elif same:
            self.verified += 1
        else:
            what = f"of {owned.package}" + (", a setting" if owned.setting else "")
            self.changed[path] = FileFact(path, layer, what)


def origins_of(stack: Stack, config: ImageConfig, packages: Iterable[InstalledPackage]) -> FileOrigins:
    """Find where every visible file comes from."""
    owners = read_owners(stack)
    installed = [each for each in packages if not each.declared]
    languages = _Trees.of(installed)
    unlisted = "rpm" not in owners.systems and any(each.package.type == "rpm" for each in installed)
    copied = {
        number for number, step in enumerate(config.layer_steps()) if step and _COPIES.match(step.created_by)
    }
    found = FileOrigins()
    unexplained: list[FileFact] = []
    compared = _Compared()
    for path, entry in stack.tree.items():
        if entry.kind is not FileKind.FILE:
            continue
        layer = stack.layer_of[path]
        of_system, of_language = owners.by_path.get(path), owners.of_languages.get(path)
        owned = of_system or of_language
        if owned is not None:
            compared.add(path, layer, entry, owned)
        if of_system is not None:
            origin = Origin.PACKAGE
        elif of_language is not None or languages.explain(path):
            origin = Origin.LANGUAGE
        elif _is_generated(path):
            origin = Origin.GENERATED
        elif unlisted and path.startswith(_SYSTEM_TREES) and not path.startswith(_NOT_SYSTEM):
            origin = Origin.SYSTEM
        elif layer in copied:
            origin = Origin.COPIED
        else:
            origin = Origin.UNEXPLAINED
            unexplained.append(FileFact(path, layer, f"{entry.size} bytes, mode {entry.mode:04o}"))
        found.by_path[path] = origin
    missing = dict(_missing(stack, owners.by_path))
    altered = {
        owned.package.partition(":")[0]  # dpkg calls lists ``libssl3:amd64`` where architectures meet
        for path, owned in owners.by_path.items()
        if not owned.setting and (path in missing or path in compared.changed)
    }
    missing.update(_missing(stack, owners.of_languages))
    counts = {str(origin): count for origin, count in Counter(found.by_path.values()).items()}
    found.origins = Origins(
        counts=dict(sorted(counts.items())),
        verified=compared.verified,
        unverified=compared.unverified + counts.get(str(Origin.SYSTEM), 0),
        unexplained=listed(unexplained),
        changed=listed(list(compared.changed.values())),
        missing=listed([FileFact(path, 0, f"of {each.package}") for path, each in missing.items()]),
        altered=tuple(sorted(altered)),
    )
    return found


@lru_cache(maxsize=1 << 15)  # images share most of their paths
def _is_generated(path: str) -> bool:
    return _GENERATED.match(path) is not None


def _compare(entry: FileEntry, owned: Owned) -> bool | None:
    """Whether a file is as its package recorded it; None where that cannot be told."""
    taken = {"md5": entry.md5, "sha1": entry.sha1, "sha256": entry.sha256}.get(owned.algorithm, b"")[:SHORT]
    return taken == owned.digest if taken and owned.digest else None


def _missing(stack: Stack, owned: Mapping[str, Owned]) -> Iterator[tuple[str, Owned]]:
    """Files with a recorded digest that are not there. Directories have none."""
    return (
        (path, each)
        for path, each in owned.items()
        if each.digest and path not in stack.tree and not path.startswith(_LEFT_OUT)
    )


@dataclass(slots=True)
class _Trees:
    """What packages of languages account for: single files, and everything below some directories."""

    files: set[str]
    trees: set[str]  # with a slash at the end

    @classmethod
    def of(cls, packages: Iterable[InstalledPackage]) -> "_Trees":
        files, trees = set(), set()
        for each in packages:
            files.add(each.path)
            match = _PYTHON.match(each.path) or _NODE.match(each.path)
            if match is not None and each.package.type in {"pypi", "npm"}:
                trees.add(match[1] or "")
            gem = _GEMS.match(each.path)
            if gem is not None:
                trees.add(f"{gem[1]}gems/{gem[2]}/")
        trees.discard("")  # an application's own package.json in the root explains nothing else
        return cls(files, trees)

    def explain(self, path: str) -> bool:
        if path in self.files:
            return True
        if not self.trees:
            return False
        at = path.find("/")
        while at >= 0:
            if path[: at + 1] in self.trees:
                return True
            at = path.find("/", at + 1)
        return False
