"""Other registries, the caches of them, and what is held of their tags."""

from dataclasses import dataclass
from datetime import datetime

from lading.console.formats.instants import Instant, instant, relative
from lading.console.links import image_link, list_link
from lading.console.views.badges import Badge, Tone
from lading.ports.records.upstreams import CachedTag
from lading.registry.upstreams import Cache
from lading.workflows.upstream_accounts import ShownUpstream


@dataclass(frozen=True, slots=True)
class UpstreamRow:
    """One upstream and how it answers."""

    name: str
    url: str
    user: str
    badge: Badge
    failure: str
    answered: Instant | None
    spent: int
    budget: int


@dataclass(frozen=True, slots=True)
class CacheRow:
    """One cache; ``is_shown`` where its tags are below."""

    prefix: str
    link: str
    upstream: str
    remote_prefix: str
    namespace: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class CachedTagRow:
    """One tag and what is known of it."""

    name: str
    link: str
    digest: str
    badge: Badge
    stale: str
    checked: Instant


@dataclass(frozen=True, slots=True)
class CachesView:
    """The whole page."""

    upstreams: tuple[UpstreamRow, ...]
    caches: tuple[CacheRow, ...]
    prefix: str
    tags: tuple[CachedTagRow, ...]
    next_link: str
    first_link: str


def upstream_row(shown: ShownUpstream, now: datetime) -> UpstreamRow:
    """Make a row."""
    upstream, standing = shown.upstream, shown.standing
    return UpstreamRow(
        name=upstream.name,
        url=upstream.url,
        user=upstream.user,
        badge=_standing(shown, now),
        failure=standing.failure,
        answered=instant(standing.answered_at, now) if standing.answered_at else None,
        spent=shown.spent,
        budget=upstream.requests_per_hour,
    )


def cache_row(cache: Cache, *, shown: str) -> CacheRow:
    """Make a row."""
    return CacheRow(
        prefix=cache.prefix,
        link=list_link("/registry/caches", cache=cache.prefix),
        upstream=cache.upstream,
        remote_prefix=cache.remote_prefix,
        namespace=cache.namespace,
        is_shown=cache.prefix == shown,
    )


def cached_tag_row(tag: CachedTag, now: datetime) -> CachedTagRow:
    """Make a row."""
    return CachedTagRow(
        name=f"{tag.repository}:{tag.name}",
        link=image_link(tag.repository, str(tag.digest)),
        digest=tag.digest.hex[:12],
        badge=Badge(Tone.WARN, "Stale") if tag.stale else Badge(Tone.GOOD, "As asked"),
        stale=tag.stale,
        checked=instant(tag.checked_at, now),
    )


def _standing(shown: ShownUpstream, now: datetime) -> Badge:
    standing = shown.standing
    if standing.held_until is not None and standing.held_until > now:
        return Badge(Tone.BAD, "Not asked", f"It is asked again {relative(standing.held_until, now)}.")
    if shown.spent >= shown.upstream.requests_per_hour:
        return Badge(Tone.WARN, "Budget spent", "It is asked again when the hour is over.")
    if standing.does_not_help:
        return Badge(Tone.BAD, "Does not help")
    if standing.spared_until is not None and standing.spared_until > now:
        return Badge(Tone.WARN, "Spared", "It said that few requests are left: old tags wait.")
    if standing.answered_at is None:
        return Badge(Tone.QUIET, "Not asked yet")
    return Badge(Tone.GOOD, "Answers")
