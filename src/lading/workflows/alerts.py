"""Verdicts that changed, for those who answer for what they are about: each change once.

Only a change of a verdict is told: a new image brings findings, and no news; another severity is none either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lading.access.verbs import Verb
from lading.advisories.advisory import Severity
from lading.foundation.errors import Conflict, Forbidden, Malformed, NotFound
from lading.matching.finding import reason_of_json
from lading.oci.digest import Digest
from lading.ports.records.contents import Reach
from lading.ports.records.matches import Acknowledgement, Match, VerdictChange
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.rights import require_signed_in
from lading.workflows.who_has import OwnedPlace, owned_places

MOST_PLACES = 100  # images of one change that are looked at for where they are
NOBODY = "nobody"  # in place of a team
MAX_WORD = 500  # characters of an acknowledgement
_LARGEST = (1 << 63) - 1  # number that a database can look for
_MOST_PAGES = 10  # looked through for what is wanted and the caller may see, before the answer is "go on"


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """What is wanted; empty members let everything through. ``team`` may be NOBODY."""

    team: str = ""
    severity: Severity | None = None
    waiting: bool = False  # only what somebody should take note of, and nobody has


@dataclass(frozen=True, slots=True)
class Alert:
    """A change, where the caller may see it. ``reach`` is None for who may not see all of it.

    ``why`` explains the verdict, or says what has become of it since. ``images`` are by their manifests.
    """

    change: VerdictChange
    why: str
    images: Mapping[Digest, tuple[OwnedPlace, ...]]
    reach: Reach | None

    @property
    def places(self) -> tuple[OwnedPlace, ...]:
        """Where the images are, each place once."""
        return tuple(dict.fromkeys(place for each in self.images.values() for place in each))

    @property
    def teams(self) -> tuple[str, ...]:
        """Who answers for it."""
        return tuple(sorted({place.owner.name if place.owner else NOBODY for place in self.places}))

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
    records: Records,
    caller: Caller,
    wanted: AlertFilter = AlertFilter(),
    *,
    after: str = "",
    limit: int = DEFAULT_LIMIT,
) -> Page[Alert]:
    """Changes, the newest first, as far as the caller may see images that they are about.

    Whoever hands ``next`` of an earlier page back goes on from there; a page may have fewer than ``limit``,
    also none.
    """
    found: list[Alert] = []
    for _ in range(_MOST_PAGES):
        with records.read() as kept:
            page = kept.matches.verdict_changes(
                severity=wanted.severity, waiting=wanted.waiting, after=after, limit=limit
            )
            matches = kept.matches.matches_of({change.package.package for change in page.items})
        said = {(match.package, match.flaw): match for match in matches}
        for change in page.items:
            match = said.get((change.package.package, change.flaw))
            alert = _seen(records, caller, change, _why(change, match))
            if alert is not None and (not wanted.team or wanted.team in alert.teams):
                found.append(alert)
        after = page.next
        if found or not after:
            break
    return Page(tuple(found), after)


def acknowledge_alert(
    records: Records, caller: Caller, number: int, word: str, now: datetime
) -> Acknowledgement:
    """Keep that the caller took note of a change, for everybody.

    So nobody can do it who may not see all that it is about: it would be hidden from those who answer for the
    rest. Raises NotFound ``alert-unknown`` also where the caller may see nothing of it, Forbidden
    ``alert-shared``, Conflict ``alert-acknowledged`` and Malformed ``word-missing``.
    """
    require_signed_in(caller)
    word = word.strip()
    if not word or len(word) > MAX_WORD:
        raise Malformed("word-missing", f"say what of it, in at most {MAX_WORD} characters")
    with records.write() as kept:
        change = kept.matches.verdict_change(number) if 0 < number <= _LARGEST else None
        repositories: tuple[str, ...] = ()
        if change is not None:
            package = change.package.number
            repositories = kept.contents.repositories_with([package]).get(package, ())
        readable = [name for name in repositories if caller.may(Verb.READ_EVIDENCE, name)]
        if change is None or not (readable or (caller.may_list_repositories() and not repositories)):
            raise NotFound("alert-unknown", f"there is no change {number} that you may see")
        if len(readable) < len(repositories):
            raise Forbidden(
                "alert-shared",
                "this change is also about images that you may not see",
                hint="somebody who may read the evidence of all of them can acknowledge it",
            )
        acknowledged = Acknowledgement(word, str(caller.principal), now)
        if not kept.matches.acknowledge(number, acknowledged):
            raise Conflict("alert-acknowledged", f"somebody has acknowledged change {number} already")
        about = change.package.package
        kept.audit.append(
            caller.did(
                "verdict.acknowledge",
                change.flaw,
                now,
                change=number,
                package=about.name,
                version=about.version,
                word=word,
            )
        )
    return acknowledged


def _seen(records: Records, caller: Caller, change: VerdictChange, why: str) -> Alert | None:
    """The change with what the caller may see of it; None where that is nothing."""
    with records.read() as kept:
        uses = kept.contents.uses_of([change.package.number], limit=MOST_PLACES)
    placed = owned_places(records, caller, {use.manifest for use in uses.page.items})
    images = {manifest: places for manifest, places in placed.items() if places}
    sees_all = caller.may_list_repositories()
    if images or (sees_all and uses.reach.images):
        return Alert(change, why, images, uses.reach if sees_all else None)
    return None


def _why(change: VerdictChange, match: Match | None) -> str:
    """Explain by what is known now, which may be newer than the change."""
    if (match.status if match else None) is not change.after:
        return f"since then it has changed again: {match.status if match else 'no finding'}"
    if match is None:
        return "no advisory that is held says so any more"
    return f"{reason_of_json(match.reason).words} ({match.feed} {match.advisory_id})"
