"""Which images stand on which layers, in SQL."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection, in_batches
from lading.adapters.sql.lineage_reach import affected_by, reach_of, running_counts
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.tables.contents import IMAGE
from lading.adapters.sql.tables.lineage import CATALOGUE_ENTRY, LINEAGE_IMAGE, LINEAGE_PREFIX
from lading.adapters.sql.tables.registry import MANIFEST, MANIFEST_CHILD, REPOSITORY, REPOSITORY_MANIFEST
from lading.adapters.sql.writing import insert_new, upsert
from lading.lineage.catalogue import CatalogueEntry
from lading.lineage.placement import PlacedImage
from lading.oci.digest import Digest
from lading.ports.records.lineage import Foundation, Reach
from lading.ports.records.page import DEFAULT_LIMIT, Page

_CHAIN_BYTES = 32
_AT_ONE_LAYER = 200  # images with exactly the same layers that are told apart


class SqlLineage(OnConnection):
    """See ``lading.ports.records.lineage.LineageRecords``."""

    __slots__ = ()

    def place(self, images: Iterable[PlacedImage]) -> None:
        """Keep where images stand."""
        prefixes: list[tuple[bytes, int]] = []
        for batch in in_batches(images):
            new = {image.manifest: image for image in batch}
            insert_new(self._connection, LINEAGE_IMAGE, [_row(image) for image in new.values()])
            wanted = sa.select(LINEAGE_IMAGE.c.id, LINEAGE_IMAGE.c.manifest).where(
                LINEAGE_IMAGE.c.manifest.in_(list(new))
            )
            prefixes.extend(
                (_key(chain), row.id)
                for row in self._connection.execute(wanted)
                for chain in dict.fromkeys(new[row.manifest].chains)
            )
        # In the order of the table, or each of many goes to another page of it.
        rows = [{"chain": chain, "image_id": number} for chain, number in sorted(prefixes)]
        insert_new(self._connection, LINEAGE_PREFIX, rows)

    def forget(self, manifest: Digest) -> None:
        """Remove an image that is gone."""
        this = sa.select(LINEAGE_IMAGE.c.id).where(LINEAGE_IMAGE.c.manifest == manifest)
        self._connection.execute(LINEAGE_PREFIX.delete().where(LINEAGE_PREFIX.c.image_id.in_(this)))
        self._connection.execute(LINEAGE_IMAGE.delete().where(LINEAGE_IMAGE.c.manifest == manifest))

    def placed(self, manifest: Digest) -> PlacedImage | None:
        """Where one image stands."""
        wanted = sa.select(LINEAGE_IMAGE).where(LINEAGE_IMAGE.c.manifest == manifest)
        row = self._connection.execute(wanted).first()
        return None if row is None else _placed(row)

    def placed_many(self, manifests: Iterable[Digest]) -> Mapping[Digest, PlacedImage]:
        """Where these images stand."""
        found: dict[Digest, PlacedImage] = {}
        for batch in in_batches(dict.fromkeys(manifests)):
            wanted = sa.select(LINEAGE_IMAGE).where(LINEAGE_IMAGE.c.manifest.in_(batch))
            found.update({row.manifest: _placed(row) for row in self._connection.execute(wanted)})
        return found

    def running_counts(self) -> Mapping[Digest, int]:
        """How many containers run now of every image that runs."""
        return running_counts(self._connection)

    def indexes_listing(self, manifests: Iterable[Digest]) -> Mapping[tuple[str, Digest], Digest]:
        """The index that lists an image, by repository and image."""
        index = MANIFEST.alias("index_manifest")
        found: dict[tuple[str, Digest], Digest] = {}
        for batch in in_batches(dict.fromkeys(manifests)):
            wanted = (
                sa.select(REPOSITORY.c.name, MANIFEST_CHILD.c.digest, index.c.digest.label("listed_in"))
                .join_from(MANIFEST_CHILD, index, index.c.id == MANIFEST_CHILD.c.manifest_id)
                .join(REPOSITORY_MANIFEST, REPOSITORY_MANIFEST.c.manifest_id == index.c.id)
                .join(REPOSITORY, REPOSITORY.c.id == REPOSITORY_MANIFEST.c.repository_id)
                .where(MANIFEST_CHILD.c.digest.in_(batch))
                .order_by(index.c.digest)
            )
            for row in self._connection.execute(wanted):
                found.setdefault((row.name, row.digest), row.listed_in)
        return found

    def unplaced(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Digest]:
        """Images that are known and were not placed yet, by manifest."""
        wanted = (
            sa.select(IMAGE.c.manifest)
            .outerjoin(LINEAGE_IMAGE, LINEAGE_IMAGE.c.manifest == IMAGE.c.manifest)
            .where(LINEAGE_IMAGE.c.id.is_(None))
        )

        def make(row: sa.Row[Any]) -> Digest:
            return Digest(row.manifest.algorithm, row.manifest.hex)

        return fetch_page(self._connection, wanted, (IMAGE.c.manifest,), make, after=after, limit=limit)

    def ending_at(self, chains: Iterable[Digest]) -> tuple[PlacedImage, ...]:
        """Images whose layers are exactly one of these chains."""
        found: list[PlacedImage] = []
        for batch in in_batches(dict.fromkeys(chains)):
            number = sa.func.row_number().over(
                partition_by=LINEAGE_IMAGE.c.top, order_by=(LINEAGE_IMAGE.c.created, LINEAGE_IMAGE.c.id)
            )
            numbered = (
                sa.select(LINEAGE_IMAGE, number.label("number"))
                .where(LINEAGE_IMAGE.c.top.in_([_key(chain) for chain in batch]))
                .subquery()
            )
            wanted = sa.select(numbered).where(numbered.c.number <= _AT_ONE_LAYER)
            found.extend(_placed(row) for row in self._connection.execute(wanted))
        return tuple(sorted(found, key=lambda one: (one.depth, one.manifest)))

    def standing_on(self, chain: Digest, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[PlacedImage]:
        """Images whose layers begin with this chain, by manifest."""
        wanted = (
            sa.select(LINEAGE_IMAGE)
            .join_from(LINEAGE_PREFIX, LINEAGE_IMAGE)
            .where(LINEAGE_PREFIX.c.chain == _key(chain))
        )
        key = (LINEAGE_IMAGE.c.manifest,)
        return fetch_page(self._connection, wanted, key, _placed, after=after, limit=limit)

    def reach(self, chains: Iterable[Digest]) -> Reach:
        """Count what stands on any of these chains."""
        keys = [_key(chain) for chain in chains]
        standing = LINEAGE_PREFIX.c.chain.in_(keys)
        # Counted without looking at the images: the rows of a chain are one stretch of the table.
        counted = sa.select(sa.func.count(LINEAGE_PREFIX.c.image_id.distinct())).where(standing)
        these = (
            sa.select(LINEAGE_IMAGE.c.manifest)
            .join_from(LINEAGE_PREFIX, LINEAGE_IMAGE)
            .where(standing)
            .distinct()
        )
        return reach_of(self._connection, these, images=self._connection.execute(counted).scalar_one())

    def reach_of_images(self, manifests: Iterable[Digest]) -> Reach:
        """Count these images themselves."""
        return reach_of(self._connection, list(dict.fromkeys(manifests)))

    def reach_of_flaws(self, flaws: Iterable[str]) -> Reach:
        """Count images that one of these flaws affects."""
        return reach_of(self._connection, affected_by(self._connection, flaws))

    def foundations(self, *, limit: int = DEFAULT_LIMIT) -> tuple[Foundation, ...]:
        """Groups of images without a base in the registry, by their lowest layer, the largest first."""
        lower = LINEAGE_IMAGE.alias("lower")
        has_base = (
            sa.select(lower.c.id)
            .join_from(LINEAGE_PREFIX, lower, lower.c.top == LINEAGE_PREFIX.c.chain)
            .where(
                LINEAGE_PREFIX.c.image_id == LINEAGE_IMAGE.c.id,
                lower.c.depth < LINEAGE_IMAGE.c.depth,
                lower.c.platform == LINEAGE_IMAGE.c.platform,
            )
            .exists()
        )
        lowest = sa.func.substr(LINEAGE_IMAGE.c.chains, 1, _CHAIN_BYTES)
        number = sa.func.count().label("images")
        wanted = (
            sa.select(lowest.label("chain"), number, sa.func.min(LINEAGE_IMAGE.c.id).label("example"))
            .where(LINEAGE_IMAGE.c.depth > 0, ~has_base)
            .group_by(lowest)
            .having(number > 1)
            .order_by(number.desc(), lowest)
            .limit(limit)
        )
        return tuple(self._foundation(row) for row in self._connection.execute(wanted).all())

    def bases(self, *, limit: int = DEFAULT_LIMIT) -> Mapping[Digest, int]:
        """Images that others stand on, with how many, the most used first."""
        users = (
            sa.select(LINEAGE_PREFIX.c.chain, sa.func.count().label("users"))
            .where(LINEAGE_PREFIX.c.chain.in_(sa.select(LINEAGE_IMAGE.c.top)))
            .group_by(LINEAGE_PREFIX.c.chain)
            .having(sa.func.count() > 1)
            .order_by(sa.func.count().desc(), LINEAGE_PREFIX.c.chain)
            .limit(limit)
            .subquery()
        )
        wanted = sa.select(LINEAGE_IMAGE, users.c.users).join_from(
            users, LINEAGE_IMAGE, LINEAGE_IMAGE.c.top == users.c.chain
        )
        first: dict[bytes, sa.Row[Any]] = {}
        for row in self._connection.execute(wanted.order_by(LINEAGE_IMAGE.c.created, LINEAGE_IMAGE.c.id)):
            first.setdefault(bytes(row.top), row)
        ordered = sorted(first.values(), key=lambda row: (-row.users, str(row.manifest)))
        return {row.manifest: row.users - 1 for row in ordered}

    def save_entry(self, entry: CatalogueEntry) -> None:
        """Keep an entry of the catalogue."""
        row = {"name": entry.name, "document": msgspec.to_builtins(entry)}
        upsert(self._connection, CATALOGUE_ENTRY, row)

    def remove_entry(self, name: str) -> bool:
        """Remove an entry; False when there was none."""
        gone = self._connection.execute(CATALOGUE_ENTRY.delete().where(CATALOGUE_ENTRY.c.name == name))
        return bool(gone.rowcount)

    def catalogue(self) -> tuple[CatalogueEntry, ...]:
        """All entries, by name."""
        wanted = sa.select(CATALOGUE_ENTRY.c.document).order_by(CATALOGUE_ENTRY.c.name)
        found = self._connection.execute(wanted).scalars()
        return tuple(msgspec.convert(document, CatalogueEntry) for document in found)

    def _foundation(self, row: sa.Row[Any]) -> Foundation:
        """The longest chain that the whole group shares: equal counts from the lowest layer on."""
        wanted = sa.select(LINEAGE_IMAGE.c.manifest, LINEAGE_IMAGE.c.chains)
        example = self._connection.execute(wanted.where(LINEAGE_IMAGE.c.id == row.example)).one()
        chains = _split(example.chains)
        counted = (
            sa.select(LINEAGE_PREFIX.c.chain, sa.func.count().label("images"))
            .where(LINEAGE_PREFIX.c.chain.in_([_key(chain) for chain in chains]))
            .group_by(LINEAGE_PREFIX.c.chain)
        )
        counts = {bytes(each.chain): each.images for each in self._connection.execute(counted)}
        whole = counts[_key(chains[0])]
        depth = 1
        while depth < len(chains) and counts[_key(chains[depth])] == whole:
            depth += 1
        return Foundation(chains[depth - 1], depth, row.images, example.manifest)


def _key(chain: Digest) -> bytes:
    return bytes.fromhex(chain.hex)


def _split(chains: bytes) -> tuple[Digest, ...]:
    return tuple(
        Digest("sha256", bytes(chains[at : at + _CHAIN_BYTES]).hex())
        for at in range(0, len(chains), _CHAIN_BYTES)
    )


def _row(image: PlacedImage) -> dict[str, Any]:
    keys = [_key(chain) for chain in image.chains]
    return {
        "manifest": image.manifest,
        "top": keys[-1] if keys else b"",
        "depth": len(keys),
        "chains": b"".join(keys),
        "platform": image.platform,
        "created": image.created,
        "trailing": list(image.trailing),
        "declared_name": image.declared_name,
        "declared_digest": image.declared_digest,
    }


def _placed(row: sa.Row[Any]) -> PlacedImage:
    return PlacedImage(
        manifest=row.manifest,
        platform=row.platform,
        created=row.created,
        chains=_split(row.chains),
        trailing=tuple(row.trailing),
        declared_name=row.declared_name,
        declared_digest=row.declared_digest,
    )
