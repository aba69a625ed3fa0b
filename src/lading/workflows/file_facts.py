"""Evidence about an image's files, from its inspection, and of several images as one."""

from collections.abc import Iterable, Sequence
from dataclasses import fields

from lading.lineage.inspection.facts import FileFacts, Origins, Password, Power
from lading.policy.content_evidence import FilesFacts, PowerFacts

_SETTING = ", a setting"


def power_facts(power: Power) -> PowerFacts:
    """What rules see of what the files may do."""
    entry = power.entry_point
    return PowerFacts(
        setuid=_paths(power.setuid),
        setgid=_paths(power.setgid),
        capabilities=_paths(power.capabilities),
        world_writable=_paths(power.world_writable),
        shells=_paths(power.shells),
        package_managers=_paths(power.package_managers),
        compilers=_paths(power.compilers),
        network_tools=_paths(power.network_tools),
        ssh_servers=_paths(power.ssh_servers),
        password_users=tuple(each.name for each in power.accounts if each.password is not Password.LOCKED),
        root_users=tuple(each.name for each in power.accounts if each.uid == 0 and each.name != "root"),
        entry_point_problem=entry.problem if entry else "",
        writes=power.writes,
    )


def files_facts(origins: Origins) -> FilesFacts:
    """What rules see of where the files come from."""
    settings = tuple(each.path for each in origins.changed.listed if each.detail.endswith(_SETTING))
    return FilesFacts(
        verified=origins.verified,
        unverified=origins.unverified,
        changed=tuple(path for path in _paths(origins.changed) if path not in settings),
        changed_settings=settings,
        unexplained=_paths(origins.unexplained),
    )


def merged_power(parts: Sequence[PowerFacts]) -> PowerFacts:
    """Of several images, all that any of them has; the first problem that there is."""
    merged: dict[str, tuple[str, ...]] = {}
    for field in fields(PowerFacts):
        if field.name != "entry_point_problem":
            values = (value for part in parts for value in getattr(part, field.name))
            merged[field.name] = tuple(dict.fromkeys(values))
    problem = next((part.entry_point_problem for part in parts if part.entry_point_problem), "")
    return PowerFacts(entry_point_problem=problem, **merged)


def merged_files(parts: Sequence[FilesFacts]) -> FilesFacts:
    """Of several images, all that any of them has."""
    return FilesFacts(
        verified=sum(part.verified for part in parts),
        unverified=sum(part.unverified for part in parts),
        changed=_each_once(part.changed for part in parts),
        changed_settings=_each_once(part.changed_settings for part in parts),
        unexplained=_each_once(part.unexplained for part in parts),
    )


def _paths(facts: FileFacts) -> tuple[str, ...]:
    """Every path that is listed, and a word on those that are not, so that no rule takes them for none."""
    more = (f"and {facts.more} more",) if facts.more else ()
    return (*(each.path for each in facts.listed), *more)


def _each_once(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for paths in lists for path in paths))
