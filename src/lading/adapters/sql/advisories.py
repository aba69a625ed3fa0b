"""Advisories and feeds in SQL."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.advisories_import import FeedImport, read_document
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

    def feeds(self) -> tuple[FeedState, ...]:
        """Every feed, by name."""
        rows = self._connection.execute(sa.select(FEED).order_by(FEED.c.name))
        return tuple(
            FeedState(row.name, row.imported_at, row.published_at, row.digest, row.advisories) for row in rows
        )

    def advisory(self, feed: str, advisory_id: str) -> Advisory | None:
        """One advisory."""
        wanted = _standing().where(ADVISORY.c.feed == feed, ADVISORY.c.advisory_id == advisory_id)
        found = self._connection.execute(wanted).scalar_one_or_none()
        return None if found is None else read_document(found)

    def named(self, name: str) -> tuple[Advisory, ...]:
        """Every advisory one of whose names this is."""
        of_name = sa.select(ADVISORY_NAME.c.advisory).where(ADVISORY_NAME.c.name == name)
        return self._advisories(_standing().where(ADVISORY.c.id.in_(of_name)))

    def candidates(self, packages: Iterable[Package]) -> tuple[Advisory, ...]:
        """Every advisory, withdrawn ones apart, that speaks of one of these packages."""
        keys = {name_key(name) for package in packages for name in names_of(package)}
        spoken = sa.select(ADVISORY_PACKAGE.c.advisory).where(
            ADVISORY_PACKAGE.c.key.in_(one_of(self._connection, sorted(keys)))
        )
        wanted = _standing().where(ADVISORY.c.id.in_(spoken), ADVISORY.c.withdrawn.is_(False))
        return self._advisories(wanted)

    def severities(self, names: Iterable[str]) -> Mapping[str, Severity]:
        """The worst that any advisory says of each of these names."""
        wanted = (
            sa.select(ADVISORY_NAME.c.name, ADVISORY.c.document)
            .join_from(ADVISORY_NAME, ADVISORY)
            .where(
                ADVISORY_NAME.c.name.in_(one_of(self._connection, names)),
                ADVISORY.c.withdrawn.is_(False),
                ADVISORY.c.removed.is_(False),
            )
        )
        worst: dict[str, Severity] = {}
        for name, document in self._connection.execute(wanted):
            advisory = read_document(document)
            if advisory.severity is not Severity.UNKNOWN and not advisory.flaws:
                worst[name] = worse(worst.get(name, Severity.UNKNOWN), advisory.severity)
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

    def _advisories(self, wanted: sa.Select[Any]) -> tuple[Advisory, ...]:
        ordered = wanted.order_by(ADVISORY.c.feed, ADVISORY.c.advisory_id)
        return tuple(read_document(document) for document in self._connection.execute(ordered).scalars())

    def _take_turn(self, state: FeedState) -> None:
        """Imports of one feed go one after the other."""
        upsert(self._connection, FEED, _feed_row(state))


def _standing() -> sa.Select[Any]:
    return sa.select(ADVISORY.c.document).where(ADVISORY.c.removed.is_(False))


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
