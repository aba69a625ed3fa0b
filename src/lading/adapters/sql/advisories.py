"""Advisories and feeds in SQL."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.advisories_documents import read_advisory
from lading.adapters.sql.advisories_import import FeedImport
from lading.adapters.sql.connection import OnConnection, one_of
from lading.adapters.sql.contents_packages import name_key
from lading.adapters.sql.tables.advisories import ADVISORY, ADVISORY_NAME, ADVISORY_PACKAGE, FEED
from lading.adapters.sql.writing import upsert
from lading.advisories.advisory import Advisory, Severity
from lading.advisories.cvss import worse
from lading.foundation.errors import Malformed
from lading.packages.package import Package
from lading.packages.package_name import names_of
from lading.ports.records.advisories import FeedChange, FeedState


class SqlAdvisories(OnConnection):
    """See ``lading.ports.records.advisories.AdvisoryRecords``."""

    __slots__ = ()

    def replace_feed(self, state: FeedState, advisories: Iterable[Advisory]) -> FeedChange:
        """Make ``advisories`` all that is known from the feed."""
        self._take_turn(state)
        change, count = FeedImport(self._connection, state.name).run(_of_feed(state.name, advisories))
        upsert(self._connection, FEED, _feed_row(replace(state, count=count)))
        return change

    def confirm_feed(self, name: str, *, at: datetime) -> bool:
        """Remember that the feed is still as it is held."""
        this = FEED.update().where(FEED.c.name == name).values(imported_at=at)
        return self._connection.execute(this).rowcount > 0

    def feeds(self) -> tuple[FeedState, ...]:
        """Every feed, by name."""
        rows = self._connection.execute(sa.select(FEED).order_by(FEED.c.name))
        return tuple(
            FeedState(row.name, row.imported_at, row.published_at, row.digest, row.advisories) for row in rows
        )

    def advisory(self, feed: str, advisory_id: str) -> Advisory | None:
        """One advisory."""
        found = self._whole(ADVISORY.c.feed == feed, ADVISORY.c.advisory_id == advisory_id)
        return found[0] if found else None

    def named(self, name: str) -> tuple[Advisory, ...]:
        """Every advisory one of whose names this is."""
        of_name = sa.select(ADVISORY_NAME.c.advisory).where(ADVISORY_NAME.c.name == name)
        return self._whole(ADVISORY.c.id.in_(of_name))

    def candidates(self, packages: Iterable[Package]) -> tuple[Advisory, ...]:
        """Every advisory, withdrawn ones apart, that speaks of one of these packages, and what it says."""
        keys = {name_key(name) for package in packages for name in names_of(package)}
        wanted = (
            _STANDING.add_columns(ADVISORY_PACKAGE.c.affected)
            .join(ADVISORY_PACKAGE, ADVISORY_PACKAGE.c.advisory == ADVISORY.c.id)
            .where(
                ADVISORY_PACKAGE.c.key.in_(one_of(self._connection, sorted(keys))),
                ADVISORY.c.withdrawn.is_(False),
            )
        )
        return _assemble(self._connection.execute(wanted))

    def severities(self, names: Iterable[str]) -> Mapping[str, Severity]:
        """The worst that any advisory says of each of these names."""
        wanted = (
            sa.select(ADVISORY_NAME.c.name, ADVISORY.c.rating)
            .join_from(ADVISORY_NAME, ADVISORY)
            .where(
                ADVISORY_NAME.c.name.in_(one_of(self._connection, names)),
                ADVISORY.c.rating != Severity.UNKNOWN.value,
                ADVISORY.c.withdrawn.is_(False),
                ADVISORY.c.removed.is_(False),
            )
            .distinct()
        )
        worst: dict[str, Severity] = {}
        for name, rating in self._connection.execute(wanted):
            worst[name] = worse(worst.get(name, Severity.UNKNOWN), Severity(rating))
        return worst

    def known_exploited(self, names: Iterable[str]) -> frozenset[str]:
        """Those of these names that an advisory of exploited flaws has."""
        wanted = (
            sa.select(ADVISORY_NAME.c.name)
            .join_from(ADVISORY_NAME, ADVISORY)
            .where(
                ADVISORY_NAME.c.name.in_(one_of(self._connection, names)),
                ADVISORY.c.known_exploited.is_(True),
                ADVISORY.c.withdrawn.is_(False),
                ADVISORY.c.removed.is_(False),
            )
        )
        return frozenset(self._connection.execute(wanted).scalars())

    def _whole(self, *conditions: sa.ColumnElement[bool]) -> tuple[Advisory, ...]:
        wanted = (
            _STANDING.add_columns(ADVISORY_PACKAGE.c.affected)
            .outerjoin(ADVISORY_PACKAGE, ADVISORY_PACKAGE.c.advisory == ADVISORY.c.id)
            .where(*conditions)
        )
        return _assemble(self._connection.execute(wanted))

    def _take_turn(self, state: FeedState) -> None:
        """Imports of one feed go one after the other."""
        upsert(self._connection, FEED, _feed_row(state))


_STANDING = (
    sa.select(ADVISORY.c.id, ADVISORY.c.document)
    .where(ADVISORY.c.removed.is_(False))
    .order_by(ADVISORY.c.feed, ADVISORY.c.advisory_id)
)


def _assemble(rows: Iterable[sa.Row[Any]]) -> tuple[Advisory, ...]:
    """Put advisories together from a row for each package that they speak of, in the order of the rows."""
    documents: dict[int, bytes] = {}
    said: dict[int, list[bytes]] = {}
    for row in rows:
        documents.setdefault(row.id, row.document)
        said.setdefault(row.id, []).extend([row.affected] if row.affected is not None else [])
    return tuple(read_advisory(document, said[row]) for row, document in documents.items())


def _of_feed(feed: str, advisories: Iterable[Advisory]) -> Iterable[Advisory]:
    for advisory in advisories:
        if advisory.feed != feed:
            raise Malformed("advisory-of-other-feed", f"{advisory.id} is of {advisory.feed}, not of {feed}")
        yield advisory


def _feed_row(state: FeedState) -> dict[str, Any]:
    return {
        "name": state.name,
        "imported_at": state.imported_at,
        "published_at": state.published_at,
        "digest": state.digest,
        "advisories": state.count,
    }
