"""Waivers: a rule or a vulnerability is excused, for a reason, for a while, by two people.

A waiver counts at a moment only if all of this holds; every gate asks ``counts_until`` and nothing else:

1. It was approved, at or before that moment, by somebody other than who asked for it.
2. It was not revoked at or before that moment.
3. The moment is before its end.
4. For something critical, the moment is also before the approval plus the shorter bound.

There is no gate in its scope: what is excused, is excused at every gate.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from lading.access.principal import Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.advisories.advisory import Severity
from lading.foundation.errors import Conflict, Forbidden, Malformed
from lading.oci.digest import Digest

MAX_REASON = 2_000  # characters
MAX_SCOPE = 50  # rules or vulnerabilities in one waiver
EVERY_RULE = ("*",)  # only a break-glass excuses everything


class WaiverKind(StrEnum):
    """What sort of excuse."""

    WAIVER = ""
    BREAK_GLASS = "break-glass"  # everything, for hours, and reviewed afterwards


@dataclass(frozen=True, slots=True)
class WaiverBounds:
    """How long a waiver may last, counted from its approval."""

    critical: timedelta = timedelta(days=14)
    other: timedelta = timedelta(days=90)
    break_glass: timedelta = timedelta(hours=8)
    renewals: int = 3  # how often in a row the same may be excused again

    def longest(self, severity: Severity) -> timedelta:
        """Give the bound for something of this severity."""
        return min(self.critical, self.other) if severity is Severity.CRITICAL else self.other


@dataclass(frozen=True, slots=True)
class WaiverScope:
    """What is excused.

    With ``rules`` alone, those rules as a whole; with ``vulnerabilities`` alone, those findings in every
    rule; with both, those findings in those rules. ``only`` narrows rules to things by their names: a check
    of the Pod Security Standards, a package, a licence, a capability, a path. ``digest`` narrows to one
    image, ``environments`` to some; empty means all.
    """

    repositories: RepositoryPattern
    rules: tuple[str, ...] = ()
    vulnerabilities: tuple[str, ...] = ()
    digest: Digest | None = None
    environments: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    def covers_image(self, repository: str, digest: str, environment: str) -> bool:
        """Whether the image stands within the scope when it enters ``environment``."""
        return (
            self.repositories.matches(repository)
            and (self.digest is None or str(self.digest) == digest)
            and (not self.environments or environment in self.environments)
        )

    def covers_violation(self, rule: str, vulnerabilities: Sequence[str], names: Sequence[str] = ()) -> bool:
        """Whether this violation of ``rule`` is excused.

        ``vulnerabilities`` are all ids of a finding, ``names`` what anything else is called.
        """
        if self.rules and rule not in self.rules and self.rules != EVERY_RULE:
            return False
        if self.only and set(self.only).isdisjoint(names):
            return False
        if not self.vulnerabilities:
            return bool(self.rules)
        return not set(self.vulnerabilities).isdisjoint(vulnerabilities)


class WaiverState(StrEnum):
    """Where a waiver stands at a moment."""

    REQUESTED = "requested"
    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Waiver:
    """An excuse, as it was asked for, approved and perhaps revoked. People are written ``person:name``."""

    id: str
    scope: WaiverScope
    reason: str
    ticket: str
    requester: str
    requested_at: datetime
    expires: datetime
    approver: str = ""
    approved_at: datetime | None = None
    revoked_by: str = ""
    revoked_at: datetime | None = None
    kind: WaiverKind = WaiverKind.WAIVER
    risk: str = ""  # what may happen meanwhile
    control: str = ""  # what is done against it meanwhile
    renews: str = ""  # the waiver that this one follows
    renewals: int = 0  # how many stand before it

    def state(self, now: datetime) -> WaiverState:
        """Tell where it stands at ``now``."""
        if self.revoked_at is not None and self.revoked_at <= now:
            return WaiverState.REVOKED
        if now >= self.expires:
            return WaiverState.EXPIRED
        approved = self.approved_at is not None and self.approved_at <= now
        return WaiverState.ACTIVE if approved else WaiverState.REQUESTED

    def counts_until(self, severity: Severity, now: datetime, bounds: WaiverBounds) -> datetime | None:
        """Give the moment until which it excuses something of ``severity``, or None if it does not now."""
        # Rules 1, 2 and 3.
        if self.state(now) is not WaiverState.ACTIVE or self.approved_at is None:
            return None
        if same_person(self.approver, self.requester):
            return None
        # Rule 4, and the general bound again: a stored waiver is not trusted to have been bounded.
        longest = bounds.longest(severity)
        if self.kind is WaiverKind.BREAK_GLASS:
            longest = bounds.break_glass
        elif self.scope.rules == EVERY_RULE:
            return None
        end = min(self.expires, self.approved_at + longest)
        return end if now < end else None


def request_waiver(
    *,
    waiver_id: str,
    scope: WaiverScope,
    reason: str,
    ticket: str,
    requester: Principal,
    expires: datetime,
    severity: Severity,
    now: datetime,
    bounds: WaiverBounds,
    kind: WaiverKind = WaiverKind.WAIVER,
    risk: str = "",
    control: str = "",
    before: "Waiver | None" = None,
) -> Waiver:
    """Make a waiver that waits for its approval; raise Malformed where it may not be asked for so.

    ``severity`` is that of the worst thing it would excuse, ``before`` the waiver that it renews.
    """
    _check_scope(scope, kind)
    if max(len(risk), len(control)) > MAX_REASON:
        raise Malformed("waiver-reason", f"risk and control have at most {MAX_REASON} characters each")
    if not reason.strip() or len(reason) > MAX_REASON:
        raise Malformed("waiver-reason", f"a waiver has a reason of at most {MAX_REASON} characters")
    if not ticket.strip():
        raise Malformed("waiver-ticket", "a waiver names the ticket in which it is followed up")
    if requester.kind is PrincipalKind.ANONYMOUS:
        raise Forbidden("waiver-requester", "somebody who is signed in asks for a waiver")
    longest = bounds.break_glass if kind is WaiverKind.BREAK_GLASS else bounds.longest(severity)
    if expires <= now:
        raise Malformed("waiver-expiry", "a waiver ends in the future")
    if expires > now + longest:
        what = "something critical" if severity is Severity.CRITICAL else "this"
        if kind is WaiverKind.BREAK_GLASS:
            hours = int(longest.total_seconds() // 3600)
            raise Malformed("waiver-expiry", f"a break-glass ends after at most {hours} hours")
        raise Malformed(
            "waiver-expiry",
            f"a waiver for {what} ends after at most {longest.days} days",
            hint=f"let it end by {(now + longest).date().isoformat()}",
            details={"limit_days": longest.days},
        )
    renewals = before.renewals + 1 if before is not None else 0
    if renewals > bounds.renewals:
        raise Malformed(
            "waiver-renewals",
            f"the same was excused {renewals} times in a row already",
            hint="mend what is excused, or ask anew with another scope and why it is still so",
        )
    return Waiver(
        waiver_id,
        scope,
        reason.strip(),
        ticket.strip(),
        str(requester),
        now,
        expires,
        kind=kind,
        risk=risk.strip(),
        control=control.strip(),
        renews=before.id if before is not None else "",
        renewals=renewals,
    )


def _check_scope(scope: WaiverScope, kind: WaiverKind) -> None:
    if not scope.rules and not scope.vulnerabilities:
        raise Malformed(
            "waiver-too-wide", "a waiver names rules or vulnerabilities", hint="name what to excuse"
        )
    if scope.only and not scope.rules:
        raise Malformed("waiver-too-wide", "things are excused in rules", hint="name the rules too")
    if (kind is WaiverKind.BREAK_GLASS) is not (scope.rules == EVERY_RULE):
        raise Malformed("waiver-too-wide", "only a break-glass excuses every rule")
    if (
        max(len(scope.only), len(scope.rules), len(scope.vulnerabilities), len(scope.environments))
        > MAX_SCOPE
    ):
        raise Malformed("waiver-too-wide", f"a waiver names at most {MAX_SCOPE} rules and vulnerabilities")


def approve_waiver(waiver: Waiver, approver: Principal, now: datetime) -> Waiver:
    """Let the waiver count from ``now``; raise Forbidden for who asked for it, Conflict if it is too late."""
    if waiver.state(now) is not WaiverState.REQUESTED:
        raise Conflict("waiver-not-open", f"waiver {waiver.id} is {waiver.state(now)} already")
    check_waiver_approver(waiver, approver)
    return replace(waiver, approver=str(approver), approved_at=now)


def check_waiver_approver(waiver: Waiver, approver: Principal) -> None:
    """Raise Forbidden for a machine, and for who asked."""
    if approver.kind is not PrincipalKind.PERSON:
        raise Forbidden("waiver-approver", "a person approves a waiver, not a machine")
    if same_person(str(approver), waiver.requester):
        raise Forbidden(
            "waiver-self-approval",
            f"{approver.name} asked for this waiver and cannot approve it",
            hint="ask somebody else who may approve waivers",
        )


def revoke_waiver(waiver: Waiver, principal: Principal, now: datetime) -> Waiver:
    """End the waiver at ``now``; raise Conflict if it has ended already."""
    if waiver.state(now) in {WaiverState.REVOKED, WaiverState.EXPIRED}:
        raise Conflict("waiver-ended", f"waiver {waiver.id} is {waiver.state(now)} already")
    return replace(waiver, revoked_by=str(principal), revoked_at=now)


def same_person(one: str, other: str) -> bool:
    """Whether two written principals are one person; an unknown person is nobody's second."""
    return not one or not other or one.casefold() == other.casefold()
