"""Verdicts that changed, for those who answer for what they are about: each change once.

Only a change of a verdict is told: a new image brings findings, and no news; another severity is none either.
"""

from dataclasses import dataclass

from lading.ports.records.contents import Reach
from lading.ports.records.matches import VerdictChange
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.who_has import OwnedPlace, owned_places

MOST_PLACES = 100  # images of one change that are looked at for where they are


@dataclass(frozen=True, slots=True)
class Alert:
    """A change, where the caller may see it. ``reach`` is None for who may not see all of it."""

    change: VerdictChange
    places: tuple[OwnedPlace, ...]
    reach: Reach | None

    @property
    def teams(self) -> tuple[str, ...]:
        """Who answers for it."""
        return tuple(sorted({place.owner.name if place.owner else "nobody" for place in self.places}))

    @property
    def words(self) -> str:
        """One sentence for people."""
        package = self.change.package.package
        now = {
            None: "no longer has",
            "affected": "is affected by",
            "undetermined": "may be affected by",
            "not-affected": "is stated not to be affected by",
        }[self.change.after.value if self.change.after else None]
        fix = f", fixed in {self.change.fixed_in}" if self.change.fixed_in and self.change.after else ""
        return f"{package.name} {package.version} {now} {self.change.flaw}{fix}"


def list_alerts(
    records: Records, caller: Caller, *, after: str = "", limit: int = DEFAULT_LIMIT
) -> Page[Alert]:
    """Changes, the newest first, as far as the caller may see images that they are about.

    Whoever hands ``next`` of an earlier page back goes on from there; a page may have fewer than ``limit``.
    """
    with records.read() as kept:
        page = kept.matches.verdict_changes(after=after, limit=limit)
    found: list[Alert] = []
    for change in page.items:
        with records.read() as kept:
            uses = kept.contents.uses_of([change.package.number], limit=MOST_PLACES)
        placed = owned_places(records, caller, {use.manifest for use in uses.page.items})
        places = tuple(dict.fromkeys(place for each in placed.values() for place in each))
        sees_all = caller.may_list_repositories()
        if places or (sees_all and uses.reach.images):
            found.append(Alert(change, places, uses.reach if sees_all else None))
    return Page(tuple(found), page.next)
