"""Package versions against advisories in SQL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.advisories import SqlAdvisories
from lading.adapters.sql.advisories_documents import read_advisory
from lading.adapters.sql.connection import OnConnection, in_batches, one_of, one_of_numbers
from lading.adapters.sql.contents_holders import is_shown
from lading.adapters.sql.contents_packages import (
    PACKAGES_AS_KEPT,
    find_packages,
    name_key,
    package_as_kept,
    package_of,
)
from lading.adapters.sql.contents_visible import first_layers, installed_package, visible
from lading.adapters.sql.matches_writing import MATCHES, MatchReplacement, match_of
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.registry_places import SqlPlaces
from lading.adapters.sql.tables.advisories import (
    ADVISORY,
    ADVISORY_NAME,
    PACKAGE_MATCH,
    VERDICT_ACKNOWLEDGEMENT,
    VERDICT_CHANGE,
)
from lading.adapters.sql.tables.contents import IMAGE, IMAGE_LAYER, PACKAGE, PACKAGE_NAME
from lading.adapters.sql.vex import SqlVex
from lading.adapters.sql.writing import insert_new, insert_one
from lading.advisories.advisory import Advisory, Severity
from lading.advisories.vex import VexStatement, strongest
from lading.matching.finding import reason_of_json
from lading.matching.statements import cleared_reason
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.packages.package_name import PackageName
from lading.packages.realm import Realm, RealmNumbers, realms_of, unjudged
from lading.packages.release import release_of
from lading.ports.records.contents import KnownPackage
from lading.ports.records.matches import (
    Acknowledgement,
    FindingCounts,
    ImageFinding,
    Match,
    MatchChange,
    MatchStatus,
    VerdictChange,
)
from lading.ports.records.page import DEFAULT_LIMIT, Page


class SqlMatches(OnConnection):
    """See ``lading.ports.records.matches.MatchRecords``."""

    __slots__ = ()

    def packages_to_match(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[KnownPackage]:
        """Distinct package versions that have never been matched, or are to be matched again."""
        wanted = PACKAGES_AS_KEPT.where(PACKAGE.c.matched.is_(False))
        key = (PACKAGE.c.name_key, PACKAGE.c.id)

        def make(row: sa.Row[Any]) -> KnownPackage:
            return KnownPackage(row[0], package_as_kept(row), new=not row.ever_matched)

        return fetch_page(self._connection, wanted, key, make, after=after, limit=limit)

    def match_again(self, names: Iterable[PackageName], flaws: Iterable[str]) -> int:
        """Put packages to be matched again."""
        keys = sorted({name_key(name) for name in names})
        named = sa.select(PACKAGE_NAME.c.package_id).where(
            PACKAGE_NAME.c.key.in_(one_of(self._connection, keys))
        )
        flawed = sa.select(PACKAGE_MATCH.c.package_id).where(
            PACKAGE_MATCH.c.flaw.in_(one_of(self._connection, sorted(set(flaws))))
        )
        for these in (named, flawed):
            self._put_to_be_matched(PACKAGE.c.id.in_(these))
        return self._waiting()

    def match_owned_again(self, realms: Iterable[Realm]) -> int:
        """Put packages to be matched that a distribution ships whose realm is one of these."""
        wanted = set(realms)
        owned = PACKAGE.c.owner != ""
        distros = self._connection.execute(sa.select(PACKAGE.c.distro).where(owned).distinct()).scalars()
        for distro in list(distros) if wanted else ():
            release = release_of(distro) if distro else ""
            for realm in wanted:
                if realm.release == release:
                    by = PACKAGE.c.owner.startswith(f"{realm.type}/", autoescape=True)
                    self._put_to_be_matched(owned, PACKAGE.c.distro == distro, by)
        return self._waiting()

    def _put_to_be_matched(self, *these: sa.ColumnElement[bool]) -> None:
        again = PACKAGE.update().where(*these, PACKAGE.c.matched.is_(True))
        self._connection.execute(again.values(matched=False))

    def _waiting(self) -> int:
        waiting = sa.select(sa.func.count()).select_from(PACKAGE).where(PACKAGE.c.matched.is_(False))
        return int(self._connection.execute(waiting).scalar_one())

    def unjudged_packages(self) -> RealmNumbers:
        """How many distinct package versions nothing that is held could judge."""
        wanted = sa.select(*_REALM_COLUMNS, sa.func.count().label("packages")).group_by(*_REALM_COLUMNS)
        numbers = _by_realms(self._connection.execute(wanted))
        return unjudged(numbers, SqlAdvisories(self._connection).held_realms())

    def never_matched(self, manifest: Digest) -> int:
        """How many of an image's visible packages have never been matched."""
        of_image = sa.select(IMAGE.c.id).where(IMAGE.c.manifest == manifest).scalar_subquery()
        seen = visible(IMAGE_LAYER.c.image_id == of_image)
        new = sa.and_(PACKAGE.c.id == seen.c.package_id, PACKAGE.c.ever_matched.is_(False))
        counted = sa.select(sa.func.count(sa.distinct(PACKAGE.c.id))).join_from(PACKAGE, seen, new)
        return int(self._connection.execute(counted).scalar_one())

    def packages_named(
        self, names: Iterable[PackageName], *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[Package]:
        """Known package versions that have one of these names."""
        keys = sorted({name_key(name) for name in names})
        named = sa.select(PACKAGE_NAME.c.package_id).where(
            PACKAGE_NAME.c.key.in_(one_of(self._connection, keys))
        )
        wanted = sa.select(PACKAGE).where(PACKAGE.c.id.in_(named))
        return fetch_page(self._connection, wanted, (PACKAGE.c.id,), package_of, after=after, limit=limit)

    def matches_of(self, packages: Iterable[Package]) -> tuple[Match, ...]:
        """All that is known of these packages, by package and flaw."""
        found: list[Match] = []
        for batch in in_batches(find_packages(self._connection, packages).values()):
            rows = self._connection.execute(MATCHES.where(PACKAGE_MATCH.c.package_id.in_(batch)))
            found += [match_of(row) for row in rows]
        return tuple(sorted(found, key=lambda match: (match.package, match.flaw)))

    def replace_matches(
        self, packages: Iterable[KnownPackage], matches: Iterable[Match]
    ) -> tuple[MatchChange, ...]:
        """Make ``matches`` all that is known of ``packages``."""
        return MatchReplacement(self._connection).run(list(packages), list(matches))

    def note_changes(self, changes: Iterable[VerdictChange]) -> None:
        """Remember that verdicts changed."""
        rows = [
            {
                "package_id": change.package.number,
                "flaw": change.flaw,
                "severity": change.severity.value,
                "before": change.before.value if change.before else "",
                "after": change.after.value if change.after else "",
                "fixed_in": change.fixed_in,
                "at": change.at,
            }
            for change in changes
        ]
        insert_new(self._connection, VERDICT_CHANGE, rows)

    def verdict_changes(
        self,
        *,
        severity: Severity | None = None,
        waiting: bool = False,
        after: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> Page[VerdictChange]:
        """Verdicts that changed, the newest first."""
        wanted = _CHANGES
        if severity is not None:
            wanted = wanted.where(VERDICT_CHANGE.c.severity == severity.value)
        if waiting:
            wanted = wanted.where(*_WAITS)
        key = (VERDICT_CHANGE.c.sequence,)
        return fetch_page(
            self._connection, wanted, key, _verdict_change, after=after, limit=limit, descending=True
        )

    def verdict_change(self, number: int) -> VerdictChange | None:
        """The change of this number."""
        row = self._connection.execute(_CHANGES.where(VERDICT_CHANGE.c.sequence == number)).first()
        return _verdict_change(row) if row else None

    def count_waiting_changes(self, *, most: int) -> int:
        """How many changes wait that are about what some image shows."""
        waiting = (
            sa.select(VERDICT_CHANGE.c.sequence)
            .join_from(VERDICT_CHANGE, VERDICT_ACKNOWLEDGEMENT, isouter=True)
            .where(*_WAITS, is_shown(VERDICT_CHANGE.c.package_id))
            .limit(most)
        )
        counted = sa.select(sa.func.count()).select_from(waiting.subquery())
        return int(self._connection.execute(counted).scalar_one())

    def acknowledge(self, number: int, acknowledgement: Acknowledgement) -> bool:
        """Keep that somebody took note of a change."""
        if self.verdict_change(number) is None:
            return False
        row = {
            "change": number,
            "word": acknowledgement.word,
            "acknowledged_by": acknowledgement.by,
            "acknowledged_at": acknowledgement.at,
        }
        return insert_one(self._connection, VERDICT_ACKNOWLEDGEMENT, row)

    def changes_after(self, sequence: int, *, limit: int) -> Mapping[int, VerdictChange]:
        """Verdicts that changed, the oldest first."""
        wanted = (
            _CHANGES.where(VERDICT_CHANGE.c.sequence > sequence)
            .order_by(VERDICT_CHANGE.c.sequence)
            .limit(limit)
        )
        return {row.sequence: _verdict_change(row) for row in self._connection.execute(wanted)}

    def worst_fixable(self, *, limit: int) -> tuple[KnownPackage, ...]:
        """Package versions with findings that have a fix: those of exploited flaws, then the worst."""
        columns = PACKAGE_MATCH.c
        exploited = (
            sa.select(ADVISORY_NAME.c.name)
            .join_from(ADVISORY_NAME, ADVISORY)
            .where(ADVISORY.c.known_exploited.is_(True), ADVISORY.c.removed.is_(False))
        )
        fixable = sa.and_(columns.status == MatchStatus.AFFECTED.value, columns.fixed_in != "")
        critical = sa.func.sum(sa.case((columns.severity == Severity.CRITICAL.value, 1), else_=0))
        urgent = sa.func.sum(sa.case((columns.flaw.in_(exploited), 1), else_=0))
        worst = (
            sa.select(columns.package_id)
            .where(fixable, columns.severity.in_([Severity.CRITICAL.value, Severity.HIGH.value]))
            .group_by(columns.package_id)
            .order_by(urgent.desc(), critical.desc(), sa.func.count().desc(), columns.package_id)
            .limit(limit)
        )
        ids = [row.package_id for row in self._connection.execute(worst)]
        found = PACKAGES_AS_KEPT.where(PACKAGE.c.id.in_(one_of_numbers(self._connection, ids)))
        return tuple(KnownPackage(row[0], package_as_kept(row)) for row in self._connection.execute(found))

    def image_findings(
        self, manifest: Digest, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[ImageFinding]:
        """Findings of an image's visible packages, by package and flaw."""
        image_id = sa.select(IMAGE.c.id).where(IMAGE.c.manifest == manifest).scalar_subquery()
        seen = visible(IMAGE_LAYER.c.image_id == image_id)
        wanted = MATCHES.join(seen, seen.c.package_id == PACKAGE_MATCH.c.package_id).add_columns(
            seen.c.path, seen.c.image_id, seen.c.cataloger, ADVISORY.c.document
        )
        columns = PACKAGE.c
        key = (
            columns.type,
            columns.namespace,
            columns.name,
            columns.version,
            seen.c.path,
            PACKAGE_MATCH.c.package_id,
            PACKAGE_MATCH.c.flaw,
        )
        page = fetch_page(self._connection, wanted, key, _itself, after=after, limit=limit)
        layers = first_layers(self._connection, page.items)
        exploited = SqlAdvisories(self._connection).known_exploited({row.flaw for row in page.items})
        scores = SqlAdvisories(self._connection).exploit_scores({row.flaw for row in page.items})
        read = [read_advisory(row.document) for row in page.items]
        stated = self._stated(manifest, page.items, read)
        return Page(
            tuple(
                ImageFinding(
                    installed=installed_package(row, layers),
                    match=_cleared(match_of(row), stated.get((row.package_id, row.flaw))),
                    advisory=advisory,
                    known_exploited=row.flaw in exploited,
                    likelihood=scores[row.flaw].score if row.flaw in scores else 0.0,
                )
                for row, advisory in zip(page.items, read, strict=True)
            ),
            page.next,
        )

    def _stated(
        self, manifest: Digest, rows: Sequence[sa.Row[Any]], advisories: Sequence[Advisory]
    ) -> dict[tuple[int, str], VexStatement]:
        """Statements about this very image that clear findings; those about packages were applied before."""
        names = {name for one in advisories for name in one.names} | {row.flaw for row in rows}
        about = [each for each in SqlVex(self._connection).about(sorted(names)) if each.images]
        if not about:
            return {}
        wanted = sa.select(IMAGE.c.config).where(IMAGE.c.manifest == manifest)
        digests = {str(manifest), *map(str, self._connection.execute(wanted).scalars())}
        at = [
            f"{place.repository}:{tag}" if tag else place.repository
            for place in SqlPlaces(self._connection).places_of([manifest]).get(manifest, ())
            for tag in (*place.tags, "")
        ]
        about = [each for each in about if each.covers_image(digests, at)]
        found: dict[tuple[int, str], VexStatement] = {}
        for row, advisory in zip(rows, advisories, strict=True):
            said = (
                each
                for each in about
                if {row.flaw, *advisory.names} & {*each.flaws} and each.covers_package(package_of(row))
            )
            counts = strongest(said)
            if counts and counts.status.clears:
                found[row.package_id, row.flaw] = counts
        return found

    def finding_counts(self, manifests: Iterable[Digest]) -> Mapping[Digest, FindingCounts]:
        """How many findings each image has, by severity."""
        counts: dict[Digest, dict[tuple[str, str], int]] = {}
        missing: dict[Digest, RealmNumbers] = {}
        held = SqlAdvisories(self._connection).held_realms()
        for batch in in_batches(set(manifests)):
            these = sa.select(IMAGE.c.id).where(IMAGE.c.manifest.in_(batch))
            seen = visible(IMAGE_LAYER.c.image_id.in_(these))
            packages = sa.select(seen.c.image_id, seen.c.package_id).distinct().subquery("packages")
            missing.update(self._unjudged_in(packages, held))
            wanted = (
                sa.select(
                    IMAGE.c.manifest,
                    PACKAGE_MATCH.c.status,
                    PACKAGE_MATCH.c.severity,
                    sa.func.count().label("findings"),
                )
                .join_from(packages, PACKAGE_MATCH, PACKAGE_MATCH.c.package_id == packages.c.package_id)
                .join(IMAGE, IMAGE.c.id == packages.c.image_id)
                .group_by(IMAGE.c.manifest, PACKAGE_MATCH.c.status, PACKAGE_MATCH.c.severity)
            )
            for row in self._connection.execute(wanted):
                counts.setdefault(row.manifest, {})[row.status, row.severity] = row.findings
        return {
            manifest: _counts(counts.get(manifest, {}), missing.get(manifest, {}))
            for manifest in counts.keys() | missing.keys()
        }

    def _unjudged_in(
        self, packages: sa.Subquery, held: frozenset[Realm]
    ) -> Iterator[tuple[Digest, RealmNumbers]]:
        """What could not be judged of these (image_id, package_id), for each image that has any of it."""
        wanted = (
            sa.select(IMAGE.c.manifest, *_REALM_COLUMNS, sa.func.count().label("packages"))
            .join_from(packages, PACKAGE, PACKAGE.c.id == packages.c.package_id)
            .join(IMAGE, IMAGE.c.id == packages.c.image_id)
            .group_by(IMAGE.c.manifest, *_REALM_COLUMNS)
        )
        rows: dict[Digest, list[sa.Row[Any]]] = {}
        for row in self._connection.execute(wanted):
            rows.setdefault(row.manifest, []).append(row)
        for manifest, of_image in rows.items():
            if missing := unjudged(_by_realms(of_image), held):
                yield manifest, missing

    def packages_with(self, flaws: Iterable[str]) -> tuple[int, ...]:
        """Numbers of the package versions that have, or may have, one of these flaws."""
        these = PACKAGE_MATCH.c.flaw.in_(one_of(self._connection, sorted(set(flaws))))
        standing = PACKAGE_MATCH.c.status != MatchStatus.NOT_AFFECTED.value
        wanted = sa.select(PACKAGE_MATCH.c.package_id).where(these, standing).distinct()
        return tuple(sorted(self._connection.execute(wanted).scalars()))


_CHANGES = (
    sa.select(PACKAGE, VERDICT_CHANGE, VERDICT_ACKNOWLEDGEMENT)
    .join_from(VERDICT_CHANGE, PACKAGE)
    .outerjoin(VERDICT_ACKNOWLEDGEMENT)
)
# As ``VerdictChange.waits`` has it.
_WAITS = (
    VERDICT_ACKNOWLEDGEMENT.c.change.is_(None),
    VERDICT_CHANGE.c.after.in_([MatchStatus.AFFECTED.value, MatchStatus.UNDETERMINED.value]),
)


def _verdict_change(row: sa.Row[Any]) -> VerdictChange:
    return VerdictChange(
        package=KnownPackage(row.package_id, package_of(row)),
        flaw=row.flaw,
        severity=Severity(row.severity),
        before=MatchStatus(row.before) if row.before else None,
        after=MatchStatus(row.after) if row.after else None,
        fixed_in=row.fixed_in,
        at=row.at,
        number=row.sequence,
        acknowledged=Acknowledgement(row.word, row.acknowledged_by, row.acknowledged_at)
        if row.change is not None
        else None,
    )


def _cleared(match: Match, statement: VexStatement | None) -> Match:
    if statement is None or match.status is MatchStatus.NOT_AFFECTED:
        return match
    reason = cleared_reason(reason_of_json(match.reason), statement)
    return replace(match, status=MatchStatus.NOT_AFFECTED, reason=reason.as_json())


# Packages that have these in common are in the same realms: their numbers are few, however many packages are.
# ``owner`` begins with a purl type of distributions, of which none has more than four letters. The numbers
# are no parameters, so that GROUP BY has the same words.
_OWNER_TYPE = sa.func.substr(
    sa.type_coerce(PACKAGE.c.owner, sa.Text), sa.literal_column("1"), sa.literal_column("5")
).label("owner_type")
_REALM_COLUMNS = (PACKAGE.c.type, PACKAGE.c.distro, _OWNER_TYPE)


def _by_realms(rows: Iterable[sa.Row[Any]]) -> dict[tuple[Realm, ...], int]:
    numbers: dict[tuple[Realm, ...], int] = {}
    for row in rows:
        realms = realms_of(Package(row.type, "", "", "", distro=row.distro, owner=row.owner_type))
        numbers[realms] = numbers.get(realms, 0) + row.packages
    return numbers


def _counts(by_kind: Mapping[tuple[str, str], int], missing: RealmNumbers) -> FindingCounts:
    affected = {
        Severity(severity): count
        for (status, severity), count in by_kind.items()
        if status == MatchStatus.AFFECTED.value
    }
    undetermined = sum(
        count for (status, _), count in by_kind.items() if status == MatchStatus.UNDETERMINED.value
    )
    return FindingCounts(affected, undetermined, missing)


def _itself(row: sa.Row[Any]) -> sa.Row[Any]:
    return row
