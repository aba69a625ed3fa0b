"""Step 4 of the proof: what the application's programs ask for is still there.

1. Programs find their dynamic linker, and each library by its name, where ld.so(8) looks: RUNPATH or RPATH,
   LD_LIBRARY_PATH, the directories of ld.so.conf, the built-in ones.
2. The library has every version of symbols that was linked against (GLIBC_2.34).
3. Programs of the base that find a library of the application find the versions that they need in it.
4. Scripts find the interpreter of their first line, links what they lead to.
5. Interpreters are of the same version as far as modules and compiled files depend on it.

What was missing before is no fault of the new base.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lading.cataloging.elf_dynamic import DynamicLinks
from lading.image.file_list import FileKind
from lading.lineage.app_layers import Over
from lading.lineage.remarks import Findings, Rule
from lading.lineage.stack import Stack

# e_machine: Debian's multi-arch names, where its linkers look besides /lib and /usr/lib.
_TRIPLETS = {
    3: "i386-linux-gnu",
    21: "powerpc64le-linux-gnu",
    22: "s390x-linux-gnu",
    40: "arm-linux-gnueabihf",
    62: "x86_64-linux-gnu",
    183: "aarch64-linux-gnu",
    243: "riscv64-linux-gnu",
}
_ORIGIN = re.compile(r"\$(?:ORIGIN|\{ORIGIN\})")
_LIB = re.compile(r"\$(?:LIB|\{LIB\})")
_ABIS = (
    ("Python", re.compile(r"usr/(?:local/)?lib/python(\d+\.\d+)/os\.pyc?\Z")),
    ("Ruby", re.compile(r"usr/(?:local/)?lib/ruby/(\d+\.\d+\.\d+)/set\.rb\Z")),
    ("Perl", re.compile(r"usr/(?:local/)?(?:share|lib)/(?:[^/]+/)?perl5?/(\d+\.\d+)(?:\.\d+)?/strict\.pm\Z")),
    ("PHP", re.compile(r"usr/(?:local/)?lib/php/(?:extensions/)?(?:no-debug-\w+-)?(20\d{6})/.+\Z")),
)
_NODE_HEADER = re.compile(rb"#define NODE_MAJOR_VERSION (\d+)")
_JAVA_VERSION = re.compile(rb'JAVA_VERSION="(?:1\.)?(\d+)')


@dataclass(slots=True)
class Libraries:
    """Where libraries are found, over one base. Directories are looked up once."""

    over: Over
    environment: Mapping[str, str]
    _configured: tuple[str, ...] | None = None
    _found: dict[tuple[str, int, bool], str | None] = field(default_factory=dict)

    def find(self, name: str, links: DynamicLinks, path: str) -> str | None:
        """The real path of a library that a program at ``path`` asks for, None where there is none."""
        if "/" in name:
            return self._library(name.lstrip("/"), links)
        origin = path.rpartition("/")[0]
        for directory in _split(links.search, origin, links):
            found = self._library(f"{directory}/{name}", links)
            if found is not None:
                return found
        key = (name, links.machine, links.wide)
        if key not in self._found:
            self._found[key] = next(
                (
                    found
                    for directory in self._directories(links)
                    if (found := self._library(f"{directory}/{name}", links)) is not None
                ),
                None,
            )
        return self._found[key]

    def _library(self, path: str, links: DynamicLinks) -> str | None:
        real = self.over.real_path(path)
        if real is None:
            return None
        found = self.over.links_of(real)
        return real if found and (found.machine, found.wide) == (links.machine, links.wide) else None

    def _directories(self, links: DynamicLinks) -> Iterator[str]:
        yield from _split(self.environment.get("LD_LIBRARY_PATH", ""), "", links)
        if self._configured is None:
            self._configured = tuple(_configured(self.over))
        yield from self._configured
        triplet = _TRIPLETS.get(links.machine, "")
        if triplet:
            yield from (f"lib/{triplet}", f"usr/lib/{triplet}")
        if links.wide:
            yield from ("lib64", "usr/lib64")
        yield from ("lib", "usr/local/lib", "usr/lib")


def check_programs(old: Libraries, new: Libraries, findings: Findings) -> int:
    """Rules 1 and 2; return how many programs were looked at."""
    count = 0
    for path, links in _own_programs(new.over):
        count += 1
        linker = links.interpreter
        if linker and new.over.real_path(linker) is None and old.over.real_path(linker) is not None:
            findings.refuse(Rule.LIBRARIES, path, f"its linker {linker} is not in the new base")
        needs = dict(links.needs)
        for name in links.needed:
            before, now = old.find(name, links, path), new.find(name, links, path)
            if now is None:
                if before is None:
                    findings.note(Rule.LIBRARIES, path, f"it asks for {name}, which was missing before too")
                else:
                    findings.refuse(Rule.LIBRARIES, path, f"it asks for {name}, which is not in the new base")
                continue
            missing = _missing(needs.get(name, ()), new.over.links_of(now))
            if missing and missing != _missing(needs.get(name, ()), old.over.links_of(before or now)):
                text = ", ".join(missing[:5])
                findings.refuse(Rule.LIBRARIES, path, f"it asks {name} for {text}, which {now} does not have")
    return count


def check_base_programs(new: Libraries, findings: Findings) -> None:
    """Rule 3."""
    app, base = new.over.app, new.over.base
    for path, links in _own_programs(new.over):
        if not links.soname:
            continue
        for asker in base.askers.get(links.soname, ()):
            asking = base.programs[asker]
            if app.takes_away(asker) or asker in app.written:
                continue
            if new.find(links.soname, asking, asker) != path:
                continue
            missing = _missing(dict(asking.needs).get(links.soname, ()), links)
            if missing:
                findings.refuse(
                    Rule.LIBRARIES,
                    path,
                    f"{asker} of the new base would find it and miss {', '.join(missing[:5])}",
                )


def check_scripts_and_links(old: Over, new: Over, environment: Mapping[str, str], findings: Findings) -> None:
    """Rule 4."""
    app = new.app
    for number, layer in enumerate(app.bindings):
        for path, line in layer.scripts.items():
            if app.layer_of.get(path) != number:
                continue
            for target in _interpreters(line, environment):
                if any(new.file_at(each) is not None for each in target):
                    continue
                if any(old.file_at(each) is not None for each in target):
                    findings.refuse(
                        Rule.INTERPRETERS, path, f"it is run by {target[0]}, which is not in the new base"
                    )
    for path, entry in app.written.items():
        if (
            entry.kind is FileKind.SYMBOLIC_LINK
            and new.file_at(path) is None
            and old.file_at(path) is not None
        ):
            findings.refuse(Rule.LINKS, path, f"it leads to {entry.link}, which is not in the new base")


def check_interpreters(
    before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]], findings: Findings
) -> None:
    """Rule 5."""
    for kind in sorted(before):
        lost = before[kind] - after.get(kind, frozenset())
        if lost:
            has = ", ".join(sorted(after.get(kind, ()))) or "none"
            findings.refuse(
                Rule.INTERPRETERS, "", f"the old base has {kind} {', '.join(sorted(lost))}, the new one {has}"
            )


def interpreters_of(stack: Stack) -> dict[str, frozenset[str]]:
    """The versions of interpreters that modules and compiled files are made for."""
    found: dict[str, set[str]] = {}
    for path in stack.tree:
        if not path.startswith("usr/"):
            continue
        for kind, pattern in _ABIS:
            match = pattern.match(path)
            if match:
                found.setdefault(kind, set()).add(match[1])
        if path.endswith("/node_version.h"):
            _add(found, "Node.js", _NODE_HEADER.search(stack.kept(path) or b""))
        elif path.endswith("/release"):
            _add(found, "Java", _JAVA_VERSION.search(stack.kept(path) or b""))
    return {kind: frozenset(versions) for kind, versions in found.items()}


def _add(found: dict[str, set[str]], kind: str, match: "re.Match[bytes] | None") -> None:
    if match:
        found.setdefault(kind, set()).add(match[1].decode())


def _own_programs(over: Over) -> Iterator[tuple[str, DynamicLinks]]:
    app = over.app
    for number, layer in enumerate(app.bindings):
        for path, links in layer.links.items():
            if app.layer_of.get(path) == number and app.written[path].kind is FileKind.FILE:
                yield path, links


def _missing(versions: tuple[str, ...], library: DynamicLinks | None) -> list[str]:
    if library is None:
        return list(versions)
    # A library without any versions is bound to all the same: the linker only warns.
    return [version for version in versions if library.offers and version not in library.offers]


def _split(search: str, origin: str, links: DynamicLinks) -> Iterator[str]:
    for part in search.split(":"):
        if part:
            directory = _ORIGIN.sub(f"/{origin}".replace("\\", r"\\"), part)
            yield _LIB.sub("lib64" if links.wide else "lib", directory).strip("/")


def _configured(over: Over) -> Iterator[str]:
    """The directories of ld.so.conf and what it includes."""
    files = ["etc/ld.so.conf", *sorted(over.names_in("etc/ld.so.conf.d"))]
    for path in files:
        for line in (over.kept(path) or b"").decode("utf-8", "replace").split("\n"):
            directory = line.partition("#")[0].strip()
            if directory.startswith("/"):
                yield directory.strip("/")


def _interpreters(line: str, environment: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """What has to be there for a script to run: the program, and what ``env`` is to find."""
    words = line.split()
    if not words or not words[0].startswith("/"):
        return
    yield (words[0].lstrip("/"),)
    named = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    if words[0].rpartition("/")[2] == "env" and named:
        directories = environment.get("PATH", "/usr/local/bin:/usr/bin:/bin").split(":")
        yield tuple(f"{directory.strip('/')}/{named[0]}" for directory in directories)
