"""Numbers of the whole installation in SQL."""

from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.columns import AnyText
from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.contents_visible import container_images, visible
from lading.adapters.sql.governance_decisions import newest_by_environment
from lading.adapters.sql.tables.advisories import ADVISORY, ADVISORY_NAME, ADVISORY_PACKAGE, PACKAGE_MATCH
from lading.adapters.sql.tables.contents import IMAGE, PACKAGE, PACKAGE_NAME, SOURCE_PACKAGE
from lading.adapters.sql.tables.governance import DECISION
from lading.adapters.sql.tables.inventory import HOST, RUNNING_CONTAINER
from lading.adapters.sql.tables.registry import MANIFEST, REPOSITORY, REPOSITORY_MANIFEST
from lading.policy.decision import Outcome
from lading.ports.records.contents import AnalysisState
from lading.ports.records.matches import MatchStatus
from lading.ports.records.tallies import ExploitedFlaw, InstallationCounts

_LISTED = sa.join(REPOSITORY_MANIFEST, MANIFEST, MANIFEST.c.id == REPOSITORY_MANIFEST.c.manifest_id)
_LARGE = (ADVISORY, ADVISORY_NAME, ADVISORY_PACKAGE, PACKAGE, PACKAGE_MATCH, PACKAGE_NAME, SOURCE_PACKAGE)
_ROWS_LOOKED_AT = 1_000  # of each index of SQLite: enough to tell many from few
_IMAGES = MANIFEST.c.kind.in_(("image", "index"))


class SqlTallies(OnConnection):
    """See ``lading.ports.records.tallies.Tallies``."""

    __slots__ = ()

    def counts(self) -> InstallationCounts:
        """Count everything."""
        by_state = (
            sa.select(IMAGE.c.analysis_state, sa.func.count())
            .select_from(_LISTED.join(IMAGE, IMAGE.c.manifest == MANIFEST.c.digest))
            .group_by(IMAGE.c.analysis_state)
        )
        return InstallationCounts(
            repositories=self._count(sa.select(sa.func.count()).select_from(REPOSITORY)),
            images=self._count(sa.select(sa.func.count()).select_from(_LISTED).where(_IMAGES)),
            analyses={AnalysisState(state): count for state, count in self._connection.execute(by_state)},
            hosts=self._count(sa.select(sa.func.count()).select_from(HOST)),
            containers=self._count(
                sa.select(sa.func.count())
                .select_from(RUNNING_CONTAINER)
                .where(RUNNING_CONTAINER.c.ended_at.is_(None))
            ),
        )

    def denied_and_running(self) -> int:
        """How many images run now that the newest decision for some environment denies."""
        runs = container_images()
        running = (
            sa.select(runs.c.image_id)
            .join_from(runs, RUNNING_CONTAINER, RUNNING_CONTAINER.c.sequence == runs.c.container)
            .where(RUNNING_CONTAINER.c.ended_at.is_(None))
        )
        denied = sa.select(DECISION.c.image).where(
            DECISION.c.sequence.in_(newest_by_environment()), DECISION.c.outcome == Outcome.DENY.value
        )
        wanted = (
            sa.select(sa.func.count())
            .select_from(_LISTED.join(IMAGE, IMAGE.c.manifest == MANIFEST.c.digest))
            .where(IMAGE.c.id.in_(running), sa.type_coerce(IMAGE.c.manifest, AnyText()).in_(denied))
        )
        return self._count(wanted)

    def exploited_flaws(self, *, limit: int) -> tuple[ExploitedFlaw, ...]:
        """Flaws with most images first."""
        exploited = (
            sa.select(ADVISORY_NAME.c.name)
            .join_from(ADVISORY_NAME, ADVISORY)
            .where(
                ADVISORY.c.known_exploited.is_(True),
                ADVISORY.c.withdrawn.is_(False),
                ADVISORY.c.removed.is_(False),
            )
        )
        these = sa.and_(
            PACKAGE_MATCH.c.flaw.in_(exploited),
            PACKAGE_MATCH.c.status != MatchStatus.NOT_AFFECTED.value,
        )
        seen = visible(SOURCE_PACKAGE.c.package_id.in_(sa.select(PACKAGE_MATCH.c.package_id).where(these)))
        images = sa.func.count(sa.distinct(seen.c.image_id))
        wanted = (
            sa.select(PACKAGE_MATCH.c.flaw, images.label("images"))
            .join_from(PACKAGE_MATCH, seen, seen.c.package_id == PACKAGE_MATCH.c.package_id)
            .where(these)
            .group_by(PACKAGE_MATCH.c.flaw)
            .order_by(images.desc(), PACKAGE_MATCH.c.flaw)
            .limit(limit)
        )
        return tuple(ExploitedFlaw(row.flaw, row.images) for row in self._connection.execute(wanted))

    def refresh_statistics(self) -> None:
        """Look at some rows of each index."""
        if self._connection.dialect.name == "postgresql":
            for table in _LARGE:
                self._connection.exec_driver_sql(f"ANALYZE {table.name}")
            return
        self._connection.exec_driver_sql(f"PRAGMA analysis_limit = {_ROWS_LOOKED_AT}")
        self._connection.exec_driver_sql("ANALYZE")
        # Other connections read the statistics anew with the schema, so the schema has to change.
        self._connection.exec_driver_sql("CREATE TABLE statistics_are_new (row INTEGER)")
        self._connection.exec_driver_sql("DROP TABLE statistics_are_new")

    def _count(self, wanted: sa.Select[Any]) -> int:
        return int(self._connection.execute(wanted).scalar_one())
