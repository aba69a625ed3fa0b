"""Mirrors, the tags that they are about, and their last runs, in SQL."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.tables.mirrors import MIRROR, MIRROR_RUN, MIRROR_TAG
from lading.adapters.sql.writing import upsert
from lading.ports.records.mirrors import MirrorRun
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.registry.mirrors import MirrorRule, MirrorTag, TagState
from lading.registry.tag_pattern import TagPattern

_TAG = MIRROR_TAG.c


class SqlMirrors(OnConnection):
    """See ``lading.ports.records.mirrors.MirrorRecords``."""

    __slots__ = ()

    def save_mirror(self, rule: MirrorRule) -> None:
        """Keep a mirror."""
        row = {name: getattr(rule, name) for name in MirrorRule.__slots__ if name != "min_age"}
        row |= {"repositories": list(rule.repositories), "signers": list(rule.signers)}
        row |= {"tags": rule.tags.text, "min_age_seconds": int(rule.min_age.total_seconds())}
        upsert(self._connection, MIRROR, row)

    def mirrors(self) -> tuple[MirrorRule, ...]:
        """All of them."""
        return tuple(map(_rule, self._connection.execute(sa.select(MIRROR).order_by(MIRROR.c.name))))

    def mirror(self, name: str) -> MirrorRule | None:
        """One of them."""
        row = self._connection.execute(sa.select(MIRROR).where(MIRROR.c.name == name)).first()
        return None if row is None else _rule(row)

    def remove_mirror(self, name: str) -> bool:
        """Forget a mirror."""
        self._connection.execute(MIRROR_TAG.delete().where(_TAG.rule == name))
        self._connection.execute(MIRROR_RUN.delete().where(MIRROR_RUN.c.mirror == name))
        return self._connection.execute(MIRROR.delete().where(MIRROR.c.name == name)).rowcount == 1

    def last_run(self, name: str) -> MirrorRun | None:
        """The last run."""
        row = self._connection.execute(sa.select(MIRROR_RUN).where(MIRROR_RUN.c.mirror == name)).first()
        if row is None:
            return None
        return MirrorRun(row.started_at, row.ended_at, row.looked, row.brought, row.at, tuple(row.failures))

    def save_run(self, name: str, run: MirrorRun) -> None:
        """Note how far a run is."""
        row = {member: getattr(run, member) for member in MirrorRun.__slots__}
        upsert(self._connection, MIRROR_RUN, row | {"mirror": name, "failures": list(run.failures)})

    def tag(self, rule: str, repository: str, tag: str) -> MirrorTag | None:
        """What is known of a tag."""
        this = (_TAG.rule == rule, _TAG.repository == repository, _TAG.tag == tag)
        row = self._connection.execute(sa.select(MIRROR_TAG).where(*this)).first()
        return None if row is None else _tag(row)

    def tags(
        self, rule: str, *, state: TagState | None = None, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[MirrorTag]:
        """What is known of tags."""
        wanted = sa.select(MIRROR_TAG).where(_TAG.rule == rule)
        if state is not None:
            wanted = wanted.where(_TAG.state == state.value)
        if after:
            repository, _, name = after.rpartition(":")
            wanted = wanted.where(
                sa.tuple_(_TAG.repository, _TAG.tag) > sa.tuple_(sa.literal(repository), sa.literal(name))
            )
        wanted = wanted.order_by(_TAG.repository, _TAG.tag).limit(limit + 1)
        found = [_tag(row) for row in self._connection.execute(wanted)]
        page = tuple(found[:limit])
        return Page(page, f"{page[-1].repository}:{page[-1].tag}" if len(found) > limit else "")

    def save_tag(self, tag: MirrorTag) -> None:
        """Note what is known of a tag."""
        row = {name: getattr(tag, name) for name in MirrorTag.__slots__}
        upsert(self._connection, MIRROR_TAG, row | {"state": tag.state.value})

    def counts(self, rule: str) -> dict[TagState, int]:
        """How many tags are in each state."""
        counted = sa.select(_TAG.state, sa.func.count()).where(_TAG.rule == rule).group_by(_TAG.state)
        return {TagState(state): int(count) for state, count in self._connection.execute(counted)}


def _rule(row: sa.Row[Any]) -> MirrorRule:
    return MirrorRule(
        name=row.name,
        upstream=row.upstream,
        repositories=tuple(row.repositories),
        prefix=row.prefix,
        tags=TagPattern.parse(row.tags),
        versions=row.versions,
        newest=row.newest,
        min_age=timedelta(seconds=row.min_age_seconds),
        trust_created=row.trust_created,
        signers=tuple(row.signers),
        every_hours=row.every_hours,
        made_at=row.made_at,
        made_by=row.made_by,
    )


def _tag(row: sa.Row[Any]) -> MirrorTag:
    values = {name: getattr(row, name) for name in MirrorTag.__slots__}
    return MirrorTag(**(values | {"state": TagState(row.state)}))
