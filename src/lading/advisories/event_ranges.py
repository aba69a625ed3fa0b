"""OSV's lists of events as ranges that can be compared one by one (OSV schema, "affected[].ranges[]")."""

from collections.abc import Iterable
from typing import NamedTuple

from lading.advisories.advisory import AffectedRange
from lading.packages.version_scheme import VersionScheme


class VersionEvent(NamedTuple):
    """One event: ``kind`` is "introduced", "fixed", "last_affected" or "limit"."""

    kind: str
    version: str


_FROM_THE_BEGINNING = VersionEvent("introduced", "0")


def ranges_of_events(
    events: Iterable[VersionEvent], scheme: VersionScheme | None
) -> tuple[AffectedRange, ...]:
    """Give the ranges that events describe: each "introduced" reaches to the nearest end after it.

    Events come in any order, so they are put in the scheme's. Where one cannot be placed, the order in which
    they are written is kept; matching then finds the same version and says that it could not tell.
    """
    events = list(events)
    if len(events) == 2 and events[0] == _FROM_THE_BEGINNING and events[1].kind != "introduced":
        return (_closed("0", *events[1]),)  # nearly all ranges: there is nothing to put in order
    keys = [_key(event, scheme) for event in events]
    if all(key is not None for key in keys):
        order = sorted(range(len(events)), key=lambda at: keys[at] or (b"", 0))
        events = [events[at] for at in order]
    ranges: list[AffectedRange] = []
    introduced: str | None = None
    for kind, version in events:
        if kind == "introduced":
            introduced = version if introduced is None else introduced
        elif introduced is not None:
            ranges.append(_closed(introduced, kind, version))
            introduced = None
    if introduced is not None:
        ranges.append(AffectedRange(introduced=_beginning(introduced)))
    return tuple(ranges)


def _key(event: VersionEvent, scheme: VersionScheme | None) -> tuple[bytes, int] | None:
    """Place an event. At one version, what is fixed ends before what is introduced begins."""
    if event.kind == "introduced" and event.version == "0":
        return (b"", 0)
    key = scheme.key(event.version) if scheme else None
    if key is None:
        return None
    return (key, {"fixed": 0, "limit": 0, "introduced": 1, "last_affected": 2}[event.kind])


def _closed(introduced: str, kind: str, version: str) -> AffectedRange:
    if kind == "last_affected":
        return AffectedRange(introduced=_beginning(introduced), last_affected=version)
    return AffectedRange(introduced=_beginning(introduced), fixed=version)


def _beginning(version: str) -> str:
    """ "0" is before every version, also where the scheme has versions before its 0."""
    return "" if version == "0" else version
