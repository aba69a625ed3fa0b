"""Step 3 of the proof for apk: what the application installed needs what is there, and its records are true.

1. A package that the application installed or changed needs what it depends on in the merged database, and
   nothing there may exclude it. What was missing before is no fault of the new base.
2. So does every package of the new base, if the application removed one.
3. Files are as the records say (``apk verify``): a record that lies would hide vulnerabilities.
"""

from lading.image.file_list import FileKind
from lading.lineage import apk
from lading.lineage.app_layers import Over
from lading.lineage.file_rules import FileWork
from lading.lineage.records_merge import NotRecords
from lading.lineage.remarks import Rule


def check_apk_packages(old: Over, new: Over, work: FileWork) -> None:
    """Check every database of apk that the application wrote."""
    for path in [path for path in new.app.written if apk.INSTALLED.match(path)]:
        _check(path, old, new, work)


def _check(path: str, old: Over, new: Over, work: FileWork) -> None:
    before, mine = old.base.kept(path), new.kept(path)
    fix = work.fixes.get(path)
    merged = fix.content if fix is not None else mine
    if mine is None or merged is None:
        work.findings.unknown(Rule.PACKAGES, path, "apk's database could not be read")
        return
    try:
        records = apk.parse_installed(before or b"")
        own, result = apk.parse_installed(mine), apk.parse_installed(merged)
    except NotRecords as error:
        work.findings.refuse(Rule.PACKAGES, path, f"apk's database is none: {error}")
        return
    brought = {name for name, stanza in own.items() if records.get(name) != stanza}
    removed = any(name not in own for name in records)
    there, alone = apk.packages_of(result), apk.packages_of(own)
    index, index_alone = apk.index_of(there), apk.index_of(alone)
    for name, package in there.items():
        # Rules 1 and 2; a package of the base may exclude one that was brought.
        known = set(apk.faults_of(alone[name], index_alone)) if name in alone else set()
        for fault in apk.faults_of(package, index):
            if fault in known:
                work.findings.note(Rule.PACKAGES, path, f"{fault}, which was so before")
            elif name in brought or removed or " conflicts with " in fault:
                work.findings.refuse(Rule.PACKAGES, path, fault)
        if name in brought:
            _check_files(package, old, new, work)


def _check_files(package: apk.ApkPackage, old: Over, new: Over, work: FileWork) -> None:
    """Rule 3."""
    for path, digest in package.files:
        real = new.real_path(path.rpartition("/")[0])
        place = f"{real}/{path.rpartition('/')[2]}" if real else path
        entry = new.at(place)
        if entry is None:
            if old.at(place) is not None:
                work.findings.refuse(
                    Rule.PACKAGES, place, f"{package.name} has it, and the new base hides it"
                )
            elif new.app.takes_away(place):
                work.findings.note(
                    Rule.PACKAGES, place, f"{package.name} has it, and the application deleted it"
                )
            continue
        if entry.kind is FileKind.FILE and digest and entry.sha1 and entry.sha1 != digest:
            text = f"it is not the file that {package.name} {package.version} says it has"
            told = work.findings.refuse if entry.mode & 0o111 or new.links_of(place) else work.findings.note
            told(Rule.PACKAGES, place, text)
