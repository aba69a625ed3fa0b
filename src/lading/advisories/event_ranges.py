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
    they are written is kept; matching then finds the same version and says that it could not tell. What is
    introduced and fixed at one version, in this order, and goes on from nothing before, is no version at all.
    """
    events = list(events)
    if len(events) == 2 and events[0] == _FROM_THE_BEGINNING and events[1].kind != "introduced":
        return (_closed("0", *events[1]),)  # nearly all ranges: there is nothing to put in order
    keys = [_key(event, scheme) for event in events]
    order = list(range(len(events)))
    if all(key is not None for key in keys):
        order.sort(key=lambda at: keys[at] or (b"", 0))
    ranges: list[AffectedRange] = []
    introduced: str | None = None
    nothing_ended: int | None = None  # an end that ended nothing
    for at in order:
        kind, version = events[at]
        if kind == "introduced":
            if nothing_ended is not None and nothing_ended > at and _are_one(keys[at], keys[nothing_ended]):
                continue
            introduced = version if introduced is None else introduced
        elif introduced is not None:
            ranges.append(_closed(introduced, kind, version))
            introduced = None
        else:
            nothing_ended = at
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


def _are_one(one: tuple[bytes, int] | None, other: tuple[bytes, int] | None) -> bool:
    """Whether two events are at one version."""
    return one is not None and other is not None and one[0] == other[0]


def _closed(introduced: str, kind: str, version: str) -> AffectedRange:
    if kind == "last_affected":
        return AffectedRange(introduced=_beginning(introduced), last_affected=version)
    return AffectedRange(introduced=_beginning(introduced), fixed=version)


def _beginning(version: str) -> str:
    """ "0" is before every version, also where the scheme has versions before its 0."""
    return "" if version == "0" else version
