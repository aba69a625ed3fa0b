"""Other registries, the caches of them, and what is being brought in, in SQL."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection, one_of
from lading.adapters.sql.tables.upstreams import (
    CACHED_TAG,
    CONTENT_LEASE,
    PENDING_MANIFEST,
    UPSTREAM,
    UPSTREAM_CACHE,
)
from lading.adapters.sql.writing import insert_one, upsert
from lading.oci.digest import Digest
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.upstreams import CachedTag, PendingManifest
from lading.registry.rate_limits import Quota
from lading.registry.upstreams import Cache, Caches, UpstreamRegistry, UpstreamStanding

_UPSTREAM, _TAG, _PENDING, _LEASE = UPSTREAM.c, CACHED_TAG.c, PENDING_MANIFEST.c, CONTENT_LEASE.c
_BELOW = "0"  # the character after "/": what sorts before it, after "prefix/", lies below the prefix


class SqlUpstreams(OnConnection):
    """See ``lading.ports.records.upstreams.UpstreamRecords``."""

    __slots__ = ()

    def save_upstream(self, upstream: UpstreamRegistry) -> None:
        """Keep an upstream."""
        row = {
            "name": upstream.name,
            "url": upstream.url,
            "user_name": upstream.user,
            "sealed": upstream.sealed,
            "fresh_seconds": int(upstream.fresh_for.total_seconds()),
            "requests_per_hour": upstream.requests_per_hour,
            "made_at": upstream.made_at,
            "made_by": upstream.made_by,
            "spent": 0,
            "failure": "",
            **dict.fromkeys(("window_at", "held_until", "spared_until", "answered_at", "failed_at")),
        }
        upsert(self._connection, UPSTREAM, row)

    def upstreams(self) -> tuple[UpstreamRegistry, ...]:
        """All of them."""
        rows = self._connection.execute(sa.select(UPSTREAM).order_by(_UPSTREAM.name))
        return tuple(_upstream(row) for row in rows)

    def upstream(self, name: str) -> UpstreamRegistry | None:
        """One of them."""
        row = self._connection.execute(sa.select(UPSTREAM).where(_UPSTREAM.name == name)).first()
        return None if row is None else _upstream(row)

    def remove_upstream(self, name: str) -> bool:
        """Forget an upstream."""
        gone = self._connection.execute(UPSTREAM.delete().where(_UPSTREAM.name == name))
        return gone.rowcount == 1

    def standing(self, name: str) -> UpstreamStanding:
        """How it answers."""
        wanted = sa.select(*(UPSTREAM.c[column] for column in UpstreamStanding.__slots__))
        row = self._connection.execute(wanted.where(_UPSTREAM.name == name)).first()
        return UpstreamStanding() if row is None else UpstreamStanding(*row)

    def spend(self, name: str, now: datetime, *, since: datetime, most: int) -> bool:
        """Count a request, in one statement: so that two who ask at once are both counted."""
        is_over = sa.or_(_UPSTREAM.window_at.is_(None), _UPSTREAM.window_at <= since)
        counted = (
            UPSTREAM.update()
            .where(_UPSTREAM.name == name, sa.or_(is_over, _UPSTREAM.spent < most))
            .values(
                spent=sa.case((is_over, 1), else_=_UPSTREAM.spent + 1),
                window_at=sa.case(
                    (is_over, sa.literal(now, _UPSTREAM.window_at.type)), else_=_UPSTREAM.window_at
                ),
            )
        )
        return self._connection.execute(counted).rowcount == 1

    def note_answer(self, name: str, now: datetime, failure: str, quota: Quota) -> None:
        """Note how it answered."""
        said: dict[str, Any] = {"held_until": quota.held_until, "spared_until": quota.spared_until}
        said |= {"failed_at": now, "failure": failure} if failure else {"answered_at": now}
        self._connection.execute(UPSTREAM.update().where(_UPSTREAM.name == name).values(said))

    def save_cache(self, cache: Cache) -> None:
        """Keep a cache."""
        upsert(self._connection, UPSTREAM_CACHE, {name: getattr(cache, name) for name in Cache.__slots__})

    def caches(self) -> Caches:
        """All caches."""
        rows = self._connection.execute(sa.select(UPSTREAM_CACHE).order_by(UPSTREAM_CACHE.c.prefix))
        return Caches(tuple(Cache(*(getattr(row, name) for name in Cache.__slots__)) for row in rows))

    def remove_cache(self, prefix: str) -> bool:
        """Forget a cache with what was noted for it."""
        gone = self._connection.execute(UPSTREAM_CACHE.delete().where(UPSTREAM_CACHE.c.prefix == prefix))
        for table in (CACHED_TAG, PENDING_MANIFEST):
            self._connection.execute(table.delete().where(*_below(table, prefix)))
        return gone.rowcount == 1

    def save_tag(self, tag: CachedTag) -> None:
        """Note what a tag is at."""
        upsert(self._connection, CACHED_TAG, {name: getattr(tag, name) for name in CachedTag.__slots__})

    def tag(self, repository: str, name: str) -> CachedTag | None:
        """What was said of a tag."""
        wanted = sa.select(CACHED_TAG).where(_TAG.repository == repository, _TAG.name == name)
        row = self._connection.execute(wanted).first()
        return None if row is None else _tag(row)

    def mark_stale(self, repository: str, name: str, why: str) -> None:
        """Note why nothing newer is known."""
        this = CACHED_TAG.update().where(_TAG.repository == repository, _TAG.name == name)
        self._connection.execute(this.values(stale=why))

    def remove_tag(self, repository: str, name: str) -> None:
        """Forget a tag."""
        this = (_TAG.repository == repository, _TAG.name == name)
        self._connection.execute(CACHED_TAG.delete().where(*this))

    def tags(self, prefix: str, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[CachedTag]:
        """What is known of tags below a prefix."""
        wanted = sa.select(CACHED_TAG).where(*_below(CACHED_TAG, prefix))
        if after:
            repository, _, name = after.rpartition(":")
            wanted = wanted.where(sa.tuple_(_TAG.repository, _TAG.name) > sa.tuple_(repository, name))
        wanted = wanted.order_by(_TAG.repository, _TAG.name).limit(limit + 1)
        found = [_tag(row) for row in self._connection.execute(wanted)]
        more = len(found) > limit
        page = tuple(found[:limit])
        return Page(page, f"{page[-1].repository}:{page[-1].name}" if more else "")

    def tags_at(self, repository: str, digest: Digest) -> tuple[str, ...]:
        """Names of tags that are at a manifest."""
        wanted = sa.select(_TAG.name).where(_TAG.repository == repository, _TAG.digest == digest)
        return tuple(self._connection.execute(wanted.order_by(_TAG.name)).scalars())

    def save_pending(self, manifest: PendingManifest) -> None:
        """Keep a manifest until its content is here."""
        row = {name: getattr(manifest, name) for name in PendingManifest.__slots__}
        insert_one(self._connection, PENDING_MANIFEST, row)

    def pending(self, repository: str, digest: Digest) -> PendingManifest | None:
        """A manifest that waits."""
        wanted = sa.select(PENDING_MANIFEST).where(
            _PENDING.repository == repository, _PENDING.digest == digest
        )
        row = self._connection.execute(wanted).first()
        return None if row is None else _pending(row)

    def pending_in(self, repository: str, *, limit: int = DEFAULT_LIMIT) -> tuple[PendingManifest, ...]:
        """Manifests of a repository that wait."""
        wanted = sa.select(PENDING_MANIFEST).where(_PENDING.repository == repository)
        wanted = wanted.order_by(_PENDING.fetched_at.desc(), _PENDING.digest).limit(limit)
        return tuple(_pending(row) for row in self._connection.execute(wanted))

    def pending_before(
        self, moment: datetime, media_types: Iterable[str], *, limit: int = DEFAULT_LIMIT
    ) -> tuple[PendingManifest, ...]:
        """Manifests of all repositories that wait."""
        of_these = _PENDING.media_type.in_(tuple(media_types))
        wanted = sa.select(PENDING_MANIFEST).where(_PENDING.fetched_at < moment, of_these)
        wanted = wanted.order_by(_PENDING.fetched_at, _PENDING.repository, _PENDING.digest).limit(limit)
        return tuple(_pending(row) for row in self._connection.execute(wanted))

    def forget_pending(self, before: datetime) -> int:
        """Forget what waits for long."""
        return self._connection.execute(
            PENDING_MANIFEST.delete().where(_PENDING.fetched_at < before)
        ).rowcount

    def remove_pending(self, repository: str, digests: Iterable[Digest]) -> None:
        """Forget manifests."""
        these = one_of(self._connection, map(str, digests))
        here = _PENDING.repository == repository
        self._connection.execute(PENDING_MANIFEST.delete().where(here, _PENDING.digest.in_(these)))

    def take_lease(self, key: str, holder: str, now: datetime, until: datetime) -> bool:
        """Whether ``holder`` alone may bring something in."""
        row = {"key": key, "holder": holder, "leased_until": until}
        if insert_one(self._connection, CONTENT_LEASE, row):
            return True
        free = sa.or_(_LEASE.leased_until <= now, _LEASE.holder == holder)
        taken = CONTENT_LEASE.update().where(_LEASE.key == key, free)
        return self._connection.execute(taken.values(holder=holder, leased_until=until)).rowcount == 1

    def end_lease(self, key: str, holder: str) -> None:
        """Give a lease back."""
        this = (_LEASE.key == key, _LEASE.holder == holder)
        self._connection.execute(CONTENT_LEASE.delete().where(*this))


def _below(table: sa.Table, prefix: str) -> tuple[sa.ColumnElement[bool], ...]:
    repository = table.c.repository
    return repository > f"{prefix}/", repository < f"{prefix}{_BELOW}"


def _upstream(row: sa.Row[Any]) -> UpstreamRegistry:
    return UpstreamRegistry(
        name=row.name,
        url=row.url,
        user=row.user_name,
        sealed=row.sealed,
        fresh_for=timedelta(seconds=row.fresh_seconds),
        requests_per_hour=row.requests_per_hour,
        made_at=row.made_at,
        made_by=row.made_by,
    )


def _tag(row: sa.Row[Any]) -> CachedTag:
    return CachedTag(row.repository, row.name, row.digest, row.checked_at, row.stale)


def _pending(row: sa.Row[Any]) -> PendingManifest:
    return PendingManifest(row.repository, row.digest, row.media_type, row.raw, row.fetched_at)
