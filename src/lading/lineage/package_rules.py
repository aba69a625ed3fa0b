"""Steps 3 and 6 of the proof: package databases, accounts and generated files that both sides have changed.

1. Files that are lists of records are merged record by record (``records_merge``); the result goes into the
   layer of fixes. Databases that are not (rpm's) cannot be merged, and refuse.
2. A package that the application installed needs what it depends on in the new base, in a version that fits,
   and nothing there may break it or be broken by it.
3. What the application says of its packages must be true of its files: the records are what vulnerabilities
   are found by, and a record that lies would hide them.
4. Names and numbers of accounts that the application added must be free in the new base.
5. The dynamic linker's cache and the bundle of certificates are made anew, with what the application added.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lading.image.file_list import FileKind
from lading.lineage import apk, dpkg, ld_cache
from lading.lineage.app_layers import Over
from lading.lineage.base_change import merged_usr
from lading.lineage.file_rules import FileWork
from lading.lineage.fixups import Fix
from lading.lineage.records_merge import (
    Merge,
    Merged,
    NoMerge,
    NotRecords,
    merge_records,
    parse_certificates,
    parse_colon_lines,
    parse_lines,
    write_lines,
    write_stanzas,
)
from lading.lineage.remarks import Findings, Rule

MergeFiles = Callable[[bytes, bytes, bytes], Merge]


@dataclass(frozen=True, slots=True)
class MergeRule:
    """How the files of a pattern are merged."""

    paths: "re.Pattern[str]"
    rule: Rule
    what: str
    merge: MergeFiles


def _stanzas(parse: Callable[[bytes], dict[str, bytes]]) -> MergeFiles:
    return lambda old, app, new: merge_records(old, app, new, parse=parse, write=write_stanzas)


def _lines(old: bytes, app: bytes, new: bytes) -> Merge:
    return merge_records(old, app, new, parse=parse_lines, write=write_lines)


def _accounts(old: bytes, app: bytes, new: bytes) -> Merge:
    return merge_records(old, app, new, parse=parse_colon_lines, write=write_lines)


def _certificates(old: bytes, app: bytes, new: bytes) -> Merge:
    return merge_records(old, app, new, parse=parse_certificates, write=write_lines)


MERGES: tuple[MergeRule, ...] = (
    MergeRule(re.compile(r"var/lib/dpkg/status\Z"), Rule.PACKAGES, "dpkg's database", dpkg.merge_status),
    MergeRule(
        re.compile(r"var/lib/apt/extended_states\Z"),
        Rule.PACKAGES,
        "apt's marks",
        _stanzas(dpkg.parse_extended_states),
    ),
    MergeRule(
        re.compile(r"var/cache/debconf/(?:config|templates|passwords)\.dat\Z"),
        Rule.PACKAGES,
        "debconf's answers",
        _stanzas(dpkg.parse_named),
    ),
    MergeRule(
        re.compile(r"var/lib/dpkg/(?:triggers/(?:File|Unincorp)|diversions|statoverride)\Z"),
        Rule.PACKAGES,
        "dpkg's triggers",
        _lines,
    ),
    MergeRule(apk.INSTALLED, Rule.PACKAGES, "apk's database", _stanzas(apk.parse_installed)),
    MergeRule(
        re.compile(r"(?:usr/)?lib/apk/db/scripts\.tar\Z"), Rule.PACKAGES, "apk's scripts", apk.merge_scripts
    ),
    MergeRule(
        re.compile(r"(?:etc/apk/world|(?:usr/)?lib/apk/db/triggers|etc/shells)\Z"),
        Rule.PACKAGES,
        "a list",
        _lines,
    ),
    MergeRule(
        re.compile(r"etc/(?:passwd|group|shadow|gshadow|subuid|subgid)\Z"),
        Rule.ACCOUNTS,
        "accounts",
        _accounts,
    ),
    MergeRule(re.compile(r"etc/ld\.so\.cache\Z"), Rule.CACHES, "the linker's cache", ld_cache.merge),
    MergeRule(
        re.compile(r"etc/ssl/certs/ca-certificates\.crt\Z"),
        Rule.CACHES,
        "the bundle of certificates",
        _certificates,
    ),
)
MERGEABLE = re.compile("|".join(f"(?:{rule.paths.pattern})" for rule in MERGES))


def merge_files(old: Over, new: Over, work: FileWork) -> None:
    """Rule 1, for every file that step 2 left to be merged."""
    for path in work.to_merge:
        rule = next(rule for rule in MERGES if rule.paths.match(path))
        before, mine, theirs = old.base.kept(path), new.kept(path), new.base.kept(path)
        if path not in old.base.tree:  # see ABSENT_IS_EMPTY
            before = b""
        if before is None or mine is None or theirs is None:
            work.findings.unknown(
                rule.rule, path, f"{rule.what} was changed on both sides and could not be read"
            )
            continue
        outcome = rule.merge(before, mine, theirs)
        if isinstance(outcome, NoMerge):
            work.findings.refuse(rule.rule, path, f"{rule.what} cannot be merged: {outcome.reason}")
            continue
        entry = new.base.tree[path]
        if (entry.mode, entry.uid, entry.gid) != _rights(old, path):
            work.findings.refuse(rule.rule, path, "its owner or rights changed in the new base")
            continue
        work.fix(Fix(path, new.app.written[path], outcome.content, reason=f"{rule.what}, merged"))
        _note(rule, path, outcome, work.findings)
        if rule.rule is Rule.ACCOUNTS:
            _check_accounts(path, outcome, theirs, work.findings)


def check_packages(old: Over, new: Over, work: FileWork) -> None:
    """Rules 2 and 3, for what the application installed by dpkg."""
    if dpkg.STATUS not in new.app.written:
        return
    before, mine = old.base.kept(dpkg.STATUS), new.kept(dpkg.STATUS)
    fix = work.fixes.get(dpkg.STATUS)
    merged = fix.content if fix is not None else mine
    if mine is None or merged is None:
        work.findings.unknown(Rule.PACKAGES, dpkg.STATUS, "dpkg's database could not be read")
        return
    try:
        records = dpkg.parse_status(before or b"")
        own, result = dpkg.parse_status(mine), dpkg.parse_status(merged)
    except NotRecords as error:
        work.findings.refuse(Rule.PACKAGES, dpkg.STATUS, f"dpkg's database is none: {error}")
        return
    brought = {key for key, stanza in own.items() if records.get(key) != stanza}
    there = dpkg.installed(result)
    alone = dpkg.installed(own)
    removed = any(key not in own for key in records)
    for key, package in there.items():
        if key not in brought and not removed:
            continue
        faults = [*dpkg.unmet(package, there), *(dpkg.broken_by(package, there) if key in brought else ())]
        known = (
            {*dpkg.unmet(package, alone), *dpkg.broken_by(package, alone)}
            if faults and key in alone
            else set()
        )
        for fault in faults:
            if fault in known:
                work.findings.note(Rule.PACKAGES, dpkg.STATUS, f"{fault}, which was so before")
            else:
                work.findings.refuse(Rule.PACKAGES, dpkg.STATUS, fault)
        if key in brought:
            _check_files(package, old, new, work.findings)


def _check_files(package: dpkg.DpkgPackage, old: Over, new: Over, findings: Findings) -> None:
    """Rule 3."""
    name = next(
        (each for each in package.info_names if f"{dpkg.INFO}/{each}.list" in new.app.written), package.name
    )
    listed = new.kept(f"{dpkg.INFO}/{name}.list")
    if listed is None:
        findings.refuse(
            Rule.PACKAGES,
            f"{dpkg.INFO}/{name}.list",
            f"{package.name} is recorded, and nothing says which files it has",
        )
        return
    digests = dpkg.listed_digests(new.kept(f"{dpkg.INFO}/{name}.md5sums") or b"")
    links = {
        path: entry.link
        for path in ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
        if (entry := new.at(path)) is not None and entry.kind is FileKind.SYMBOLIC_LINK
    }
    for written in dpkg.listed_files(listed):
        path = merged_usr(written, links)
        entry, before = new.at(path), old.at(path)
        if entry is None:
            if before is not None:
                findings.refuse(Rule.PACKAGES, path, f"{package.name} has it, and the new base hides it")
            continue
        said = digests.get(written)
        if entry.kind is FileKind.FILE and said and entry.md5 and not said.startswith(entry.md5.hex()):
            text = f"it is not the file that {package.name} {package.version} says it has"
            if new.links_of(path) is not None or entry.mode & 0o111:
                findings.refuse(Rule.PACKAGES, path, text)
            else:
                findings.note(Rule.PACKAGES, path, text)


def _check_accounts(path: str, merged: Merged, theirs: bytes, findings: Findings) -> None:
    """Rule 4."""
    if path not in ("etc/passwd", "etc/group"):
        return
    taken = {
        line.split(b":")[2]: line.split(b":")[0] for line in theirs.split(b"\n") if line.count(b":") >= 2
    }
    added = set(merged.added)
    for line in merged.content.split(b"\n"):
        parts = line.split(b":")
        if len(parts) > 2 and parts[0].decode("utf-8", "surrogateescape") in added:
            holder = taken.get(parts[2])
            if holder is not None and holder != parts[0]:
                number = parts[2].decode("ascii", "replace")
                findings.refuse(
                    Rule.ACCOUNTS, path, f"{parts[0].decode('utf-8', 'replace')} has the number {number}, "
                    f"which is that of {holder.decode('utf-8', 'replace')} in the new base"
                )  # fmt: skip


def _rights(old: Over, path: str) -> tuple[int, int, int] | None:
    """As the old base has it, or the application where that has nothing."""
    entry = old.base.tree.get(path) or old.app.written.get(path)
    return None if entry is None else (entry.mode, entry.uid, entry.gid)


def _note(rule: MergeRule, path: str, outcome: Merged, findings: Findings) -> None:
    parts = [
        f"{word} {_few(keys)}"
        for word, keys in (
            ("with", outcome.added),
            ("changed", outcome.changed),
            ("without", outcome.removed),
        )
        if keys and rule.rule is not Rule.CACHES
    ]
    findings.note(rule.rule, path, ", ".join([f"{rule.what} is made anew", *parts]))


def _few(keys: tuple[str, ...]) -> str:
    names = [key.partition(":")[0][:60] for key in keys]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
