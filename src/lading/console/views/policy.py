"""The policy in force, its rollout, the gates that ask it, and what was in force before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lading.console.formats.instants import Instant, instant
from lading.console.views.badges import Badge, Tone
from lading.policy.gate_drift import GateStanding
from lading.policy.rollout import Mode, RolloutStep
from lading.ports.records.governance import PolicyDocument
from lading.workflows.policy_drift import SeenGate
from lading.workflows.policy_in_force import PolicyStanding

_STANDINGS: Mapping[GateStanding, Badge] = {
    GateStanding.CURRENT: Badge(Tone.GOOD, "Current"),
    GateStanding.LATE: Badge(Tone.WARN, "Taking it up"),
    GateStanding.DRIFTED: Badge(Tone.BAD, "Drifted", "It asks another policy than the one in force."),
    GateStanding.SILENT: Badge(Tone.UNKNOWN, "Silent", "It was not heard of for a day."),
}
_MODES: Mapping[Mode, Badge] = {
    Mode.OBSERVE: Badge(Tone.QUIET, "Observes"),
    Mode.WARN: Badge(Tone.WARN, "Warns"),
    Mode.ENFORCE: Badge(Tone.GOOD, "Enforces"),
}


@dataclass(frozen=True, slots=True)
class RolloutRow:
    """One step. ``warn`` and ``enforce`` are None where they never come."""

    rules: str
    teams: str
    badge: Badge
    warn: Instant | None
    enforce: Instant | None
    step_back_at: int | None


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate."""

    gate: str
    name: str
    policy: str
    version: str
    badge: Badge
    seen: Instant


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One activation."""

    number: int
    digest: str
    set_at: Instant
    set_by: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The whole page. ``number`` is 0 for the shipped policy."""

    name: str
    digest: str
    number: int
    rules: int
    set_at: Instant | None
    set_by: str
    signature: Badge
    passed_over: tuple[str, ...]
    rollout: tuple[RolloutRow, ...]
    gates: tuple[GateRow, ...]
    versions: tuple[VersionRow, ...]


def signature_badge(standing: PolicyStanding) -> Badge:
    """Say whether the policy in force is signed."""
    if standing.document is None:
        return Badge(Tone.QUIET, "Shipped", "It is part of the program, or named by its settings.")
    if standing.signed_by:
        return Badge(Tone.GOOD, "Signed", f"by the key {standing.signed_by}")
    return Badge(Tone.WARN, "Not signed", "No key that counts here has signed it.")


def rollout_row(step: RolloutStep, now: datetime) -> RolloutRow:
    """Make a row."""
    return RolloutRow(
        rules=", ".join(sorted(step.rules)) or "every rule",
        teams=", ".join(sorted(step.teams)) or "every team",
        badge=_MODES[step.mode_at(now)],
        warn=instant(step.warn, now) if step.warn else None,
        enforce=instant(step.enforce, now) if step.enforce else None,
        step_back_at=step.step_back_at,
    )


def gate_row(seen: SeenGate, now: datetime) -> GateRow:
    """Make a row."""
    one = seen.sighting
    badge = _STANDINGS[seen.standing]
    return GateRow(one.gate, one.name, one.policy, one.version, badge, instant(one.seen_at, now))


def version_row(document: PolicyDocument, standing: PolicyStanding, now: datetime) -> VersionRow:
    """Make a row."""
    in_force = standing.document is not None and standing.document.number == document.number
    at = instant(document.set_at, now)
    return VersionRow(document.number, str(document.digest), at, document.set_by, in_force)
