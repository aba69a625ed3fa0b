"""Layer analyses in SQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection, in_batches
from lading.adapters.sql.contents_packages import keep_packages, package_of
from lading.adapters.sql.contents_paths import index_paths
from lading.adapters.sql.tables.contents import (
    FILE_DIGEST,
    LAYER,
    LAYER_BINDINGS,
    LAYER_FILES,
    PACKAGE,
    PACKAGE_SOURCE,
    SOURCE_PACKAGE,
)
from lading.adapters.sql.writing import insert_many, insert_new, insert_one
from lading.cataloging import layer_bindings
from lading.cataloging.analysis import LayerAnalysis, PackageSource
from lading.cataloging.distro import VARIANT
from lading.cataloging.layer_bindings import LayerBindings
from lading.image import file_list
from lading.image.file_list import FileList
from lading.oci.digest import Digest
from lading.packages.package import Package


class SqlLayers(OnConnection):
    """The part of ``ContentsRecords`` about layers."""

    __slots__ = ()

    def missing_layers(self, diff_ids: Iterable[Digest], analyser: str) -> tuple[Digest, ...]:
        """Those of ``diff_ids`` that have no whole analysis."""
        wanted = tuple(dict.fromkeys(diff_ids))
        present: set[Digest] = set()
        for batch in in_batches(wanted):
            known = sa.select(LAYER.c.diff_id).where(
                LAYER.c.diff_id.in_(batch), LAYER.c.analyser == analyser, LAYER.c.blob == ""
            )
            present.update(self._connection.execute(known).scalars())
        return tuple(digest for digest in wanted if digest not in present)

    def save_layer(
        self, analysis: LayerAnalysis, version_keys: Mapping[Package, bytes], *, blob: Digest
    ) -> None:
        """Keep an analysis."""
        facts = msgspec.to_builtins(replace(analysis, sources=(), files=b"", bindings=b""))
        row = {
            "diff_id": analysis.diff_id,
            "analyser": analysis.analyser,
            "placed_on": analysis.placed_on,
            "blob": "" if analysis.whole else str(blob),
            "facts": facts,
            "secrets": len(analysis.secrets),
            "unreadable": len(analysis.unreadable),
        }
        self._save_files(analysis, row["blob"])
        if not insert_one(self._connection, LAYER, row):
            return
        same = [LAYER.c[name] == row[name] for name in ("diff_id", "analyser", "placed_on", "blob")]
        layer_id = self._connection.execute(sa.select(LAYER.c.id).where(*same)).scalar_one()
        self._index_files(layer_id, analysis.files)
        self._save_sources(layer_id, analysis.sources, version_keys)

    def layer(
        self, diff_id: Digest, analyser: str, *, placed_on: str | None = None, blob: Digest | None = None
    ) -> LayerAnalysis | None:
        """One layer's whole analysis, or else that of the blob."""
        wanted = sa.select(LAYER).where(
            LAYER.c.diff_id == diff_id,
            LAYER.c.analyser == analyser,
            LAYER.c.blob.in_(["", str(blob)] if blob else [""]),
        )
        if placed_on is not None:
            wanted = wanted.where(LAYER.c.placed_on == placed_on)
        else:  # one that an image reads otherwise than the layer says is of no use to others
            wanted = wanted.where(sa.not_(LAYER.c.placed_on.contains(VARIANT)))
        row = self._connection.execute(wanted.order_by(LAYER.c.blob, LAYER.c.placed_on).limit(1)).first()
        return None if row is None else self._analyses([row])[row.id]

    def layer_files(self, diff_id: Digest, analyser: str, *, blob: Digest | None = None) -> FileList | None:
        """The files of a layer."""
        wanted = sa.select(LAYER_FILES.c.files).where(
            LAYER_FILES.c.diff_id == diff_id,
            LAYER_FILES.c.analyser == analyser,
            LAYER_FILES.c.blob.in_(["", str(blob)] if blob else [""]),
        )
        packed = self._connection.execute(wanted.order_by(LAYER_FILES.c.blob).limit(1)).scalar()
        return None if packed is None else file_list.decode(packed)

    def layer_bindings(self, diff_id: Digest, analyser: str) -> LayerBindings | None:
        """What the programs of a layer ask of others."""
        wanted = sa.select(LAYER_BINDINGS.c.bindings).where(
            LAYER_BINDINGS.c.diff_id == diff_id, LAYER_BINDINGS.c.analyser == analyser
        )
        packed = self._connection.execute(wanted).scalar()
        return None if packed is None else layer_bindings.decode(packed)

    def _save_files(self, analysis: LayerAnalysis, blob: str) -> None:
        """Files are the same wherever packages are placed, so they may be there already."""
        if analysis.files:
            row = {
                "diff_id": analysis.diff_id,
                "analyser": analysis.analyser,
                "blob": blob,
                "files": analysis.files,
            }
            insert_one(self._connection, LAYER_FILES, row)
        if analysis.whole:
            bindings = {
                "diff_id": analysis.diff_id,
                "analyser": analysis.analyser,
                "bindings": analysis.bindings,
            }
            insert_one(self._connection, LAYER_BINDINGS, bindings)

    def _index_files(self, layer_id: int, packed: bytes) -> None:
        """Note in which layer each path and content is; nobody looks for the content of empty files."""
        if not packed:
            return
        entries = tuple(file_list.decode(packed))
        index_paths(self._connection, layer_id, entries)
        digests = {entry.sha256 for entry in entries if entry.sha256 and entry.size}
        insert_many(self._connection, FILE_DIGEST, sorted((beginning_of(each), layer_id) for each in digests))

    def _analyses(self, rows: Sequence[sa.Row[Any]]) -> dict[int, LayerAnalysis]:
        """Read the whole analyses of some rows of ``layer``."""
        sources = self._sources({row.id for row in rows})
        return {
            row.id: replace(msgspec.convert(row.facts, LayerAnalysis), sources=tuple(sources.get(row.id, ())))
            for row in rows
        }

    def _sources(self, layer_ids: Iterable[int]) -> dict[int, list[PackageSource]]:
        found: dict[int, list[PackageSource]] = {}
        for batch in in_batches(layer_ids):
            packages = self._packages_of_sources(batch)
            wanted = (
                sa.select(PACKAGE_SOURCE)
                .where(PACKAGE_SOURCE.c.layer_id.in_(batch))
                .order_by(PACKAGE_SOURCE.c.layer_id, PACKAGE_SOURCE.c.position)
            )
            for row in self._connection.execute(wanted):
                source = PackageSource(row.path, row.cataloger, tuple(packages.get(row.id, ())))
                found.setdefault(row.layer_id, []).append(source)
        return found

    def _packages_of_sources(self, layer_ids: Sequence[int]) -> dict[int, list[Package]]:
        wanted = (
            sa.select(SOURCE_PACKAGE.c.source_id, PACKAGE)
            .join_from(SOURCE_PACKAGE, PACKAGE)
            .join(PACKAGE_SOURCE, PACKAGE_SOURCE.c.id == SOURCE_PACKAGE.c.source_id)
            .where(PACKAGE_SOURCE.c.layer_id.in_(layer_ids))
            .order_by(SOURCE_PACKAGE.c.source_id, SOURCE_PACKAGE.c.position)
        )
        found: dict[int, list[Package]] = {}
        shared: dict[int, Package] = {}  # one value for a package that stands in many sources
        for row in self._connection.execute(wanted):
            package = shared.get(row.id) or shared.setdefault(row.id, package_of(row))
            found.setdefault(row.source_id, []).append(package)
        return found

    def _save_sources(
        self, layer_id: int, sources: Sequence[PackageSource], version_keys: Mapping[Package, bytes]
    ) -> None:
        packages = keep_packages(
            self._connection, (package for source in sources for package in source.packages), version_keys
        )
        insert_new(
            self._connection,
            PACKAGE_SOURCE,
            [
                {"layer_id": layer_id, "position": at, "path": source.path, "cataloger": source.cataloger}
                for at, source in enumerate(sources)
            ],
        )
        made = sa.select(PACKAGE_SOURCE.c.position, PACKAGE_SOURCE.c.id).where(
            PACKAGE_SOURCE.c.layer_id == layer_id
        )
        source_ids = {row.position: row.id for row in self._connection.execute(made)}
        insert_new(
            self._connection,
            SOURCE_PACKAGE,
            [
                {"source_id": source_ids[at], "position": position, "package_id": packages[package]}
                for at, source in enumerate(sources)
                for position, package in enumerate(source.packages)
            ],
        )


def beginning_of(sha256: bytes) -> int:
    """The first eight bytes of a digest, as a number that both databases hold."""
    return int.from_bytes(sha256[:8], "big", signed=True)
