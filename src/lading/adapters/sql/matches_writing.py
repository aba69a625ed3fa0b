"""Replacing what is known of some packages, writing only what changed."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias

import msgspec
import sqlalchemy as sa
from sqlalchemy.types import NULLTYPE

from lading.adapters.sql.columns import escape_text, unescape_text
from lading.adapters.sql.connection import in_batches, one_of
from lading.adapters.sql.contents_packages import package_of
from lading.adapters.sql.tables.advisories import ADVISORY, PACKAGE_MATCH
from lading.adapters.sql.tables.contents import PACKAGE
from lading.adapters.sql.writing import insert_many
from lading.advisories.advisory import Severity
from lading.foundation.errors import NotFound
from lading.packages.package import Package
from lading.ports.records.contents import KnownPackage
from lading.ports.records.matches import Match, MatchChange, MatchStatus

MATCHES = (
    sa.select(PACKAGE, PACKAGE_MATCH, ADVISORY.c.feed, ADVISORY.c.advisory_id)
    .join_from(PACKAGE_MATCH, PACKAGE)
    .join(ADVISORY, ADVISORY.c.id == PACKAGE_MATCH.c.advisory)
)

# As they are kept: reading a million rows only to see that they are as they were must cost little.
_COLUMNS: list[Any] = [sa.type_coerce(column, NULLTYPE) for column in PACKAGE_MATCH.columns]
_AS_KEPT = sa.select(*_COLUMNS)
_Key: TypeAlias = tuple[int, str]  # package and flaw, as kept
_Row: TypeAlias = tuple[Any, ...]


def match_of(row: sa.Row[Any]) -> Match:
    """Read a row of ``MATCHES``."""
    return Match(
        package=package_of(row),
        flaw=row.flaw,
        feed=row.feed,
        advisory_id=row.advisory_id,
        status=MatchStatus(row.status),
        severity=Severity(row.severity),
        fixed_in=row.fixed_in,
        reason=row.reason,
    )


class MatchReplacement:
    """One replacement of the matches of some packages."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def run(self, packages: Sequence[KnownPackage], matches: Sequence[Match]) -> tuple[MatchChange, ...]:
        """Write what is new or another, delete what is gone, and tell both."""
        numbers = {known.package: known.number for known in packages}
        new = self._rows(matches, numbers)
        old = self._kept(sorted(numbers.values()))
        stale = [key for key, row in old.items() if new.get(key, (None,))[0] != row]
        fresh = [key for key, (row, _) in new.items() if old.get(key) != row]
        before = self._matches(stale)
        self._delete(stale)
        rows = sorted(new[key][0] for key in fresh)
        insert_many(self._connection, PACKAGE_MATCH, rows)
        self._settle(sorted(numbers.values()))
        after = {key: new[key][1] for key in fresh}
        return tuple(
            MatchChange(before.get(key), after.get(key)) for key in sorted(before.keys() | after.keys())
        )

    def _rows(
        self, matches: Sequence[Match], numbers: Mapping[Package, int]
    ) -> dict[_Key, tuple[_Row, Match]]:
        advisories = self._advisory_rows(matches)
        reasons: dict[int, str] = {}  # versions of one source share them
        rows: dict[_Key, tuple[_Row, Match]] = {}
        for match in matches:
            package_id = numbers.get(match.package)
            advisory = advisories.get((match.feed, match.advisory_id))
            if package_id is None:
                name = f"{match.package.name} {match.package.version}"
                raise NotFound("package-unknown", f"{name} is not among the packages that were matched")
            if advisory is None:
                raise NotFound("advisory-unknown", f"{match.feed} has no advisory {match.advisory_id}")
            reason = reasons.get(id(match.reason))
            if reason is None:
                reason = reasons[id(match.reason)] = _encode(match.reason)
            flaw = escape_text(match.flaw)
            row = (
                package_id,
                flaw,
                advisory,
                match.status.value,
                match.severity.value,
                escape_text(match.fixed_in),
                reason,
            )
            rows[package_id, flaw] = row, match
        return rows

    def _kept(self, package_ids: Sequence[int]) -> dict[_Key, _Row]:
        found: dict[_Key, _Row] = {}
        for batch in in_batches(package_ids):
            rows = self._connection.execute(_AS_KEPT.where(PACKAGE_MATCH.c.package_id.in_(batch)))
            for row in rows:
                found[row[0], row[1]] = tuple(row)
        return found

    def _matches(self, keys: Sequence[_Key]) -> dict[_Key, Match]:
        wanted = set(keys)
        found: dict[_Key, Match] = {}
        for batch in in_batches(sorted({package_id for package_id, _ in keys})):
            for row in self._connection.execute(MATCHES.where(PACKAGE_MATCH.c.package_id.in_(batch))):
                key = (row.package_id, escape_text(row.flaw))
                if key in wanted:
                    found[key] = match_of(row)
        return found

    def _delete(self, keys: Sequence[_Key]) -> None:
        for package_id, each in groupby(sorted(keys), key=lambda key: key[0]):
            flaws = [unescape_text(flaw) for _, flaw in each]
            these = PACKAGE_MATCH.c.flaw.in_(one_of(self._connection, flaws))
            self._connection.execute(
                PACKAGE_MATCH.delete().where(PACKAGE_MATCH.c.package_id == package_id, these)
            )

    def _settle(self, package_ids: Sequence[int]) -> None:
        for batch in in_batches(package_ids):
            these = PACKAGE.c.id.in_(batch)
            self._connection.execute(PACKAGE.update().where(these).values(matched=True, ever_matched=True))

    def _advisory_rows(self, matches: Sequence[Match]) -> dict[tuple[str, str], int]:
        ids: dict[str, set[str]] = {}
        for match in matches:
            ids.setdefault(match.feed, set()).add(match.advisory_id)
        found: dict[tuple[str, str], int] = {}
        for feed, wanted in ids.items():
            rows = sa.select(ADVISORY.c.id, ADVISORY.c.advisory_id).where(
                ADVISORY.c.feed == feed,
                ADVISORY.c.advisory_id.in_(one_of(self._connection, sorted(wanted))),
            )
            found |= {(feed, row.advisory_id): row.id for row in self._connection.execute(rows)}
        return found


def _encode(reason: Mapping[str, object]) -> str:
    """JSON that the column type ``Json`` reads."""
    try:
        return msgspec.json.encode(reason).decode()
    except UnicodeEncodeError:  # a lone surrogate, which only the other writer escapes
        return json.dumps(dict(reason))
