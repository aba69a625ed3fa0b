"""Package versions against advisories in SQL."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.advisories import SqlAdvisories
from lading.adapters.sql.advisories_documents import read_advisory
from lading.adapters.sql.connection import OnConnection, in_batches, one_of
from lading.adapters.sql.contents_packages import find_packages, name_key, package_of
from lading.adapters.sql.contents_visible import (
    Place,
    container_images,
    first_layers,
    installed_package,
    visible,
)
from lading.adapters.sql.inventory import container_of
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.tables.advisories import ADVISORY, PACKAGE_MATCH
from lading.adapters.sql.tables.contents import IMAGE, IMAGE_LAYER, PACKAGE, PACKAGE_NAME, SOURCE_PACKAGE
from lading.adapters.sql.tables.inventory import RUNNING_CONTAINER
from lading.adapters.sql.writing import insert_new
from lading.advisories.advisory import Severity
from lading.foundation.errors import NotFound
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.packages.package_name import PackageName
from lading.ports.records.contents import PackageUse
from lading.ports.records.matches import (
    AffectedContainer,
    AffectedImage,
    FindingCounts,
    ImageFinding,
    Match,
    MatchStatus,
)
from lading.ports.records.page import DEFAULT_LIMIT, Page

_MATCHES = (
    sa.select(PACKAGE, PACKAGE_MATCH, ADVISORY.c.feed, ADVISORY.c.advisory_id)
    .join_from(PACKAGE_MATCH, PACKAGE)
    .join(ADVISORY, ADVISORY.c.id == PACKAGE_MATCH.c.advisory)
)


class SqlMatches(OnConnection):
    """See ``lading.ports.records.matches.MatchRecords``."""

    __slots__ = ()

    def packages_to_match(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Package]:
        """Distinct package versions that have never been matched."""
        wanted = sa.select(PACKAGE).where(PACKAGE.c.matched.is_(False))
        return fetch_page(self._connection, wanted, (PACKAGE.c.id,), package_of, after=after, limit=limit)

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
            again = PACKAGE.c.id.in_(these), PACKAGE.c.matched.is_(True)
            self._connection.execute(PACKAGE.update().where(*again).values(matched=False))
        waiting = sa.select(sa.func.count()).select_from(PACKAGE).where(PACKAGE.c.matched.is_(False))
        return int(self._connection.execute(waiting).scalar_one())

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
            rows = self._connection.execute(_MATCHES.where(PACKAGE_MATCH.c.package_id.in_(batch)))
            found += [_match(row) for row in rows]
        return tuple(sorted(found, key=lambda match: (match.package, match.flaw)))

    def replace_matches(self, packages: Iterable[Package], matches: Iterable[Match]) -> None:
        """Make ``matches`` all that is known of ``packages``."""
        matched = list(matches)
        rows = find_packages(self._connection, {*packages, *(match.package for match in matched)})
        advisories = self._advisory_rows(matched)
        for batch in in_batches(sorted(rows.values())):
            stale = PACKAGE_MATCH.c.package_id.in_(batch)
            self._connection.execute(PACKAGE_MATCH.delete().where(stale))
            self._connection.execute(
                PACKAGE.update().where(PACKAGE.c.id.in_(batch)).values(matched=True, ever_matched=True)
            )
        insert_new(
            self._connection,
            PACKAGE_MATCH,
            [_match_row(match, rows, advisories) for match in matched],
        )

    def image_findings(
        self, manifest: Digest, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[ImageFinding]:
        """Findings of an image's visible packages, by package and flaw."""
        image_id = sa.select(IMAGE.c.id).where(IMAGE.c.manifest == manifest).scalar_subquery()
        seen = visible(IMAGE_LAYER.c.image_id == image_id)
        wanted = _MATCHES.join(seen, seen.c.package_id == PACKAGE_MATCH.c.package_id).add_columns(
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
        return Page(
            tuple(
                ImageFinding(
                    installed=installed_package(row, layers),
                    match=_match(row),
                    advisory=read_advisory(row.document),
                    known_exploited=row.flaw in exploited,
                )
                for row in page.items
            ),
            page.next,
        )

    def finding_counts(self, manifests: Iterable[Digest]) -> Mapping[Digest, FindingCounts]:
        """How many findings each image has, by severity."""
        counts: dict[Digest, dict[tuple[str, str], int]] = {}
        for batch in in_batches(set(manifests)):
            these = sa.select(IMAGE.c.id).where(IMAGE.c.manifest.in_(batch))
            seen = visible(IMAGE_LAYER.c.image_id.in_(these))
            packages = sa.select(seen.c.image_id, seen.c.package_id).distinct().subquery("packages")
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
        return {manifest: _counts(by_kind) for manifest, by_kind in counts.items()}

    def affected_images(
        self, flaws: Iterable[str], *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[AffectedImage]:
        """Images with a visible package that has one of these flaws."""
        seen, wanted = self._affected(flaws)
        key = (IMAGE.c.manifest, PACKAGE_MATCH.c.package_id, seen.c.path, PACKAGE_MATCH.c.flaw)
        page = fetch_page(self._connection, wanted, key, _itself, after=after, limit=limit)
        layers = first_layers(self._connection, page.items)
        return Page(tuple(_affected_image(row, layers) for row in page.items), page.next)

    def affected_containers(
        self, flaws: Iterable[str], *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[AffectedContainer]:
        """Containers that run now, likewise."""
        seen, wanted = self._affected(flaws)
        runs = container_images()
        wanted = (
            wanted.join(runs, runs.c.image_id == IMAGE.c.id)
            .join(RUNNING_CONTAINER, RUNNING_CONTAINER.c.sequence == runs.c.container)
            .where(RUNNING_CONTAINER.c.ended_at.is_(None))
            .add_columns(RUNNING_CONTAINER.c.document)
        )
        key = (
            RUNNING_CONTAINER.c.host,
            RUNNING_CONTAINER.c.container,
            IMAGE.c.manifest,
            PACKAGE_MATCH.c.package_id,
            seen.c.path,
            PACKAGE_MATCH.c.flaw,
        )
        page = fetch_page(self._connection, wanted, key, _itself, after=after, limit=limit)
        layers = first_layers(self._connection, page.items)
        return Page(
            tuple(AffectedContainer(container_of(row), _affected_image(row, layers)) for row in page.items),
            page.next,
        )

    def _affected(self, flaws: Iterable[str]) -> tuple[sa.Subquery, sa.Select[Any]]:
        these = PACKAGE_MATCH.c.flaw.in_(one_of(self._connection, sorted(set(flaws))))
        seen = visible(SOURCE_PACKAGE.c.package_id.in_(sa.select(PACKAGE_MATCH.c.package_id).where(these)))
        wanted = (
            _MATCHES.join(seen, seen.c.package_id == PACKAGE_MATCH.c.package_id)
            .join(IMAGE, IMAGE.c.id == seen.c.image_id)
            .where(these)
            .add_columns(seen.c.path, seen.c.image_id, IMAGE.c.manifest)
        )
        return seen, wanted

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


def _match_row(
    match: Match, packages: Mapping[Package, int], advisories: Mapping[tuple[str, str], int]
) -> dict[str, Any]:
    package_id = packages.get(match.package)
    advisory = advisories.get((match.feed, match.advisory_id))
    if package_id is None:
        raise NotFound("package-unknown", f"no layer has {match.package.name} {match.package.version}")
    if advisory is None:
        raise NotFound("advisory-unknown", f"{match.feed} has no advisory {match.advisory_id}")
    return {
        "package_id": package_id,
        "flaw": match.flaw,
        "advisory": advisory,
        "status": match.status.value,
        "severity": match.severity.value,
        "fixed_in": match.fixed_in,
        "reason": match.reason,
    }


def _match(row: sa.Row[Any]) -> Match:
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


def _affected_image(row: sa.Row[Any], layers: Mapping[Place, int]) -> AffectedImage:
    layer = layers[row.image_id, row.package_id, row.path]
    return AffectedImage(PackageUse(row.manifest, package_of(row), row.path, layer), _match(row))


def _counts(by_kind: Mapping[tuple[str, str], int]) -> FindingCounts:
    affected = {
        Severity(severity): count
        for (status, severity), count in by_kind.items()
        if status == MatchStatus.AFFECTED.value
    }
    return FindingCounts(affected, sum(by_kind.values()) - sum(affected.values()))


def _itself(row: sa.Row[Any]) -> sa.Row[Any]:
    return row
