"""Advisories and feeds in SQL."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.advisories_documents import read_advisory
from lading.adapters.sql.advisories_import import FeedImport
from lading.adapters.sql.columns import escape_text
from lading.adapters.sql.connection import OnConnection, in_batches, one_of
from lading.adapters.sql.contents_packages import name_key
from lading.adapters.sql.tables.advisories import (
    ADVISORY,
    ADVISORY_NAME,
    ADVISORY_PACKAGE,
    EXPLOIT_SCORE,
    FEED,
    FEED_FETCH,
    FEED_REALM,
)
from lading.adapters.sql.writing import insert_many, upsert
from lading.advisories.advisory import Advisory, Severity
from lading.advisories.cvss import worse
from lading.advisories.exploit_score import ExploitScore
from lading.advisories.feed_realms import speaks_for
from lading.foundation.errors import Malformed
from lading.packages.package import Package
from lading.packages.package_name import names_of
from lading.packages.realm import Realm
from lading.ports.records.advisories import FeedChange, FeedFetch, FeedRealm, FeedState


class SqlAdvisories(OnConnection):
    """See ``lading.ports.records.advisories.AdvisoryRecords``."""

    __slots__ = ()

    def replace_feed(self, state: FeedState, advisories: Iterable[Advisory]) -> FeedChange:
        """Make ``advisories`` all that is known from the feed."""
        self._take_turn(state)
        change, count = FeedImport(self._connection, state.name).run(_of_feed(state.name, advisories))
        upsert(self._connection, FEED, _feed_row(replace(state, count=count)))
        return change

    def change_feed(
        self, state: FeedState, changed: Iterable[Advisory], removed: Iterable[str]
    ) -> FeedChange:
        """Put ``changed`` in, take the ids ``removed`` out, and leave the rest of the feed as it is."""
        self._take_turn(state)
        replacing = FeedImport(self._connection, state.name)
        change, count = replacing.change(_of_feed(state.name, changed), removed)
        upsert(self._connection, FEED, _feed_row(replace(state, count=count)))
        return change

    def drop_feed(self, name: str) -> FeedChange | None:
        """Take out a feed with all that it says; None when there is none of this name."""
        if self._connection.execute(FEED.delete().where(FEED.c.name == name)).rowcount == 0:
            return None
        if name.partition("/")[0] == _SCORES:
            self._connection.execute(EXPLOIT_SCORE.delete())
        return FeedImport(self._connection, name).run(())[0]

    def feed_realms(self) -> tuple[FeedRealm, ...]:
        """What each feed speaks of, by feed and realm."""
        rows = self._connection.execute(sa.select(FEED_REALM).order_by(*FEED_REALM.primary_key))
        return tuple(FeedRealm(row.feed, Realm(row.type, row.release), row.statements) for row in rows)

    def held_realms(self) -> frozenset[Realm]:
        """The realms that some feed speaks for."""
        return frozenset(each.realm for each in self.feed_realms() if speaks_for(each.feed, each.realm))

    def replace_scores(self, state: FeedState, scores: Iterable[ExploitScore]) -> int:
        """Make these all the scores there are."""
        self._take_turn(state)
        self._connection.execute(EXPLOIT_SCORE.delete())
        count = 0
        for batch in in_batches({score.flaw: score for score in scores}.values(), size=20_000):
            rows = [(escape_text(each.flaw), each.score, each.percentile) for each in batch]
            insert_many(self._connection, EXPLOIT_SCORE, rows)
            count += len(rows)
        upsert(self._connection, FEED, _feed_row(replace(state, count=count)))
        return count

    def exploit_scores(self, names: Iterable[str]) -> Mapping[str, ExploitScore]:
        """The scores of those of these names that have one."""
        wanted = sa.select(EXPLOIT_SCORE).where(EXPLOIT_SCORE.c.flaw.in_(one_of(self._connection, names)))
        return {row.flaw: _score(row) for row in self._connection.execute(wanted)}

    def all_scores(self) -> Iterator[ExploitScore]:
        """Every score, by flaw."""
        yield from map(
            _score, self._connection.execute(sa.select(EXPLOIT_SCORE).order_by(EXPLOIT_SCORE.c.flaw))
        )

    def note_fetch(self, fetch: FeedFetch) -> None:
        """Remember how fetching went."""
        row = {
            "name": fetch.name,
            "url": fetch.url,
            "attempted_at": fetch.attempted_at,
            "problem": fetch.problem,
        }
        if fetch.succeeded_at is not None:
            row["succeeded_at"] = fetch.succeeded_at
        upsert(self._connection, FEED_FETCH, row)

    def fetches(self) -> tuple[FeedFetch, ...]:
        """How fetching each feed went last, by name."""
        rows = self._connection.execute(sa.select(FEED_FETCH).order_by(FEED_FETCH.c.name))
        return tuple(
            FeedFetch(row.name, row.url, row.attempted_at, row.succeeded_at, row.problem) for row in rows
        )

    def content_digests(self, feed: str) -> Mapping[str, bytes]:
        """A digest of all that each advisory of a feed says, by id."""
        wanted = sa.select(ADVISORY.c.advisory_id, ADVISORY.c.document_digest).where(
            ADVISORY.c.feed == feed, ADVISORY.c.removed.is_(False)
        )
        return {row.advisory_id: bytes(row.document_digest) for row in self._connection.execute(wanted)}

    def all_of(self, feed: str, ids: Iterable[str]) -> Iterator[Advisory]:
        """Whole advisories of a feed, by id."""
        for batch in in_batches(sorted(set(ids))):
            yield from self._whole(
                ADVISORY.c.feed == feed, ADVISORY.c.advisory_id.in_(one_of(self._connection, batch))
            )

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


_SCORES = "epss"  # the format of the feed whose records are scores and not advisories
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


def _score(row: sa.Row[Any]) -> ExploitScore:
    return ExploitScore(row.flaw, row.score, row.percentile)


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
