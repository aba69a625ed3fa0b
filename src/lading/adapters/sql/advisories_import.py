"""Replacing all that is known from a feed, as a stream, writing only what changed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from lading.adapters.sql.advisories_documents import advisory_row, affected_rows, read_affected
from lading.adapters.sql.columns import escape_text
from lading.adapters.sql.connection import in_batches
from lading.adapters.sql.contents_packages import MAX_NAME
from lading.adapters.sql.tables.advisories import (
    ADVISORY,
    ADVISORY_NAME,
    ADVISORY_PACKAGE,
    FEED_REALM,
    PACKAGE_MATCH,
)
from lading.adapters.sql.writing import insert_many, insert_new
from lading.advisories.advisory import Advisory
from lading.packages.package_name import PackageName
from lading.packages.realm import Realm, realm_of_name
from lading.ports.records.advisories import FeedChange


@dataclass(frozen=True, slots=True)
class _Known:
    row: int
    digest: bytes
    removed: bool


class FeedImport:
    """One replacement of one feed. It holds ids and digests of the feed's advisories, not their documents."""

    def __init__(self, connection: sa.Connection, feed: str) -> None:
        self._connection = connection
        self._feed = feed
        self._drop_unused()
        self._known = self._load_known()
        self._seen: set[str] = set()
        self._added: set[str] = set()
        self._changed: set[str] = set()
        self._names: set[PackageName] = set()
        self._realms: Counter[Realm] = Counter()  # statements more, or fewer, than there were

    def run(self, advisories: Iterable[Advisory]) -> tuple[FeedChange, int]:
        """Read all; return what changed, and how many there are. Of several with one id the last counts."""
        for batch in in_batches(advisories):
            self._write({advisory.id: advisory for advisory in batch})
        removed = sorted(
            name for name, known in self._known.items() if name not in self._seen and not known.removed
        )
        self._remove(removed)
        self._keep_realms()
        added, changed = tuple(sorted(self._added)), tuple(sorted(self._changed))
        return FeedChange(added, changed, tuple(removed), frozenset(self._names)), len(self._seen)

    def change(self, changed: Iterable[Advisory], removed: Iterable[str]) -> tuple[FeedChange, int]:
        """Put some in and take some out; the rest stays."""
        for batch in in_batches(changed):
            self._write({advisory.id: advisory for advisory in batch})
        gone = sorted(
            name
            for name in set(removed) - self._seen
            if name in self._known and not self._known[name].removed
        )
        self._remove(gone)
        self._keep_realms()
        count = sum(not known.removed for known in self._known.values()) - len(gone)
        added, altered = tuple(sorted(self._added)), tuple(sorted(self._changed))
        return FeedChange(added, altered, tuple(gone), frozenset(self._names)), count

    def _write(self, batch: dict[str, Advisory]) -> None:
        self._seen.update(batch)
        rows = {name: advisory_row(advisory) for name, advisory in batch.items()}
        new = [name for name in rows if name not in self._known]
        stale = [
            name
            for name in rows
            if name in self._known
            and (self._known[name].removed or self._known[name].digest != rows[name]["document_digest"])
        ]
        self._take_back_names([self._known[name].row for name in stale])
        if new:
            insert_new(self._connection, ADVISORY, [rows[name] for name in new])
            self._known.update(self._load_known(new))
        for name in stale:
            this = ADVISORY.update().where(ADVISORY.c.id == self._known[name].row)
            self._connection.execute(this.values(rows[name]))
        self._write_edges([(self._known[name].row, batch[name]) for name in (*new, *stale)])
        self._added |= {*new, *(name for name in stale if self._known[name].removed)}
        self._changed |= {name for name in stale if not self._known[name].removed} - self._added
        for name in stale:
            known = self._known[name]
            self._known[name] = _Known(known.row, rows[name]["document_digest"], removed=False)

    def _write_edges(self, advisories: Sequence[tuple[int, Advisory]]) -> None:
        """Names longer than a package's may be are left out: they could only match what is not kept."""
        names: list[tuple[int, str]] = []
        keys: list[tuple[int, str, bytes]] = []
        for row, advisory in advisories:
            spoken = {affected.package_name for affected in advisory.affected}
            self._names |= spoken
            if not advisory.withdrawn:
                self._realms.update(map(realm_of_name, spoken))
            keys += affected_rows(row, advisory)
            escaped = (escape_text(name) for name in advisory.names)
            names += [(row, name) for name in escaped if len(name.encode()) <= MAX_NAME]
        insert_many(self._connection, ADVISORY_NAME, names)
        insert_many(self._connection, ADVISORY_PACKAGE, keys)

    def _remove(self, names: Sequence[str]) -> None:
        rows = [self._known[name].row for name in names]
        self._take_back_names(rows)
        for batch in in_batches(rows):
            self._connection.execute(ADVISORY.update().where(ADVISORY.c.id.in_(batch)).values(removed=True))

    def _take_back_names(self, rows: Sequence[int]) -> None:
        """Delete the edges of advisories that change or go, and remember of which packages they spoke."""
        for batch in in_batches(rows):
            spoken = (
                sa.select(ADVISORY_PACKAGE.c.affected, ADVISORY.c.withdrawn)
                .join_from(ADVISORY_PACKAGE, ADVISORY)
                .where(ADVISORY_PACKAGE.c.advisory.in_(batch))
            )
            for row in self._connection.execute(spoken):
                names = {affected.package_name for _, affected in read_affected(row.affected)}
                self._names |= names
                if not row.withdrawn:
                    self._realms.subtract(map(realm_of_name, names))
            for edges in (ADVISORY_NAME, ADVISORY_PACKAGE):
                self._connection.execute(edges.delete().where(edges.c.advisory.in_(batch)))

    def _keep_realms(self) -> None:
        """Add what came to what is kept, and take off what went; what nothing is said of any more goes."""
        this = FEED_REALM.c.feed == self._feed
        statements = Counter(
            {
                Realm(row.type, row.release): row.statements
                for row in self._connection.execute(sa.select(FEED_REALM).where(this))
            }
        )
        statements.update(self._realms)
        self._connection.execute(FEED_REALM.delete().where(this))
        rows = [
            {"feed": self._feed, "type": realm.type, "release": realm.release, "statements": number}
            for realm, number in sorted(statements.items())
            if number > 0
        ]
        insert_new(self._connection, FEED_REALM, rows)

    def _drop_unused(self) -> None:
        """Delete advisories that were removed earlier and that no match rests on any more."""
        used = sa.select(PACKAGE_MATCH.c.advisory).where(PACKAGE_MATCH.c.advisory == ADVISORY.c.id).exists()
        self._connection.execute(
            ADVISORY.delete().where(ADVISORY.c.feed == self._feed, ADVISORY.c.removed.is_(True), ~used)
        )

    def _load_known(self, ids: Sequence[str] | None = None) -> dict[str, _Known]:
        columns = ADVISORY.c
        wanted = sa.select(columns.id, columns.advisory_id, columns.document_digest, columns.removed).where(
            columns.feed == self._feed
        )
        if ids is not None:
            wanted = wanted.where(columns.advisory_id.in_(ids))
        return {
            row.advisory_id: _Known(row.id, bytes(row.document_digest), row.removed)
            for row in self._connection.execute(wanted)
        }
