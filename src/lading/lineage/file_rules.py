"""Step 2 of the proof: the files that the application's layers write and delete, over the new base.

For each path, with what the old base has there, the new base has, and the application left:

1. Both bases have the same: the application's change comes out the same.
2. Only the application has it: it is added.
3. The application only carries the old base's file as it was, and the new base has another: it would hide it.
4. The application changed what the new base changed too. A file that the build copied there comes out the
   same on any base and is noted; anything else is refused, unless there is a rule that merges it.
5. A directory that is only there because something in it was written gets the new base's rights again.
6. Everything above a path is a directory in both bases, or made by the application; and no link of the old
   base by which the build may have got there leads elsewhere in the new one.
7. What the application deleted is deleted; a deletion that hid nothing before must hide nothing now, and a
   directory that it emptied must not fill up again.
8. Nothing with privileges appears where the application took privileges away, or in a conflict.
"""

import re
from dataclasses import dataclass, field

from lading.image.file_list import FileEntry, FileKind
from lading.image.path import link_target
from lading.lineage.app_layers import AppLayers, Over, above_of
from lading.lineage.base_change import BaseChange
from lading.lineage.fixups import Fix
from lading.lineage.remarks import Findings, Rule
from lading.lineage.stack import is_privileged, is_same

# Directories that builds empty, and whose content means nothing to who runs the image.
_CACHES = re.compile(
    r"(?:var/lib/apt/lists(?:/.*)?|var/cache(?:/.*)?|tmp|var/tmp|root/\.cache(?:/.*)?|run|var/log(?:/.*)?)\Z"
)
# Copies of before the last change, and caches that are made anew: stale over another base, and not needed.
STALE = re.compile(
    r"(?:var/lib/dpkg/(?:status|available|diversions|statoverride)-old|var/cache/debconf/[^/]+-old"
    r"|etc/(?:passwd|group|shadow|gshadow|subuid|subgid)-|var/cache/ldconfig/aux-cache|var/cache/apt/[^/]+\.bin"
    r"|var/lib/dpkg/lock(?:-frontend)?)\Z"
)
_LOGS = re.compile(r"var/log/.*\Z")


@dataclass(slots=True)
class FileWork:
    """What step 2 leaves for others: fixes, and paths that a rule of a later step has to merge."""

    findings: Findings
    fixes: dict[str, Fix] = field(default_factory=dict)
    to_merge: list[str] = field(default_factory=list)

    def fix(self, fix: Fix) -> None:
        """The last fix of a path counts."""
        self.fixes[fix.path] = fix


# Records that a base without any does not have: apt's marks, which the first `apt-get install` writes.
ABSENT_IS_EMPTY = re.compile(r"var/lib/apt/extended_states\Z")


def check_files(change: BaseChange, app: AppLayers, mergeable: "re.Pattern[str]", work: FileWork) -> int:
    """Look at every path that the application writes or deletes; return how many."""
    for path, why in (*app.problems, *change.new.problems):
        work.findings.refuse(Rule.LINKS, path, why)
    for path in app.written:
        _check_above(path, change, app, work)
        _check_written(path, change, app, mergeable, work)
    _check_ways(change, app, work)
    _check_deleted(change, app, work)
    _check_privileges(change, app, work)
    return len(app.written) + len(app.deleted)


def _check_written(
    path: str, change: BaseChange, app: AppLayers, mergeable: "re.Pattern[str]", work: FileWork
) -> None:
    mine = app.written[path]
    differing = change.changed.get(path)
    if mine.kind is FileKind.HARD_LINK:
        work.findings.refuse(
            Rule.LINKS, path, f"it is another name of {mine.link}, which its layer does not have"
        )
        return
    if differing is None:  # Rules 1 and 2.
        return
    before, after = differing
    if mine.kind is FileKind.DIRECTORY:
        _check_directory(path, mine, before, after, app=app, work=work)
        return
    if after is not None and is_same(mine, after):
        return
    if before is None:
        _check_both_added(path, mine, after, change=change, app=app, work=work)
    elif STALE.match(path):
        work.fix(Fix(path, None, reason="a copy of before the last change"))
    elif after is not None and mergeable.match(path):
        work.to_merge.append(path)
    elif _LOGS.match(path):
        work.findings.note(Rule.FILES, path, "the log stays as the application's build left it")
    elif is_same(mine, before):  # Rule 3.
        has = "has another one" if after is not None else "no longer has it"
        work.findings.refuse(
            Rule.FILES,
            path,
            f"the application's layers carry the old base's file as it was; the new base {has}",
        )
    elif after is None:
        _refuse_unless_copied(
            path, "the application changed it, and the new base no longer has it", change, app, work
        )
    else:
        _refuse_unless_copied(path, "the application changed it, and so did the new base", change, app, work)


def _check_both_added(
    path: str, mine: FileEntry, after: FileEntry | None, *, change: BaseChange, app: AppLayers, work: FileWork
) -> None:
    """Rule 4, where the old base had nothing."""
    if after is None:
        return
    if STALE.match(path):
        work.fix(Fix(path, None, reason="a copy of before the last change"))
    elif _LOGS.match(path):
        work.findings.note(Rule.FILES, path, "the log stays as the application's build left it")
    elif is_privileged(mine) or is_privileged(after):
        work.findings.refuse(Rule.PRIVILEGES, path, "both brought it, and it runs with rights of its own")
    elif ABSENT_IS_EMPTY.match(path) and mine.kind is after.kind is FileKind.FILE:
        work.to_merge.append(path)
    else:
        _refuse_unless_copied(
            path, "the application and the new base both brought it, and differ", change, app, work
        )


def _refuse_unless_copied(path: str, reason: str, change: BaseChange, app: AppLayers, work: FileWork) -> None:
    """Rule 4. A file that belongs to a package would make the package database say what is not true."""
    mine = app.written[path]
    package = change.owned.get(path)
    if package and not path.startswith("etc/"):
        work.findings.refuse(Rule.FILES, path, f"{reason}; there it belongs to the package {package}")
    elif (after := change.new.at(path)) is not None and after.kind is not FileKind.FILE:
        # A build would copy into a directory, and through a link.
        work.findings.refuse(Rule.FILES, path, f"{reason}; there it is a {after.kind}")
    elif mine.kind is FileKind.FILE and app.is_copied(path) and not is_privileged(mine):
        work.findings.note(
            Rule.FILES, path, f"{reason}; the build copied it there, so it stays the application's"
        )
    else:
        work.findings.refuse(Rule.FILES, path, reason)


def _check_directory(
    path: str,
    mine: FileEntry,
    before: FileEntry | None,
    after: FileEntry | None,
    *,
    app: AppLayers,
    work: FileWork,
) -> None:
    """Rule 5."""
    if after is None:
        if before is not None:
            _check_directory_that_went(path, mine, before, app=app, work=work)
        return
    if after.kind is not FileKind.DIRECTORY:
        work.findings.refuse(Rule.DIRECTORIES, path, f"it is a {after.kind} in the new base")
    elif is_same(mine, after):
        return
    elif before is not None and is_same(mine, before):
        work.fix(Fix(path, after, reason="rights of the new base's directory"))
    elif before is None and _is_plain(mine) and _is_plain(after):
        return
    else:
        work.findings.refuse(
            Rule.DIRECTORIES, path, "the application set its owner or rights, and the new base others"
        )


def _check_directory_that_went(
    path: str, mine: FileEntry, before: FileEntry, *, app: AppLayers, work: FileWork
) -> None:
    """A build makes it again, with plain rights, for what it puts there, and changes nothing that is gone."""
    if before.kind is not FileKind.DIRECTORY or app.takes_away(path):
        work.findings.refuse(Rule.DIRECTORIES, path, "it took the place of what the new base no longer has")
    elif not is_same(mine, before) or not _is_plain(mine):
        work.findings.refuse(
            Rule.DIRECTORIES,
            path,
            "the new base no longer has this directory, whose owner or rights would stay",
        )
    elif any(below.startswith(f"{path}/") for below in app.written):
        work.findings.note(Rule.DIRECTORIES, path, "the new base no longer has this directory; it stays")
    else:
        work.findings.refuse(
            Rule.DIRECTORIES, path, "the new base no longer has this directory, and it would stay"
        )


def _check_above(path: str, change: BaseChange, app: AppLayers, work: FileWork) -> None:
    """Rule 6."""
    for above in above_of(path):
        if above in app.written:
            return
        after = change.new.tree.get(above)
        if after is not None and after.kind is FileKind.DIRECTORY:
            continue
        before = change.old.tree.get(above)
        if after is not None:
            work.findings.refuse(Rule.LINKS, path, f"{above} is a {after.kind} in the new base")
        elif before is not None and not _is_plain(before):
            work.findings.refuse(
                Rule.DIRECTORIES, path, f"{above} is not in the new base, and would have other rights"
            )
        return


def _check_ways(change: BaseChange, app: AppLayers, work: FileWork) -> None:
    """Rule 6, of links: layers tell where something was written, not by which name."""
    old = Over(app, change.old)
    touched = {*app.written, *app.deleted, *app.emptied}
    touched.update(above for path in tuple(touched) for above in above_of(path))
    for path in change.moved_links:
        target = link_target(path, change.old.tree[path].link)
        real = old.real_path(target) if target is not None else None
        if real and real in touched:
            reason = f"it leads to {real}, where the application wrote, and no longer does in the new base"
            work.findings.refuse(Rule.LINKS, path, reason)


def _check_deleted(change: BaseChange, app: AppLayers, work: FileWork) -> None:
    """Rule 7."""
    old, new = change.old, change.new
    parents: dict[str, set[str]] = {}
    for path in sorted(app.deleted):
        after = new.tree.get(path)
        if path not in old.tree and not any(old.below(path)):
            if (after is not None and path not in app.written) or any(new.below(path)):
                reason = "a deletion that hid nothing of the old base would hide this of the new one"
                work.findings.refuse(Rule.WHITEOUTS, path, reason)
            continue
        _check_above(path, change, app, work)
        if after is None:
            work.findings.note(
                Rule.WHITEOUTS, path, "the application deleted it, and the new base no longer has it"
            )
        elif after.kind is FileKind.DIRECTORY:
            more = [each for each in new.below(path) if each not in old.tree]
            if more:
                work.findings.note(
                    Rule.WHITEOUTS,
                    path,
                    f"with it go {len(more)} files that only the new base has, such as {more[0]}",
                )
        parents.setdefault(path.rpartition("/")[0], set()).add(path)
    for emptied in app.emptied:
        if not any(old.below(emptied)) and any(new.below(emptied)):
            reason = "it hid nothing before, and would hide all that the new base has in this directory"
            work.findings.refuse(Rule.WHITEOUTS, emptied, reason)
    for directory, gone in parents.items():
        _check_emptied(directory, gone, change, app, work)


def _check_emptied(
    directory: str, gone: set[str], change: BaseChange, app: AppLayers, work: FileWork
) -> None:
    if app.takes_away(directory) or not change.old.children(directory) <= gone:
        return
    fresh = sorted(change.new.children(directory) - change.old.children(directory) - set(app.written))
    if not fresh:
        return
    if _CACHES.match(directory):
        for path in fresh:
            work.fix(Fix(path, None, reason=f"the application empties {directory}"))
        return
    work.findings.refuse(
        Rule.WHITEOUTS,
        directory,
        f"the application emptied this directory, and the new base has others in it, such as {fresh[0]}",
    )


def _check_privileges(change: BaseChange, app: AppLayers, work: FileWork) -> None:
    """Rule 8."""
    old = Over(app, change.old)
    new = Over(app, change.new)
    taken = [
        path for path in change.old.privileged if (now := old.at(path)) is None or not is_privileged(now)
    ]
    if not taken:
        return
    for path in change.newly_privileged:
        entry = new.at(path)
        if entry is not None and is_privileged(entry):
            work.findings.refuse(
                Rule.PRIVILEGES,
                path,
                f"the application takes rights away from {taken[0]} and {len(taken) - 1} more of its base; "
                "the new base has this one, which it would not",
            )


def _is_plain(entry: FileEntry) -> bool:
    return (
        entry.kind is FileKind.DIRECTORY
        and (entry.mode & 0o7777, entry.uid, entry.gid) == (0o755, 0, 0)
        and not entry.capabilities
    )
