"""Which images a question is about, and which containers ran from them, now or then."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.types import NULLTYPE

from lading.adapters.sql.columns import unescape_text
from lading.adapters.sql.connection import one_of, one_of_numbers
from lading.adapters.sql.contents_visible import container_images
from lading.adapters.sql.tables.contents import IMAGE
from lading.adapters.sql.tables.inventory import RUNNING_CONTAINER
from lading.adapters.sql.tables.lineage import LINEAGE_IMAGE, LINEAGE_PREFIX
from lading.adapters.sql.tables.registry import MANIFEST, MANIFEST_CHILD, REPOSITORY, REPOSITORY_MANIFEST
from lading.oci.digest import Digest
from lading.ports.records.contents import EVERYWHERE, ImageScope


def narrowed(connection: sa.Connection, image_ids: Sequence[int], scope: ImageScope) -> list[int]:
    """Those of these images that are of the scope, in order."""
    if scope == EVERYWHERE:
        return list(image_ids)
    these = IMAGE.c.id.in_(one_of_numbers(connection, image_ids))
    wanted = sa.select(IMAGE.c.id).where(these, *in_scope(connection, scope)).order_by(IMAGE.c.id)
    return list(connection.execute(wanted).scalars())


def in_scope(connection: sa.Connection, scope: ImageScope) -> list[sa.ColumnElement[bool]]:
    """Conditions that an image is of the scope; none where it lets all through."""
    image_id = IMAGE.c.id
    found: list[sa.ColumnElement[bool]] = []
    if scope.chains is not None:
        stands = (
            sa.select(IMAGE.c.id)
            .join_from(LINEAGE_PREFIX, LINEAGE_IMAGE)
            .join(IMAGE, IMAGE.c.manifest == LINEAGE_IMAGE.c.manifest)
            .where(LINEAGE_PREFIX.c.chain.in_([bytes.fromhex(chain.hex) for chain in scope.chains]))
        )
        found.append(image_id.in_(stands))
    if scope.manifests is not None:
        found.append(image_id.in_(_named(connection, scope.manifests)))
    found += _pushed(connection, scope)
    if scope.running:
        found.append(image_id.in_(_running(connection, scope.at)))
    return found


class RunningAt:
    """Containers that ran at a past moment. ``by_image`` has their rows by the image's row."""

    def __init__(self, connection: sa.Connection, at: datetime) -> None:
        by_digest: dict[str, set[int]] = {}
        document = sa.type_coerce(RUNNING_CONTAINER.c.document, NULLTYPE)
        alive = sa.select(RUNNING_CONTAINER.c.sequence, document).where(
            RUNNING_CONTAINER.c.first_seen_at <= at,
            sa.or_(RUNNING_CONTAINER.c.ended_at.is_(None), RUNNING_CONTAINER.c.ended_at > at),
        )
        for sequence, content in connection.execute(alive):
            names = msgspec.json.decode(content, type=_Names)
            for digest in (names.image_id, *(name.rpartition("@")[2] for name in names.manifest_digests)):
                by_digest.setdefault(unescape_text(digest), set()).add(sequence)
        self.by_image: dict[int, set[int]] = {}
        for row in connection.execute(_images_named(connection, by_digest)):
            self.by_image.setdefault(row.id, set()).update(by_digest[row.name])

    def count(self, image_ids: Iterable[int]) -> int:
        """How many containers ran from any of these images."""
        return len(set[int]().union(*(self.by_image.get(each, ()) for each in image_ids)))


class _Names(msgspec.Struct):
    image_id: str
    manifest_digests: list[str]


def _images_named(connection: sa.Connection, digests: Iterable[str]) -> sa.CompoundSelect[tuple[int, str]]:
    """Images by their manifest, their config, or an index that lists them, with the name that did it.

    Of what ran in the past it is not worked out whether an engine named one platform besides the index.
    """
    listed = one_of(connection, sorted(digests))
    by_own = [
        sa.select(IMAGE.c.id, sa.type_coerce(column, sa.Text).label("name")).where(
            sa.type_coerce(column, sa.Text).in_(listed)
        )
        for column in (IMAGE.c.manifest, IMAGE.c.config)
    ]
    by_index = (
        sa.select(IMAGE.c.id, sa.type_coerce(MANIFEST.c.digest, sa.Text).label("name"))
        .join_from(MANIFEST, MANIFEST_CHILD, MANIFEST_CHILD.c.manifest_id == MANIFEST.c.id)
        .join(IMAGE, IMAGE.c.manifest == MANIFEST_CHILD.c.digest)
        .where(sa.type_coerce(MANIFEST.c.digest, sa.Text).in_(listed))
    )
    return sa.union(*by_own, by_index)


def _named(connection: sa.Connection, manifests: Sequence[Digest]) -> sa.Select[tuple[int]]:
    named = _images_named(connection, map(str, manifests)).subquery("named")
    return sa.select(named.c.id)


def _running(connection: sa.Connection, at: datetime | None) -> sa.Select[tuple[int]]:
    if at is not None:
        return one_of_numbers(connection, sorted(RunningAt(connection, at).by_image))
    runs = container_images()
    return (
        sa.select(runs.c.image_id)
        .join_from(runs, RUNNING_CONTAINER, RUNNING_CONTAINER.c.sequence == runs.c.container)
        .where(RUNNING_CONTAINER.c.ended_at.is_(None))
    )


def _pushed(connection: sa.Connection, scope: ImageScope) -> list[sa.ColumnElement[bool]]:
    """That it was pushed into such a repository at such a time: both of the same push.

    Of few repositories, all that is in them is looked at; of a time, each image is, for most of them fit.
    """
    here = REPOSITORY_MANIFEST.c
    wanted: list[sa.ColumnElement[bool]] = []
    if scope.repositories is not None:
        names = sa.select(REPOSITORY.c.id).where(
            REPOSITORY.c.name.in_(one_of(connection, scope.repositories))
        )
        wanted.append(here.repository_id.in_(names))
    if scope.pushed_from is not None:
        wanted.append(here.pushed_at >= scope.pushed_from)
    ends = [end for end in (scope.pushed_until, scope.at) if end is not None]
    if ends:
        wanted.append(here.pushed_at <= min(ends))
    if not wanted:
        return []
    pushes = sa.select(MANIFEST.c.digest).join_from(
        REPOSITORY_MANIFEST, MANIFEST, MANIFEST.c.id == here.manifest_id
    )
    if scope.repositories is not None:
        return [IMAGE.c.manifest.in_(pushes.where(*wanted))]
    return [pushes.where(MANIFEST.c.digest == IMAGE.c.manifest, *wanted).correlate(IMAGE).exists()]
