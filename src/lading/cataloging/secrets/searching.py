"""Search files for credentials.

1. Every byte of every regular file is passed over once, for the marks of all kinds together.
2. Only what stands around a mark is read further, by the kinds whose mark it is.
3. A form that documents share (a password in an address) is not sought in what packages brought, and one that
   machine code may look like is not sought in programs.
4. Where two kinds fit the same text, the first of the table counts. The credential itself is never kept.
"""

import re
from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from lading.cataloging.analysis import Secret
from lading.cataloging.secrets.all_kinds import ALL_KINDS
from lading.cataloging.secrets.kind import AFTER, BEFORE, MANY_SECRETS, FoundSecret, SecretKind, Window
from lading.cataloging.secrets.marks import Marks

MAX_IN_FILE = 200  # credentials that are listed of one file; who has so many has a list of them
MAX_MARKS = 50_000  # in one file that are looked at: a hostile file may consist of nothing else
_TEXT_SAMPLE = 1024  # bytes; a file with a NUL in these is no text

_RANK = {kind.name: rank for rank, kind in enumerate(ALL_KINDS)}

_PROGRAM = tuple(kind for kind in ALL_KINDS if kind.in_programs)
_PACKAGED_TEXT = tuple(kind for kind in ALL_KINDS if not kind.weak and kind.paths is None)
_TEXT = tuple(kind for kind in ALL_KINDS if kind.paths is None)
_NAMED = tuple(kind for kind in ALL_KINDS if kind.paths is not None)

# Directories whose keys are published with a package, so that everybody has them. Both must match: a key in
# a directory "test" that no package manager filled may open something.
_PACKAGED = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|gems|go/pkg/mod|go/src|vendor|bower_components"
    r"|\.cargo/registry|\.m2/repository|\.npm|\.cache)/|(?:^|/)lib/(?:python[0-9.]+|ruby|node|perl5?|jvm|R)/"
    r"|^usr/(?:share|include|src)/|^var/(?:lib/(?:dpkg|apt|rpm|yum|dnf|pacman)|cache)/|^usr/lib/sysimage/"
)
# GnuTLS and others carry keys with which they test themselves at each start, as FIPS 140 wants it.
_LIBRARY = re.compile(r"(?:usr/)?lib(?:32|64)?/(?:[a-z0-9_]+-linux-[a-z0-9]+/)?[^/]+\.so[0-9.]*\Z")
_TESTS = re.compile(
    r"/(?:tests?|__tests__|testing|testdata|test_data|fixtures?|certdata|examples?|samples?|demos?|docs?|spec)/"
    r"|\.(?:md|rst|adoc)\Z",
    re.IGNORECASE,
)

# Names that usually hold a credential: writing one in a layer may hide the one of a lower layer.
_LIKELY_NAME = re.compile(
    r"(?:.*/)?(?:id_(?:rsa|dsa|ecdsa|ed25519)|ssh_host_[a-z0-9]+_key|\.env(?:\.[\w.-]+)?|\.?netrc|\.npmrc|\.pypirc"
    r"|\.pgpass|\.htpasswd|\.git-credentials|credentials|kubeconfig|shadow-?|wp-config\.php|settings\.xml"
    r"|\.docker/config\.json|\.kube/config"
    r"|[^/]*\.(?:pem|key|ppk|asc|gpg|p8|env|properties|ini|cfg|conf|toml|ya?ml|json|tfvars|tfstate|sh|kdbx))\Z",
    re.DOTALL,
)


def may_hold_secret(path: str) -> bool:
    """Whether a file of this name usually holds a credential."""
    return _LIKELY_NAME.match(path) is not None


def may_mark_secret(path: str, content: bytes | memoryview) -> bool:
    """Whether there is any mark for ``iter_secrets`` to look at in a file that is all here."""
    found = False

    def seen(_at: int, _kinds: list[SecretKind]) -> bool:
        nonlocal found
        found = True
        return True

    for marks in _marks_for(path, content):
        marks.scan(content, seen)
        if found:
            break
    return found


def _marks_for(path: str, beginning: bytes | memoryview) -> tuple[Marks, ...]:
    """What is sought in a file: by its name, and whether it begins like a text.

    The few kinds of named files are sought in a pass of their own: compiling them takes no time.
    """
    if not _is_text(beginning):
        return (_compiled(_PROGRAM),)
    if _PACKAGED.search(path):
        return (_compiled(_PACKAGED_TEXT),)
    named = tuple(kind for kind in _NAMED if not path or (kind.paths and kind.paths.search(path)))
    return (_compiled(_TEXT), _compiled(named)) if named else (_compiled(_TEXT),)


@cache
def _compiled(kinds: tuple[SecretKind, ...]) -> Marks:
    """Compile marks when they are first needed: few layers have a file of each sort."""
    return Marks(kinds)


def _is_text(beginning: bytes | memoryview) -> bool:
    return b"\0" not in bytes(beginning[:_TEXT_SAMPLE])


def iter_secrets(path: str, pieces: Iterable[bytes | memoryview]) -> Iterator[Secret]:
    """Yield the credentials of a file, whose content comes in order, in pieces of any size."""
    search = _Search(path)
    for piece in pieces:
        search.take(piece)
        if search.is_full:
            break
    yield from search.end()


@dataclass(slots=True)
class _Search:
    """One file under way. What a mark needs may come with the next piece, so the end of a piece is held."""

    path: str
    is_text: bool = True
    _sought: tuple[Marks, ...] = ()
    _held: bytes = b""  # the end of what came before, of which the first ``_done`` bytes are searched
    _done: int = 0
    _lines: int = 0  # line ends before ``_held``
    _waiting: bytes | memoryview | None = None
    _marks: int = 0
    _found: list[tuple[int, int, Secret]] = field(default_factory=list)  # of the current window: start, rank
    _secrets: list[Secret] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether so much was found that no more is looked for."""
        return len(self._secrets) > MAX_IN_FILE or self._marks > MAX_MARKS

    def take(self, piece: bytes | memoryview) -> None:
        """Take the next piece in."""
        if not self._sought:
            self._sought = _marks_for(self.path, piece)
            self.is_text = _is_text(piece)
        if self._waiting is not None:
            window = self._joined()
            until = max(self._done, len(window) - AFTER)
            self._look(window, until)
            start = max(0, until - BEFORE)
            if self.is_text:
                self._lines += bytes(window[:start]).count(b"\n")
            self._held, self._done = bytes(window[start:]), until - start
        self._waiting = piece

    def end(self) -> Iterator[Secret]:
        """There are no more pieces: everything that was found."""
        if self._waiting is not None and not self.is_full:
            window = self._joined()
            self._look(window, len(window))
        yield from self._secrets[:MAX_IN_FILE]
        if self.is_full:
            reason = f"more than {MAX_IN_FILE} credentials, or places that may be some, are in this file"
            yield Secret(MANY_SECRETS, self.path, 0, reason, _why_example(self.path))

    def _joined(self) -> bytes | memoryview:
        assert self._waiting is not None
        return self._held + self._waiting if self._held else self._waiting

    def _look(self, window: bytes | memoryview, until: int) -> None:
        """Search what begins before ``until`` and was not searched yet."""
        places: list[tuple[int, int, SecretKind]] = []

        def seen(at: int, kinds: list[SecretKind]) -> bool | None:
            if self._done <= at < until:
                places.extend((at, _RANK[kind.name], kind) for kind in kinds)
            return len(places) > MAX_MARKS

        for marks in self._sought:
            marks.scan(window, seen)
        self._marks += len(places)
        found: list[tuple[int, int, int, FoundSecret]] = []  # rank, start, end
        for at, rank, kind in sorted(places, key=lambda place: place[:2]):
            low = max(0, at - BEFORE)
            part = bytes(window[low : at + AFTER])
            one = kind.find(Window(part, at - low, self.path))
            if one is not None:
                insort(found, (rank, low + one.start, low + one.end, one), key=lambda each: each[:3])
        self._keep(window, found)

    def _keep(self, window: bytes | memoryview, found: list[tuple[int, int, int, FoundSecret]]) -> None:
        taken: list[tuple[int, int]] = []
        kept: list[tuple[int, FoundSecret]] = []
        for _, start, end, one in found[: 4 * MAX_IN_FILE]:
            if not any(start < other_end and other_start < end for other_start, other_end in taken):
                taken.append((start, end))
                kept.append((start, one))
        line, counted = self._lines + 1, 0
        for start, one in sorted(kept, key=lambda each: each[0]):
            if self.is_text:
                line += bytes(window[counted:start]).count(b"\n")
                counted = start
            example = one.example or _why_example(self.path)
            self._secrets.append(
                Secret(one.kind, self.path, line if self.is_text else 1, one.excerpt, example)
            )


def _why_example(path: str) -> str:
    """Why a credential at this path is one that everybody has; empty where it may be anybody's."""
    if _LIBRARY.match(path):
        return "it is in a shared library of the system, which tests its cryptography with it"
    packaged = _PACKAGED.search(path)
    if packaged is None or _TESTS.search(path, packaged.end() - 1) is None:
        return ""
    return f"it is in the tests or examples of a package, below {packaged[0].strip('/')}"
