"""Analyse one layer: a pure function of its bytes, of the catalogers, and of limits.

1. Uncompress in steps, and take the digest of all that comes.
2. Walk the archive once. Every entry is listed, and every file digested and searched for keys; those that a
   cataloger reads are parsed, and what programs ask of others is noted (``layer_bindings``).
3. Links at places that a cataloger reads are followed within the layer, in a second walk where the target has
   gone by already. (pnpm and uv fill whole trees with hard links.)
4. Compare the digest. Whatever stopped the walk, and every part that was not understood, is in the result.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from lading.cataloging import distro as systems
from lading.cataloging.all_catalogers import ALL_CATALOGERS
from lading.cataloging.analysis import LayerAnalysis
from lading.cataloging.cataloger import HEAD_BYTES, Cataloger, Interests
from lading.cataloging.layer_bindings import BindingsReader
from lading.cataloging.layer_facts import LAYER, LayerFacts
from lading.cataloging.layer_files import Aside, AtOnce, ContentDigests, LayerFiles
from lading.cataloging.secrets.searching import iter_secrets, may_hold_secret, may_mark_secret
from lading.foundation.bounded import Reader
from lading.foundation.errors import Malformed, OverLimit
from lading.image.archive import Archive, Entry, EntryKind
from lading.image.compression import iter_uncompressed
from lading.image.limits import Check, ReadingLimits, no_check
from lading.image.path import link_target, normalise, resolve
from lading.image.whiteouts import is_whiteout
from lading.oci.digest import Digest

ANALYSER = "17"  # goes up whenever the analysis of some layer may come out differently

Chunks: TypeAlias = Iterator[bytes]
Ahead: TypeAlias = Callable[[Chunks], Chunks]
"""Pass chunks on, perhaps making them in another thread while the last ones are looked at."""

_DISTRO = "distro"
_FOLLOWED_RELEASES = frozenset({"etc/os-release", "usr/lib/os-release"})
_RELEASE_PATHS = frozenset(systems.RELEASE_PATHS)


def one_by_one(chunks: Chunks) -> Chunks:
    """Make each chunk when it is asked for."""
    return chunks


@dataclass(frozen=True, slots=True)
class Analyser:
    """How layers are analysed. ``check`` is called every mebibyte and stops the work by raising OverLimit."""

    catalogers: tuple[Cataloger, ...] = ALL_CATALOGERS
    limits: ReadingLimits = field(default_factory=ReadingLimits)
    check: Check = no_check
    ahead: Ahead = one_by_one
    aside: Callable[[], Aside] = AtOnce  # where digests of large files are taken

    def analyse(self, diff_id: Digest, open_layer: Callable[[], Reader]) -> LayerAnalysis:
        """Analyse the layer that ``open_layer`` gives from its first byte, compressed or not, each time.

        Raises what ``open_layer`` and the reader raise, but nothing about the content: a layer that cannot be
        read has an analysis that says so.
        """
        reading = _Reading(self, diff_id)
        try:
            reading.walk(open_layer())
            reading.follow_links(open_layer)
        except (Malformed, OverLimit) as error:
            reading.facts.report("", LAYER, error.message)
            reading.facts.whole = False
        files, bindings = reading.files.freeze(), reading.bindings.freeze()
        return reading.facts.freeze(diff_id, ANALYSER, files, bindings, reading.files.is_recorded)


class _Reading:
    """One layer under way."""

    def __init__(self, analyser: Analyser, diff_id: Digest) -> None:
        self._analyser = analyser
        self._diff_id = diff_id
        self._interests = Interests(analyser.catalogers)
        self._places_seen: set[str] = set()  # in trees where a name says it all
        self._wanted_links: dict[str, EntryKind] = {}  # links where a cataloger would read a file
        self.facts = LayerFacts(analyser.limits.facts)
        self.files = LayerFiles(analyser.limits.files, analyser.aside())
        self.bindings = BindingsReader()

    def walk(self, layer: Reader) -> None:
        """Steps 1, 2 and 4."""
        digest = self._diff_id.running()
        facts = self.facts

        def digested() -> Chunks:
            for chunk in self._uncompressed(layer):
                digest.update(chunk)
                facts.byte_count += len(chunk)
                yield chunk

        archive = Archive(digested(), self._analyser.limits)
        try:
            for entry in archive:
                self._see(entry, archive)
        finally:
            facts.file_count = archive.entry_count
        if digest.hexdigest() == self._diff_id.hex:
            facts.whole = True
        else:
            facts.report("", LAYER, f"its content does not have the digest {self._diff_id}")

    def follow_links(self, open_layer: Callable[[], Reader]) -> None:
        """Step 3."""
        links = self.facts.all_links
        sought: dict[str, list[str]] = {}
        for path, kind in self._wanted_links.items():
            named, target = link_target(path, links[path]), resolve(path, links)
            if named is None or target is None:
                self._report_link(path, "links that go round in a loop, or out of the root")
            elif kind is EntryKind.HARD_LINK:
                if not self.facts.copy_source(target, path):
                    sought.setdefault(target, []).append(path)
            elif not self._reads_already(path, named) and not self._reads_already(path, target):
                sought.setdefault(target, []).append(path)
        if sought:
            self._parse_targets(sought, open_layer)

    def _uncompressed(self, layer: Reader) -> Chunks:
        analyser = self._analyser
        return analyser.ahead(iter_uncompressed(layer, analyser.limits, analyser.check))

    def _see(self, entry: Entry, archive: Archive) -> None:
        facts, path = self.facts, entry.path
        if entry.problem:
            facts.report(path, LAYER, entry.problem)
        if entry.unplaced:
            self._search(entry, archive, None, b"")  # no runtime unpacks it, but it ships
            return
        if is_whiteout(path):
            self.files.add_whiteout(facts.add_whiteout(path))
            return
        facts.forget(path)
        self.bindings.forget(path)
        self._wanted_links.pop(path, None)
        self._see_place(path)
        if entry.kind is EntryKind.FILE:
            self._see_file(entry, archive)
        else:
            self.files.add(entry)
            self._see_other(entry)

    def _see_other(self, entry: Entry) -> None:
        facts, path = self.facts, entry.path
        match entry.kind:
            case EntryKind.SYMBOLIC_LINK:
                facts.add_link(path, entry.link)
                self._want_link(entry)
            case EntryKind.HARD_LINK:
                target = normalise(entry.link)
                if target is None:
                    facts.report(path, LAYER, "a hard link that leaves the root of the layer")
                else:
                    facts.add_hard_link(path, target)
                    self._want_link(entry)
            case EntryKind.DEVICE | EntryKind.FIFO | EntryKind.OTHER:
                if self._interests.of(path) or path in _FOLLOWED_RELEASES:
                    facts.add_replaced(path)
                    facts.report(path, LAYER, f"a {entry.kind.value} where a package database may be")
            case _:
                pass

    def _see_place(self, path: str) -> None:
        found = self._interests.in_tree(path)
        if found is None:
            return
        place, cataloger = found
        if place == path or place not in self._places_seen:  # an entry of its own made it forgotten
            self._places_seen.add(place)
            self.facts.add_source(place, cataloger.name, cataloger.parse(place, b""))

    def _see_file(self, entry: Entry, archive: Archive) -> None:
        digests = self.files.digests(entry) if self._takes_digests(entry) else None
        self._look_into(entry, archive, digests)
        self.files.add(entry, digests)

    def _takes_digests(self, entry: Entry) -> bool:
        """Not of a sparse file that would be too large to be made up: one header can say an exbibyte."""
        return not entry.is_sparse or entry.size <= self._analyser.limits.holes

    def _look_into(self, entry: Entry, archive: Archive, digests: ContentDigests | None) -> None:
        path = entry.path
        head = archive.head(HEAD_BYTES)
        readers = self._readers(path, head, entry.size)
        if not readers and path not in _RELEASE_PATHS:
            # A program, or a file that usually holds a key, may stand where a lower layer has such a one.
            if may_hold_secret(path) or entry.is_executable:
                self.facts.add_replaced(path)
            self._search(entry, archive, digests, head)
            return
        self.facts.add_replaced(path)
        largest = max((reader.max_bytes for reader in readers), default=systems.MAX_RELEASE_BYTES)
        if entry.size > largest:
            self.facts.report(path, readers[0].name if readers else _DISTRO, _too_large(entry.size))
            self._search(entry, archive, digests, head)
            return
        content = archive.read()
        if digests is not None:
            digests.update(content)
        if self._binds(entry, head):
            self.bindings.add(path, content)
        self.facts.add_secrets(iter_secrets(path, (content,)))
        self._parse(path, content, readers)

    def _binds(self, entry: Entry, head: bytes) -> bool:
        """Whether the file asks something of others, or is one that others are merged with."""
        if entry.unplaced or not self.bindings.wants(entry.path, head):
            return False
        return not self.bindings.too_large(entry.path, head, entry.size)

    def _readers(self, path: str, head: bytes, size: int) -> tuple[Cataloger, ...]:
        """Who wants a file, for its path or for its content, each once."""
        by_path, by_content = self._interests.of(path), self._interests.by_content(head, size)
        return tuple(dict.fromkeys((*by_path, *by_content))) if by_content else by_path

    def _search(self, entry: Entry, archive: Archive, digests: ContentDigests | None, head: bytes) -> None:
        path = entry.path
        if digests is not None and entry.is_sparse:
            content = archive.read()
            digests.update(content)
            self.facts.add_secrets(iter_secrets(path, (content,)))
            return
        if self._binds(entry, head):
            content = archive.read()
            if digests is not None:
                digests.update(content)
            self.bindings.add(path, content)
            if may_mark_secret(path, content):
                self.facts.add_secrets(iter_secrets(path, (content,)))
            return
        # Nearly every file lies in one chunk and has no mark, so this is asked first.
        whole = archive.whole()
        if whole is None:
            pieces = archive.pieces() if digests is None else digests.over(archive.pieces())
            self.facts.add_secrets(iter_secrets(path, pieces))
            return
        if digests is not None:
            digests.update(whole)
        if may_mark_secret(path, whole):
            self.facts.add_secrets(iter_secrets(path, (whole,)))

    def _parse(self, path: str, content: bytes, readers: tuple[Cataloger, ...]) -> None:
        """Let ``readers`` read, and find out what system it is if the path says so."""
        for reader in readers:
            if len(content) > reader.max_bytes:
                self.facts.report(path, reader.name, _too_large(len(content)))
            else:
                self.facts.add_source(path, reader.name, reader.parse(path, content))
                if reader.licenses is not None:
                    self.facts.add_license_statement(path, reader.licenses(path, content))
                if reader.owns is not None:
                    self.facts.add_ownership(path, reader.owns(path, content))
                if reader.asks is not None:
                    self.bindings.add_asked(path, reader.scope, reader.asks(path, content))
                if reader.records is not None:
                    self.bindings.add_records(path, reader.records(path, content))
        if path in _RELEASE_PATHS:
            named = systems.parse_release(path, content)
            if named is not None:
                self.facts.add_release(path, named)
            elif path in _FOLLOWED_RELEASES:
                self.facts.report(path, _DISTRO, "it does not name an operating system")

    def _want_link(self, entry: Entry) -> None:
        path = entry.path
        if self._interests.of(path) or path in _FOLLOWED_RELEASES:
            self._wanted_links[path] = entry.kind
            self.facts.add_replaced(path)

    def _reads_already(self, path: str, target: str) -> bool:
        """Whether whoever reads ``path`` reads ``target`` too, in whichever layer that is."""
        if path in _FOLLOWED_RELEASES:
            return target in _RELEASE_PATHS
        return set(self._interests.of(path)) <= set(self._interests.of(target))

    def _parse_targets(self, sought: dict[str, list[str]], open_layer: Callable[[], Reader]) -> None:
        """Walk the layer again for the files that links lead to; the last of each name counts."""
        found: set[str] = set()
        largest = max(reader.max_bytes for reader in self._analyser.catalogers)
        archive = Archive(self._uncompressed(open_layer()), self._analyser.limits)
        for entry in archive:
            if entry.kind is EntryKind.FILE and entry.path in sought and entry.size <= largest:
                found.add(entry.path)
                content = archive.read()
                for path in sought[entry.path]:
                    self.facts.forget_source(path)
                    self._parse(path, content, self._interests.of(path))
        for target in sorted(sought.keys() - found):
            for path in sought[target]:
                self._report_link(path, f"a link to {target}, which is not a readable file of this layer")

    def _report_link(self, path: str, reason: str) -> None:
        readers = self._interests.of(path)
        self.facts.report(path, readers[0].name if readers else _DISTRO, reason)


def _too_large(size: int) -> str:
    return f"it has {size} bytes, too many to be read"
