"""How things stood at a past moment, in SQL."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection, in_batches, one_of, one_of_numbers
from lading.adapters.sql.contents_scope import RunningAt
from lading.adapters.sql.inventory import container_of
from lading.adapters.sql.tables.advisories import PACKAGE_MATCH, VERDICT_CHANGE
from lading.adapters.sql.tables.contents import IMAGE
from lading.adapters.sql.tables.governance import PROMOTION
from lading.adapters.sql.tables.inventory import RUNNING_CONTAINER
from lading.adapters.sql.tables.registry import MANIFEST, REPOSITORY, REPOSITORY_MANIFEST, TAG_EVENT
from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.ports.records.matches import MatchStatus
from lading.promotion.promotion import PromotionState

_WORST = (MatchStatus.AFFECTED, MatchStatus.UNDETERMINED, MatchStatus.NOT_AFFECTED)


class SqlHistory(OnConnection):
    """See ``lading.ports.records.history.HistoryRecords``."""

    __slots__ = ()

    def verdicts(self, flaws: Iterable[str], at: datetime) -> Mapping[int, MatchStatus]:
        """What was known then: what is known now, with every later change undone."""
        these = one_of(self._connection, sorted(set(flaws)))
        now = sa.select(PACKAGE_MATCH.c.package_id, PACKAGE_MATCH.c.flaw, PACKAGE_MATCH.c.status).where(
            PACKAGE_MATCH.c.flaw.in_(these)
        )
        known = {(row.package_id, row.flaw): row.status for row in self._connection.execute(now)}
        change = VERDICT_CHANGE.c
        later = (
            sa.select(change.package_id, change.flaw, change.before)
            .where(change.flaw.in_(these), change.at > at)
            .order_by(change.sequence.desc())  # the first of them comes last
        )
        for row in self._connection.execute(later):
            known[row.package_id, row.flaw] = row.before
        found: dict[int, MatchStatus] = {}
        for (package, _), word in known.items():
            if word:
                status = MatchStatus(word)
                found[package] = min(found.get(package, status), status, key=_WORST.index)
        return found

    def ran_from(
        self, images: Iterable[Digest], at: datetime
    ) -> Mapping[Digest, tuple[RunningContainer, ...]]:
        """Containers that ran then from each of these images."""
        wanted = sa.select(IMAGE.c.id, IMAGE.c.manifest).where(
            IMAGE.c.manifest.in_(one_of(self._connection, map(str, images)))
        )
        manifests = {row.id: row.manifest for row in self._connection.execute(wanted)}
        by_image = RunningAt(self._connection, at).by_image
        sequences = sorted({each for image in manifests for each in by_image.get(image, ())})
        rows = self._connection.execute(
            sa.select(RUNNING_CONTAINER)
            .where(RUNNING_CONTAINER.c.sequence.in_(one_of_numbers(self._connection, sequences)))
            .order_by(RUNNING_CONTAINER.c.host, RUNNING_CONTAINER.c.container)
        )
        containers = {row.sequence: container_of(row) for row in rows}
        return {
            manifest: tuple(one for each, one in containers.items() if each in by_image[image])
            for image, manifest in manifests.items()
            if image in by_image
        }

    def tags(self, repositories: Iterable[str], at: datetime) -> Mapping[str, Mapping[str, Digest]]:
        """What each tag of these repositories pointed to then."""
        event = TAG_EVENT.c
        last = (
            sa.select(sa.func.max(event.sequence))
            .join_from(TAG_EVENT, REPOSITORY)
            .where(REPOSITORY.c.name.in_(one_of(self._connection, repositories)), event.at <= at)
            .group_by(event.repository_id, event.name)
        )
        wanted = (
            sa.select(REPOSITORY.c.name.label("repository"), event.name, event.after)
            .join_from(TAG_EVENT, REPOSITORY)
            .where(event.sequence.in_(last), event.after.is_not(None))
        )
        found: dict[str, dict[str, Digest]] = {}
        for row in self._connection.execute(wanted):
            found.setdefault(row.repository, {})[row.name] = row.after
        return found

    def environments(self, at: datetime) -> Mapping[tuple[str, str], Digest]:
        """What each environment had of each repository then: the last promotion that was done by then."""
        columns = PROMOTION.c
        done = (
            sa.select(columns.target, columns.repository, columns.digest)
            .where(columns.state == PromotionState.DONE.value, columns.concluded_at <= at)
            .order_by(columns.concluded_at, columns.sequence)
        )
        return {(row.target, row.repository): row.digest for row in self._connection.execute(done)}

    def pushed_at(self, images: Iterable[Digest]) -> Mapping[tuple[str, Digest], datetime]:
        """When each image came into each repository that has it now."""
        found: dict[tuple[str, Digest], datetime] = {}
        for batch in in_batches(set(images)):
            wanted = (
                sa.select(REPOSITORY.c.name, MANIFEST.c.digest, REPOSITORY_MANIFEST.c.pushed_at)
                .join_from(REPOSITORY_MANIFEST, MANIFEST)
                .join(REPOSITORY, REPOSITORY.c.id == REPOSITORY_MANIFEST.c.repository_id)
                .where(MANIFEST.c.digest.in_(batch))
            )
            rows = self._connection.execute(wanted)
            found |= {(row.name, row.digest): row.pushed_at for row in rows}
        return found
