"""A layer that upgrades packages, made from package files: no build, no network, no shell in the image.

1. A package takes the place of the installed one of its name and architecture, in a newer version only.
2. Its files are written; files of the old version that the new one does not have are deleted.
3. A configuration file that was changed since it was installed stays as it is (deb-conffiles(5)).
4. Its records go into dpkg's database, or, where the image has one file for each package and no database (as
   distroless images do), into its file.
5. Scripts of packages cannot be run here. One that does something is a reason to build again, unless all it
   does is known to be done elsewhere.
6. What the new versions depend on must be there, and nothing may break.

The layer of an earlier patch is left out before: there is never more than one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from lading.image.file_list import FileEntry, FileKind
from lading.lineage import dpkg
from lading.lineage.app_layers import Over
from lading.lineage.base_change import merged_usr
from lading.lineage.deb_file import DebFile
from lading.lineage.fixups import Fix
from lading.lineage.records_merge import NotRecords, Records, field_of
from lading.lineage.remarks import Findings, Remark, Rule, Verdict, verdict_of
from lading.packages.version_schemes.dpkg import DPKG

STATUS_D = "var/lib/dpkg/status.d"
_OFTEN_LEFT_OUT = ("usr/share/doc/", "usr/share/man/", "usr/share/locale/")
_SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "config")
# Lines of scripts that change no file: shells' own words, and what waits for or restarts services.
_HARMLESS = re.compile(
    r"\s*(?:#.*|set -e\w*|exit 0|esac|fi|done|;;|else|then|do|:|true|"
    r"case .* in|[\w|*\"'-]+\)|if .*; then|elif .*; then|"
    r"dpkg-maintscript-helper .*|.*deb-systemd-.*|.*invoke-rc\.d.*|.*systemctl.*|"
    r"ldconfig|echo .*|return 0|shift|local .*|\}|\w+\(\) ?\{|[A-Za-z_]+=[^`$(]*)?\s*\Z"
)


@dataclass(frozen=True, slots=True)
class Patch:
    """What the layer holds, and what was found on the way."""

    fixes: tuple[Fix, ...]
    upgraded: tuple[tuple[str, str, str], ...]  # name, version before and after
    remarks: tuple[Remark, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether it may be put on top."""
        return verdict_of(self.remarks)


def make_patch(image: Over, packages: Iterable[DebFile], *, scripts: bool = False) -> Patch:
    """Make the layer by the rules above; ``scripts`` lets packages pass whose scripts are not run."""
    findings = Findings()
    work = _Work(image, findings)
    for package in packages:
        work.install(package, scripts=scripts)
    work.finish()
    fixes = tuple(work.fixes[path] for path in sorted(work.fixes))
    if not work.upgraded:
        findings.refuse(Rule.PACKAGES, "", "none of the packages is newer than what is installed")
    return Patch(fixes, tuple(work.upgraded), findings.remarks)


class _Work:
    def __init__(self, image: Over, findings: Findings) -> None:
        self._image = image
        self._findings = findings
        self._records: Records = {}
        self._single = image.at(dpkg.STATUS) is None
        self._changed: set[str] = set()
        self._links = {
            path: entry.link
            for path in ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
            if (entry := image.at(path)) is not None and entry.kind is FileKind.SYMBOLIC_LINK
        }
        self.fixes: dict[str, Fix] = {}
        self.upgraded: list[tuple[str, str, str]] = []
        try:
            self._records = dict(self._read_records())
        except NotRecords as error:
            findings.refuse(Rule.PACKAGES, dpkg.STATUS, f"dpkg's database is none: {error}")

    def install(self, package: DebFile, *, scripts: bool) -> None:
        control = package.control["control"].strip(b"\n")
        name, architecture = field_of(control, b"Package"), field_of(control, b"Architecture")
        version = field_of(control, b"Version")
        key = f"{name}:{architecture}"
        before = self._records.get(key)
        if before is None:
            self._findings.note(Rule.PACKAGES, "", f"{name} is not installed, so it is not upgraded")
            return
        # Rule 1.
        had = field_of(before, b"Version")
        own, other = DPKG.key(version), DPKG.key(had)
        if own is None or other is None or own <= other:
            self._findings.note(Rule.PACKAGES, "", f"{name} {had} is not older than {version}")
            return
        # Rule 5.
        for script in _SCRIPTS:
            doing = _does_something(package.control.get(script, b""))
            if doing and not scripts:
                self._findings.refuse(
                    Rule.PACKAGES,
                    f"{dpkg.INFO}/{name}.{script}",
                    f"the script of {name} {version} does: {doing}",
                )
            elif doing:
                self._findings.note(Rule.PACKAGES, f"{dpkg.INFO}/{name}.{script}", f"not run: {doing}")
        conffiles = _conffiles(before)
        self._write_files(package, conffiles)
        self._delete_old(name, architecture, package, conffiles)
        self._write_info(name, architecture, package)
        self._records[key] = _record(control, before)
        self._changed.add(key)
        self.upgraded.append((name, had, version))

    def finish(self) -> None:
        """Rules 4 and 6."""
        if not self._changed:
            return
        there = dpkg.installed(self._records)
        for key in self._changed & there.keys():
            for fault in (*dpkg.unmet(there[key], there), *dpkg.broken_by(there[key], there)):
                self._findings.refuse(Rule.PACKAGES, dpkg.STATUS, fault)
        if not self._single:
            entry = self._image.at(dpkg.STATUS)
            if entry is not None:
                content = dpkg.write_sorted(self._records)
                self.fixes[dpkg.STATUS] = Fix(dpkg.STATUS, entry, content, "dpkg's database")

    def _read_records(self) -> Records:
        if not self._single:
            content = self._image.kept(dpkg.STATUS)
            if content is None:
                self._findings.unknown(Rule.PACKAGES, dpkg.STATUS, "dpkg's database could not be read")
            return dpkg.parse_status(content or b"")
        found: Records = {}
        for path in self._image.names_in(STATUS_D):
            if not path.endswith(".md5sums"):
                for key, stanza in dpkg.parse_status(self._image.kept(path) or b"").items():
                    found[key] = stanza if field_of(stanza, b"Status") else _installed(stanza)
        if not found:
            self._findings.refuse(Rule.PACKAGES, dpkg.STATUS, "the image has no packages of dpkg")
        return found

    def _write_files(self, package: DebFile, conffiles: Mapping[str, str]) -> None:
        """Rules 2 and 3."""
        for entry, content in package.files:
            path = merged_usr(entry.path, self._links)
            standing = self._image.at(path)
            if not path or (entry.kind is FileKind.DIRECTORY and standing is not None):
                continue
            if standing is None and entry.path.startswith(_OFTEN_LEFT_OUT):
                continue  # left out when the image was built
            said = conffiles.get(entry.path)
            if said and standing is not None and standing.md5 and not said.startswith(standing.md5.hex()):
                self._findings.note(Rule.FILES, path, "it was changed since it was installed, and stays")
                continue
            self.fixes[path] = Fix(
                path, msgspec.structs.replace(entry, path=path), content, "of an upgraded package"
            )

    def _delete_old(
        self, name: str, architecture: str, package: DebFile, conffiles: Mapping[str, str]
    ) -> None:
        """Rule 2."""
        listed = self._info(name, architecture, "list")
        if listed is None:
            return
        new = {entry.path for entry, _ in package.files}
        for written in dpkg.listed_files(listed):
            path = merged_usr(written, self._links)
            entry = self._image.at(path)
            if written in new or written in conffiles or entry is None or entry.kind is FileKind.DIRECTORY:
                continue
            self.fixes.setdefault(path, Fix(path, None, reason="no longer in the upgraded package"))

    def _write_info(self, name: str, architecture: str, package: DebFile) -> None:
        """Rule 4."""
        control = package.control["control"].strip(b"\n")
        if self._single:
            path = next(
                (each for each in self._image.names_in(STATUS_D) if each.rpartition("/")[2] == name),
                f"{STATUS_D}/{name}",
            )
            self._put(path, control + b"\n")
            if "md5sums" in package.control:
                self._put(f"{path}.md5sums", package.control["md5sums"])
            return
        stem = f"{dpkg.INFO}/{self._info_name(name, architecture)}"
        written = (entry.path.encode("utf-8", "surrogateescape") for entry, _ in package.files)
        paths = [b"/" + path if path else b"/." for path in written]
        self._put(f"{stem}.list", b"\n".join(paths) + b"\n")
        for member, content in package.control.items():
            if member != "control" and "/" not in member:
                self._put(f"{stem}.{member}", content, 0o755 if member in _SCRIPTS else 0o644)

    def _put(self, path: str, content: bytes, mode: int = 0o644) -> None:
        entry = FileEntry(path, FileKind.FILE, len(content), mode)
        self.fixes[path] = Fix(path, entry, content, "records of an upgraded package")

    def _info(self, name: str, architecture: str, ending: str) -> bytes | None:
        return self._image.kept(f"{dpkg.INFO}/{self._info_name(name, architecture)}.{ending}")

    def _info_name(self, name: str, architecture: str) -> str:
        long = f"{name}:{architecture}"
        return long if self._image.at(f"{dpkg.INFO}/{long}.list") is not None else name


def _record(control: bytes, before: bytes) -> bytes:
    """The new record as dpkg writes it, with its state and what is said of configuration files."""
    lines = control.split(b"\n")
    lines.insert(1, b"Status: install ok installed")
    at = before.find(b"\nConffiles:")
    if at >= 0:
        block = before[at + 1 :].split(b"\n")
        end = next((n for n, line in enumerate(block[1:], 1) if not line.startswith(b" ")), len(block))
        lines.extend(block[:end])
    return b"\n".join(lines)


def _installed(stanza: bytes) -> bytes:
    lines = stanza.split(b"\n")
    lines.insert(1, b"Status: install ok installed")
    return b"\n".join(lines)


def _conffiles(record: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    inside = False
    for line in record.split(b"\n"):
        if line.startswith(b"Conffiles:"):
            inside = True
        elif inside and line.startswith(b" "):
            path, _, digest = line.strip().decode("utf-8", "surrogateescape").partition(" ")
            found[path.lstrip("/")] = digest.partition(" ")[0]
        else:
            inside = False
    return found


def _does_something(script: bytes) -> str:
    """The first line of a script that changes something, as far as can be told; empty for none."""
    for line in script.decode("utf-8", "replace").split("\n")[1:]:
        if not _HARMLESS.match(line):
            return line.strip()[:120]
    return ""
