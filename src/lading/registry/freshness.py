"""When an upstream is asked again, and what is served when it cannot say.

1. Content never changes under its digest: what is held is served, and the upstream is not asked.
2. What the upstream said of a tag counts for its ``fresh_for``.
3. After that it is asked what the tag is at now, unless it asked for quiet, or the budget is spent. The last
   quarter of the budget is kept for what is not here: an old tag is better than none. After an outage it is
   left in peace for some seconds, so that nobody waits for each timeout anew.
4. Where it is not asked, cannot be reached or does not help (429, 5xx, refused sign-in), what is held is
   served and marked stale, with the reason. Only the upstream's own "not found" counts as gone.
5. What is not held is asked for unless the upstream asked for quiet or all of the budget is spent; then
   nobody can tell whether it exists, and that is the answer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lading.registry.upstreams import UpstreamRegistry, UpstreamStanding

HOUR = timedelta(hours=1)
_FOR_OLD_TAGS = 0.75  # of the budget


class Step(StrEnum):
    """What to do about one request."""

    SERVE = "serve"
    ASK = "ask"  # what the tag is at now, and serve what is held if that cannot be had
    FETCH = "fetch"  # there is nothing to serve
    SERVE_STALE = "serve-stale"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Plan:
    """The step, why it is not a better one, and until when waiting would not help."""

    step: Step
    why: str = ""
    until: datetime | None = None


def plan_pull(
    upstream: UpstreamRegistry,
    standing: UpstreamStanding,
    now: datetime,
    *,
    is_held: bool,
    by_digest: bool,
    checked_at: datetime | None,
) -> Plan:
    """Decide about a manifest, by the numbered rules above."""
    if is_held and by_digest:
        return Plan(Step.SERVE)
    if is_held and checked_at is not None and checked_at <= now < checked_at + upstream.fresh_for:
        return Plan(Step.SERVE)
    quiet = quiet_plan(upstream, standing, now, is_held=is_held)
    if quiet is not None:
        return quiet
    return Plan(Step.ASK if is_held else Step.FETCH)


def quiet_plan(
    upstream: UpstreamRegistry, standing: UpstreamStanding, now: datetime, *, is_held: bool
) -> Plan | None:
    """What to do without asking the upstream, where it is not to be asked (rules 3 to 5)."""
    step = Step.SERVE_STALE if is_held else Step.REFUSE
    if standing.held_until is not None and now < standing.held_until:
        return Plan(
            step, f"the upstream is left in peace for a while: {standing.failure}", standing.held_until
        )
    if is_held and standing.spared_until is not None and now < standing.spared_until:
        return Plan(step, "the upstream has few requests left for us", standing.spared_until)
    most = int(upstream.requests_per_hour * _FOR_OLD_TAGS) if is_held else upstream.requests_per_hour
    if spent_now(standing, now) >= max(most, 1):
        begun = standing.window_at or now
        return Plan(
            step, f"our budget of {upstream.requests_per_hour} requests an hour is spent", begun + HOUR
        )
    return None


def spent_now(standing: UpstreamStanding, now: datetime) -> int:
    """How much of the budget of this hour is spent."""
    begun = standing.window_at
    return standing.spent if begun is not None and begun <= now < begun + HOUR else 0
