"""Images and their bills of materials in SQL."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from lading.adapters.sql.contents_layers import SqlLayers
from lading.adapters.sql.contents_packages import find_packages
from lading.adapters.sql.contents_visible import first_layers, visible
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.tables.contents import (
    IMAGE,
    IMAGE_HIDDEN_SOURCE,
    IMAGE_INSPECTION,
    IMAGE_INTRODUCTION,
    IMAGE_LAYER,
    IMAGE_REPEATED_PACKAGE,
    LAYER,
    LAYER_FILES,
    PACKAGE_SOURCE,
    SBOM_DOCUMENT,
)
from lading.adapters.sql.tables.registry import MANIFEST, REPOSITORY, REPOSITORY_MANIFEST
from lading.adapters.sql.writing import insert_new, upsert
from lading.cataloging.analysis import Distro, ImageContents, LayerAnalysis
from lading.cataloging.distro import placements
from lading.foundation.errors import NotFound
from lading.image import file_list
from lading.image.file_list import FileList
from lading.lineage.inspection.facts import Inspection
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.ports.records.contents import (
    AnalysisState,
    ImageAnalysis,
    ImageLayer,
    ImageRecord,
    PushedImage,
    SbomDocument,
)
from lading.ports.records.page import DEFAULT_LIMIT, Page


class SqlImages(SqlLayers):
    """The part of ``ContentsRecords`` about images."""

    __slots__ = ()

    def save_image(self, image: ImageRecord) -> None:
        """Keep an image, or put it in place of the one with this manifest."""
        self.forget_image(image.manifest)
        insert_new(self._connection, IMAGE, [_image_row(image)])
        image_id = self._image_id(image.manifest)
        insert_new(
            self._connection,
            IMAGE_LAYER,
            [_layer_row(image_id, position, layer) for position, layer in enumerate(image.layers)],
        )

    def image(self, manifest: Digest) -> ImageRecord | None:
        """The image with this manifest."""
        row = self._connection.execute(sa.select(IMAGE).where(IMAGE.c.manifest == manifest)).first()
        return None if row is None else _image(row, self._layer_rows(row.id))

    def images_by_config(self, config: Digest) -> tuple[Digest, ...]:
        """Manifests of images with this config."""
        wanted = sa.select(IMAGE.c.manifest).where(IMAGE.c.config == config).order_by(IMAGE.c.manifest)
        return tuple(self._connection.execute(wanted).scalars())

    def images_with_layer(self, diff_id: Digest, *, limit: int = DEFAULT_LIMIT) -> tuple[Digest, ...]:
        """Manifests of analysed images that have the layer of this content, in order."""
        wanted = (
            sa.select(IMAGE.c.manifest)
            .distinct()
            .join(IMAGE_LAYER, IMAGE_LAYER.c.image_id == IMAGE.c.id)
            .join(LAYER, LAYER.c.id == IMAGE_LAYER.c.layer_id)
            .where(LAYER.c.diff_id == diff_id)
            .order_by(IMAGE.c.manifest)
            .limit(limit)
        )
        return tuple(self._connection.execute(wanted).scalars())

    def forget_image(self, manifest: Digest) -> bool:
        """Remove the image and its bills of materials; its layers stay, for others and for later."""
        image_id = self._find_image(manifest)
        if image_id is None:
            return False
        of_image = (
            IMAGE_INSPECTION,
            IMAGE_INTRODUCTION,
            IMAGE_REPEATED_PACKAGE,
            IMAGE_HIDDEN_SOURCE,
            IMAGE_LAYER,
        )
        for table in of_image:
            self._connection.execute(table.delete().where(table.c.image_id == image_id))
        self._connection.execute(SBOM_DOCUMENT.delete().where(SBOM_DOCUMENT.c.manifest == manifest))
        self._connection.execute(IMAGE.delete().where(IMAGE.c.id == image_id))
        return True

    def finish_image(self, manifest: Digest, contents: ImageContents, *, analyser: str, at: datetime) -> None:
        """The analysis is done: every layer is saved."""
        image_id = self._image_id(manifest)
        distro = contents.distro
        layer_ids = self._resolve_layers(image_id, analyser, contents)
        for table in (IMAGE_HIDDEN_SOURCE, IMAGE_REPEATED_PACKAGE, IMAGE_INTRODUCTION):
            self._connection.execute(table.delete().where(table.c.image_id == image_id))
        for position, layer_id in layer_ids.items():
            this = (IMAGE_LAYER.c.image_id == image_id, IMAGE_LAYER.c.position == position)
            self._connection.execute(IMAGE_LAYER.update().where(*this).values(layer_id=layer_id))
        self._hide_sources(image_id, layer_ids, contents.hidden_sources)
        self._leave_out_repeated(image_id, contents)
        self._note_introductions(image_id, contents)
        self._set_state(
            manifest,
            state=AnalysisState.DONE,
            analyser=analyser,
            at=at,
            reason="",
            distro=msgspec.to_builtins(distro),
        )

    def fail_image(self, manifest: Digest, *, analyser: str, reason: str, at: datetime) -> None:
        """The analysis came to nothing."""
        self._set_state(manifest, state=AnalysisState.FAILED, analyser=analyser, at=at, reason=reason)

    def images_to_analyse(
        self, analyser: str, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[PushedImage]:
        """Images that this version of the analyser has neither done nor failed, as they were pushed."""
        wanted = (
            sa.select(REPOSITORY.c.name, MANIFEST.c.digest)
            .join_from(REPOSITORY_MANIFEST, REPOSITORY)
            .join(MANIFEST, MANIFEST.c.id == REPOSITORY_MANIFEST.c.manifest_id)
            .outerjoin(IMAGE, IMAGE.c.manifest == MANIFEST.c.digest)
            .where(
                MANIFEST.c.kind == "image",
                sa.or_(
                    IMAGE.c.id.is_(None),
                    IMAGE.c.analysis_state == AnalysisState.PENDING.value,
                    IMAGE.c.analyser != analyser,
                ),
            )
        )

        def make(row: sa.Row[Any]) -> PushedImage:
            return PushedImage(row.name, row.digest)

        key = (REPOSITORY_MANIFEST.c.sequence,)
        return fetch_page(self._connection, wanted, key, make, after=after, limit=limit)

    def layers_of(self, manifest: Digest) -> tuple[LayerAnalysis, ...]:
        """The analyses of an image's layers, lowest first."""
        wanted = (
            sa.select(LAYER)
            .join_from(IMAGE_LAYER, LAYER, isouter=True)
            .where(IMAGE_LAYER.c.image_id == self._image_id(manifest))
            .order_by(IMAGE_LAYER.c.position)
        )
        rows = self._connection.execute(wanted).all()
        if any(row.id is None for row in rows):
            raise _not_analysed(manifest)
        analyses = self._analyses(rows)
        return tuple(analyses[row.id] for row in rows)

    def files_of(self, manifest: Digest) -> tuple[FileList, ...]:
        """The files of an image's layers, lowest first."""
        wanted = (
            sa.select(LAYER_FILES.c.files)
            .select_from(IMAGE_LAYER)
            .join(LAYER, LAYER.c.id == IMAGE_LAYER.c.layer_id, isouter=True)
            .join(
                LAYER_FILES,
                sa.and_(
                    LAYER_FILES.c.diff_id == LAYER.c.diff_id,
                    LAYER_FILES.c.analyser == LAYER.c.analyser,
                    LAYER_FILES.c.blob == LAYER.c.blob,
                ),
                isouter=True,
            )
            .where(IMAGE_LAYER.c.image_id == self._image_id(manifest))
            .order_by(IMAGE_LAYER.c.position)
        )
        packed = tuple(self._connection.execute(wanted).scalars())
        if any(one is None for one in packed):
            raise _not_analysed(manifest)
        return tuple(file_list.decode(one) for one in packed)

    def save_inspection(self, manifest: Digest, inspection: Inspection) -> None:
        """Keep what an inspection found, in place of what an earlier one did."""
        row = {"image_id": self._image_id(manifest), "inspection": msgspec.to_builtins(inspection)}
        upsert(self._connection, IMAGE_INSPECTION, row)

    def inspection(self, manifest: Digest) -> Inspection | None:
        """What the last inspection found."""
        wanted = (
            sa.select(IMAGE_INSPECTION.c.inspection)
            .join_from(IMAGE_INSPECTION, IMAGE)
            .where(IMAGE.c.manifest == manifest)
        )
        kept = self._connection.execute(wanted).scalar()
        return None if kept is None else msgspec.convert(kept, Inspection)

    def save_sbom(self, document: SbomDocument) -> None:
        """Remember a bill of materials."""
        row = {
            "manifest": document.manifest,
            "format": document.format,
            "document": document.document,
            "referrer": document.referrer,
            "made_at": document.made_at,
        }
        upsert(self._connection, SBOM_DOCUMENT, row)

    def sboms(self, manifest: Digest) -> tuple[SbomDocument, ...]:
        """The image's bills of materials, by format."""
        wanted = (
            sa.select(SBOM_DOCUMENT)
            .where(SBOM_DOCUMENT.c.manifest == manifest)
            .order_by(SBOM_DOCUMENT.c.format)
        )
        return tuple(
            SbomDocument(row.manifest, row.format, row.document, row.referrer, row.made_at)
            for row in self._connection.execute(wanted)
        )

    def _find_image(self, manifest: Digest) -> int | None:
        wanted = sa.select(IMAGE.c.id).where(IMAGE.c.manifest == manifest)
        return self._connection.execute(wanted).scalar_one_or_none()

    def _image_id(self, manifest: Digest) -> int:
        found = self._find_image(manifest)
        if found is None:
            raise NotFound("image-unknown", f"there is no record of the image {manifest}")
        return found

    def _layer_rows(self, image_id: int) -> list[sa.Row[Any]]:
        wanted = sa.select(IMAGE_LAYER).where(IMAGE_LAYER.c.image_id == image_id)
        return list(self._connection.execute(wanted.order_by(IMAGE_LAYER.c.position)))

    def _resolve_layers(self, image_id: int, analyser: str, contents: ImageContents) -> dict[int, int]:
        """Choose the analysis of each layer: placed as this image has it if any is, whole if any is."""
        rows = self._layer_rows(image_id)
        placed = placements(contents, (row.position for row in rows))
        wanted = sa.select(LAYER.c.id, LAYER.c.diff_id, LAYER.c.blob, LAYER.c.placed_on).where(
            LAYER.c.diff_id.in_({row.diff_id for row in rows}),
            LAYER.c.analyser == analyser,
            LAYER.c.placed_on.in_({"", *placed.values()}),
        )
        known = {(row.diff_id, row.blob, row.placed_on): row.id for row in self._connection.execute(wanted)}
        chosen: dict[int, int] = {}
        for row in rows:
            keys = [
                (row.diff_id, blob, on) for blob in ("", str(row.blob)) for on in (placed[row.position], "")
            ]
            layer_id = next((known[key] for key in keys if key in known), None)
            if layer_id is None:
                raise NotFound("layer-not-analysed", f"there is no analysis of the layer {row.diff_id}")
            chosen[row.position] = layer_id
        return chosen

    def _hide_sources(
        self, image_id: int, layer_ids: Mapping[int, int], hidden: Iterable[tuple[int, str]]
    ) -> None:
        wanted = sa.select(PACKAGE_SOURCE.c.id, PACKAGE_SOURCE.c.layer_id, PACKAGE_SOURCE.c.path).where(
            PACKAGE_SOURCE.c.layer_id.in_(set(layer_ids.values()))
        )
        sources: dict[tuple[int, str], list[int]] = {}
        for row in self._connection.execute(wanted):
            sources.setdefault((row.layer_id, row.path), []).append(row.id)
        insert_new(
            self._connection,
            IMAGE_HIDDEN_SOURCE,
            [
                {"image_id": image_id, "position": position, "source_id": source_id}
                for position, path in sorted(set(hidden))
                for source_id in sources.get((layer_ids[position], path), ())
            ],
        )

    def _leave_out_repeated(self, image_id: int, contents: ImageContents) -> None:
        if not contents.repeated:
            return
        seen = visible(IMAGE_LAYER.c.image_id == image_id)
        packages = find_packages(self._connection, {each.package for each in contents.repeated})
        places = {(packages.get(each.package), each.path) for each in contents.repeated}
        insert_new(
            self._connection,
            IMAGE_REPEATED_PACKAGE,
            [
                {"image_id": image_id, "source_id": row.source_id, "package_id": row.package_id}
                for row in self._connection.execute(sa.select(seen)).all()
                if (row.package_id, row.path) in places
            ],
        )

    def _note_introductions(self, image_id: int, contents: ImageContents) -> None:
        """Write down where ``contents`` disagree with the rule that the lowest layer brought a package."""
        seen = visible(IMAGE_LAYER.c.image_id == image_id)
        rows = self._connection.execute(sa.select(seen)).all()
        lowest = first_layers(self._connection, rows)
        packages = find_packages(self._connection, {each.package for each in contents.packages})
        said = {
            (image_id, packages[each.package], each.path): each.layer
            for each in contents.packages
            if each.package in packages
        }
        insert_new(
            self._connection,
            IMAGE_INTRODUCTION,
            [
                {
                    "image_id": image_id,
                    "source_id": row.source_id,
                    "package_id": row.package_id,
                    "layer": said[place],
                }
                for row in rows
                if (place := (image_id, row.package_id, row.path)) in said and said[place] != lowest[place]
            ],
        )

    def _set_state(
        self, manifest: Digest, *, state: AnalysisState, analyser: str, at: datetime, reason: str, **more: Any
    ) -> None:
        change = IMAGE.update().where(IMAGE.c.manifest == manifest)
        changed = self._connection.execute(
            change.values(
                analysis_state=state.value,
                analyser=analyser,
                analysis_changed_at=at,
                analysis_reason=reason,
                **more,
            )
        )
        if not changed.rowcount:
            raise NotFound("image-unknown", f"there is no record of the image {manifest}")


def _image_row(image: ImageRecord) -> dict[str, Any]:
    return {
        "manifest": image.manifest,
        "config": image.config,
        "os": image.platform.os,
        "architecture": image.platform.architecture,
        "variant": image.platform.variant,
        "os_version": image.platform.os_version,
        "user": image.user,
        "created": image.created,
        "labels": image.labels,
        "distro": msgspec.to_builtins(image.distro),
        "analysis_state": image.analysis.state.value,
        "analyser": image.analysis.analyser,
        "analysis_changed_at": image.analysis.changed_at,
        "analysis_reason": image.analysis.reason,
    }


def _layer_row(image_id: int, position: int, layer: ImageLayer) -> dict[str, Any]:
    return {
        "image_id": image_id,
        "position": position,
        "diff_id": layer.diff_id,
        "blob": layer.blob,
        "media_type": layer.media_type,
        "size": layer.size,
        "step": layer.step,
        "layer_id": None,
    }


def _image(row: sa.Row[Any], layers: Iterable[sa.Row[Any]]) -> ImageRecord:
    return ImageRecord(
        manifest=row.manifest,
        config=row.config,
        platform=Platform(row.os, row.architecture, row.variant, row.os_version),
        user=row.user,
        created=row.created,
        labels=row.labels,
        layers=tuple(
            ImageLayer(layer.diff_id, layer.blob, layer.media_type, layer.size, layer.step)
            for layer in layers
        ),
        analysis=ImageAnalysis(
            AnalysisState(row.analysis_state), row.analyser, row.analysis_changed_at, row.analysis_reason
        ),
        distro=msgspec.convert(row.distro, Distro | None),
    )


def _not_analysed(manifest: Digest) -> NotFound:
    return NotFound("layer-not-analysed", f"the layers of the image {manifest} were not analysed yet")
