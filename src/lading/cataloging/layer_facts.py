"""What has been found in a layer so far."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lading.cataloging.analysis import (
    Distro,
    LayerAnalysis,
    LicenseStatement,
    OsRelease,
    Ownership,
    PackageSource,
    Secret,
    SymbolicLink,
    Unreadable,
)
from lading.cataloging.cataloger import Found
from lading.cataloging.owners import IsRecorded, with_owners
from lading.cataloging.program_places import may_describe
from lading.cataloging.recorded_file import RecordedFile
from lading.foundation.errors import OverLimit
from lading.image.whiteouts import NoWhiteout, Whiteout, parse_whiteout
from lading.oci.digest import Digest
from lading.packages.package import Package

LAYER = "layer"  # stands for a cataloger where the archive itself is meant

MAX_REPORTS = 200  # of one cataloger; the others are counted

# Links that are no directories: hiding nothing below them, they need not be kept.
_FILE_LINK = re.compile(
    r"(?:^|.*/)(?:s?bin|alternatives|certs|rc\d\.d|terminfo|man\d)/[^/]*\Z"
    r"|.*\.(?:so(?:\.[0-9.]+)?|a|gz|h|js|mjs|pem|crt|0|py|service|target|timer|socket|pc|html|png|svg)\Z",
    re.DOTALL,
)


@dataclass(slots=True)
class LayerFacts:
    """Collect; later facts about a path take the place of earlier ones, as later entries of an archive do."""

    limit: int
    file_count: int = 0
    byte_count: int = 0
    whole: bool = False
    all_links: dict[str, str] = field(default_factory=dict)  # hard ones too, as if they were absolute
    _secrets: list[Secret] = field(default_factory=list)
    _replaced: list[str] = field(default_factory=list)
    _sources: dict[str, list[PackageSource]] = field(default_factory=dict)
    _doubts: dict[str, list[Unreadable]] = field(default_factory=dict)
    _releases: dict[str, Distro] = field(default_factory=dict)
    _statements: dict[str, LicenseStatement] = field(default_factory=dict)
    _owned: dict[str, dict[str, None]] = field(default_factory=dict)
    _shipped: dict[str, dict[str, RecordedFile]] = field(default_factory=dict)  # by database and path
    _links: dict[str, str] = field(default_factory=dict)
    _whiteouts: list[str] = field(default_factory=list)
    _opaque: list[str] = field(default_factory=list)
    _reports: list[Unreadable] = field(default_factory=list)
    _reported: Counter[str] = field(default_factory=Counter)
    _count: int = 0

    def report(self, path: str, cataloger: str, reason: str) -> None:
        """Something was not understood."""
        self._reported[cataloger] += 1
        if self._reported[cataloger] <= MAX_REPORTS:
            self._reports.append(Unreadable(path, cataloger, reason))

    def add_source(self, path: str, cataloger: str, found: Iterable[Found]) -> None:
        """Keep what a cataloger found in a file."""
        packages: dict[Package, None] = {}
        doubts = self._doubts.setdefault(path, [])
        for one in found:
            self._count_fact()
            if isinstance(one, Package):
                packages[one] = None
            elif len(doubts) <= MAX_REPORTS:
                doubts.append(one)
        if packages:
            self._sources.setdefault(path, []).append(PackageSource(path, cataloger, tuple(packages)))

    def add_license_statement(self, path: str, statement: LicenseStatement | None) -> None:
        """Keep what a file says of a package's licences, if it says anything."""
        if statement is not None:
            self._count_fact(path)
            self._statements[path] = statement

    def add_ownership(self, path: str, files: Iterable[RecordedFile]) -> None:
        """Keep which programs and descriptions of packages the package database at ``path`` accounts for."""
        owned = self._owned.setdefault(path, {})
        shipped = self._shipped.setdefault(path, {})
        for file in files:
            self._count_fact(file.path)
            if may_describe(file.path):
                shipped[file.path] = file
            else:
                owned[file.path] = None

    def copy_source(self, origin: str, path: str) -> bool:
        """Say of ``path`` what is known of ``origin``, of which it is another name; False if nothing is."""
        if origin not in self._sources:
            return False
        self._sources[path] = [replace(source, path=path) for source in self._sources[origin]]
        self._count_fact(path)
        return True

    def add_release(self, path: str, distro: Distro) -> None:
        """Keep what an os-release file says."""
        self._releases[path] = distro

    def add_link(self, path: str, target: str) -> None:
        """Keep a symbolic link; for other layers only if something can be hidden below it."""
        self._count_fact(path)
        self.all_links[path] = target
        if not _FILE_LINK.match(path):
            self._links[path] = target

    def add_hard_link(self, path: str, target: str) -> None:
        """Keep another name of a file."""
        self._count_fact(path)
        self.all_links[path] = f"/{target}"

    def add_replaced(self, path: str) -> None:
        """Keep the path of a file that may hide a package source or a secret below."""
        self._count_fact(path)
        self._replaced.append(path)

    def add_secrets(self, secrets: Iterable[Secret]) -> None:
        """Keep what was found in a file."""
        for secret in secrets:
            self._count_fact(secret.path)
            self._secrets.append(secret)

    def add_whiteout(self, path: str) -> Whiteout | None:
        """Keep what a whiteout deletes, and say what that is."""
        self._count_fact(path)
        whiteout = parse_whiteout(path)
        if isinstance(whiteout, NoWhiteout):
            self.report(path, LAYER, whiteout.reason)
        elif whiteout is not None:
            (self._opaque if whiteout.opaque else self._whiteouts).append(whiteout.path)
            return whiteout
        return None

    def forget(self, path: str) -> None:
        """Another entry takes the place of what was said of ``path``."""
        self.all_links.pop(path, None)
        self._links.pop(path, None)
        self.forget_source(path)

    def forget_source(self, path: str) -> None:
        """What was read at ``path`` is read again."""
        self._sources.pop(path, None)
        self._owned.pop(path, None)
        self._shipped.pop(path, None)
        self._statements.pop(path, None)
        self._doubts.pop(path, None)
        self._releases.pop(path, None)

    def freeze(
        self, diff_id: Digest, analyser: str, files: bytes, bindings: bytes, is_recorded: IsRecorded
    ) -> LayerAnalysis:
        """Everything, in an order that does not depend on that of the archive."""
        for doubts in self._doubts.values():
            for doubt in doubts:
                self.report(doubt.path, doubt.cataloger, doubt.reason)
        for cataloger, count in sorted(self._reported.items()):
            if count > MAX_REPORTS:
                more = count - MAX_REPORTS
                self._reports.append(Unreadable("", cataloger, f"and {more} more that are not listed"))
        sources = (source for path in sorted(self._sources) for source in self._sources[path])
        shipped = [file for files in self._shipped.values() for file in files.values()]
        return LayerAnalysis(
            diff_id=diff_id,
            analyser=analyser,
            whole=self.whole,
            sources=tuple(with_owners(sources, shipped, is_recorded)),
            secrets=tuple(sorted(self._secrets, key=lambda secret: (secret.path, secret.line, secret.kind))),
            unreadable=tuple(dict.fromkeys(self._reports)),
            whiteouts=tuple(sorted(set(self._whiteouts))),
            opaque=tuple(sorted(set(self._opaque))),
            replaced=tuple(sorted(set(self._replaced))),
            links=tuple(SymbolicLink(path, self._links[path]) for path in sorted(self._links)),
            ownership=tuple(
                Ownership(
                    path,
                    tuple(sorted(self._owned[path])),
                    tuple(sorted((file.path, file.package) for file in self._shipped[path].values())),
                )
                for path in sorted(self._owned)
                if self._owned[path] or self._shipped[path]
            ),
            license_statements=tuple(self._statements[path] for path in sorted(self._statements)),
            releases=tuple(OsRelease(path, self._releases[path]) for path in sorted(self._releases)),
            file_count=self.file_count,
            byte_count=self.byte_count,
            files=files,
            bindings=bindings,
        )

    def _count_fact(self, path: str = "") -> None:
        self._count += 1 + len(path) // 128  # long paths count for more: it is memory that is bounded
        if self._count > self.limit:
            raise OverLimit(
                "layer-too-many-facts",
                f"the layer says more than {self.limit} things about packages and deleted files",
                details={"limit": self.limit},
            )
