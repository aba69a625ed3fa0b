"""Everything about what layers and images hold, in SQL; here: packages, by image and by name."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.connection import in_batches
from lading.adapters.sql.contents_holders import Holders, all_within, holders_of_layers
from lading.adapters.sql.contents_images import SqlImages
from lading.adapters.sql.contents_layers import beginning_of
from lading.adapters.sql.contents_packages import (
    PACKAGES_AS_KEPT,
    find_packages,
    package_as_kept,
    package_of,
)
from lading.adapters.sql.contents_paths import layers_with_path
from lading.adapters.sql.contents_visible import first_layers, installed_package, visible
from lading.adapters.sql.paging import fetch_page, starts_with
from lading.adapters.sql.tables.contents import FILE_DIGEST, IMAGE, IMAGE_LAYER, LAYER, LAYER_FILES, PACKAGE
from lading.cataloging.analysis import InstalledPackage
from lading.image import file_list
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.ports.records.contents import EVERYWHERE, ImageScope, KnownPackage, Uses
from lading.ports.records.page import DEFAULT_LIMIT, Page


class SqlContents(SqlImages):
    """See ``lading.ports.records.contents.ContentsRecords``."""

    __slots__ = ()

    def image_packages(
        self, manifest: Digest, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[InstalledPackage]:
        """Packages that are visible in an image, by type, namespace, name, version and path."""
        seen = visible(IMAGE_LAYER.c.image_id == self._find_image(manifest))
        wanted = sa.select(seen, PACKAGE).join_from(seen, PACKAGE, PACKAGE.c.id == seen.c.package_id)
        columns = PACKAGE.c
        key = (
            columns.type,
            columns.namespace,
            columns.name,
            columns.version,
            seen.c.path,
            seen.c.package_id,
        )
        page = fetch_page(self._connection, wanted, key, _itself, after=after, limit=limit)
        layers = first_layers(self._connection, page.items)
        return Page(
            tuple(installed_package(row, layers) for row in page.items),
            page.next,
        )

    def package_counts(self, manifests: Iterable[Digest]) -> Mapping[Digest, int]:
        """How many packages are visible in each image."""
        counts: dict[Digest, int] = {}
        for batch in in_batches(set(manifests)):
            these = sa.select(IMAGE.c.id).where(IMAGE.c.manifest.in_(batch))
            seen = visible(IMAGE_LAYER.c.image_id.in_(these))
            wanted = (
                sa.select(IMAGE.c.manifest, sa.func.count().label("packages"))
                .join_from(seen, IMAGE, IMAGE.c.id == seen.c.image_id)
                .group_by(IMAGE.c.manifest)
            )
            counts.update({row.manifest: row.packages for row in self._connection.execute(wanted)})
        return counts

    def find_packages(
        self, *, name_prefix: str, package_type: str = "", after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[Package]:
        """Distinct package versions by name, in any layer."""
        columns = PACKAGE.c
        wanted = sa.select(PACKAGE).where(starts_with(columns.name, name_prefix))
        if package_type:
            wanted = wanted.where(columns.type == package_type)
        key = (columns.name, columns.type, columns.namespace, columns.version, columns.id)
        return fetch_page(self._connection, wanted, key, package_of, after=after, limit=limit)

    def packages_called(
        self, name: str, *, package_type: str = "", namespace: str = ""
    ) -> tuple[KnownPackage, ...]:
        """Distinct package versions of this name, or whose source has it."""
        wanted = PACKAGES_AS_KEPT.where(sa.or_(PACKAGE.c.name == name, PACKAGE.c.source_name == name))
        if package_type:
            wanted = wanted.where(PACKAGE.c.type == package_type)
        if namespace:
            wanted = wanted.where(PACKAGE.c.namespace == namespace)
        rows = self._connection.execute(wanted.order_by(PACKAGE.c.id))
        return tuple(KnownPackage(row[0], package_as_kept(row)) for row in rows)

    def known(self, packages: Iterable[Package]) -> tuple[KnownPackage, ...]:
        """Those of ``packages`` that some layer has, in order."""
        wanted = list(dict.fromkeys(packages))
        found = find_packages(self._connection, wanted)
        return tuple(KnownPackage(found[package], package) for package in wanted if package in found)

    def packages_licensed(self, pattern: str) -> tuple[int, ...]:
        """Numbers of package versions under a licence."""
        beginning = pattern.removesuffix("*").lower()
        # Inside of the list's JSON; which of its members it is, is seen when it is read.
        holds = sa.func.lower(sa.type_coerce(PACKAGE.c.licenses, sa.Text)).contains(
            beginning, autoescape=True
        )
        rows = self._connection.execute(sa.select(PACKAGE.c.id, PACKAGE.c.licenses).where(holds))
        return tuple(row.id for row in rows if any(_is_under(each, pattern) for each in row.licenses))

    def images_with_file(
        self, sha256: bytes, *, within: ImageScope = EVERYWHERE, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Uses:
        """Images with a layer that has a file of this content, also where a higher layer hides it."""
        wanted = (
            sa.select(LAYER.c.id, LAYER_FILES.c.files)
            .join_from(FILE_DIGEST, LAYER, LAYER.c.id == FILE_DIGEST.c.layer_id)
            .join(
                LAYER_FILES,
                sa.and_(
                    LAYER_FILES.c.diff_id == LAYER.c.diff_id,
                    LAYER_FILES.c.analyser == LAYER.c.analyser,
                    LAYER_FILES.c.blob == LAYER.c.blob,
                ),
            )
            .where(FILE_DIGEST.c.beginning == beginning_of(sha256))
        )
        paths: dict[int, str] = {}
        for row in self._connection.execute(wanted):
            found = (entry.path for entry in file_list.decode(row.files) if entry.sha256 == sha256)
            if path := next(found, ""):
                paths[row.id] = path
        return holders_of_layers(self._connection, paths, within, after=after, limit=limit)

    def images_with_path(
        self, pattern: str, *, within: ImageScope = EVERYWHERE, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Uses:
        """Images with a layer that has a file at such a path."""
        paths = layers_with_path(self._connection, pattern)
        return holders_of_layers(self._connection, paths, within, after=after, limit=limit)

    def repositories_with(self, packages: Iterable[int]) -> Mapping[int, tuple[str, ...]]:
        """Repositories with an image in which each package version is visible."""
        found: dict[int, tuple[str, ...]] = {}
        for number in sorted(set(packages)):
            if names := Holders(self._connection, [number]).repositories():
                found[number] = names
        return found

    def images_within(self, within: ImageScope, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Uses:
        """All images of a scope."""
        return all_within(self._connection, within, after=after, limit=limit)

    def uses_of(
        self,
        packages: Iterable[int],
        *,
        within: ImageScope = EVERYWHERE,
        after: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> Uses:
        """Where package versions are visible, by image, package and path."""
        holders = Holders(self._connection, sorted(set(packages)), within)
        return Uses(holders.uses(after=after, limit=limit), holders.reach())


def _is_under(text: str, pattern: str) -> bool:
    """Whether one of the licences of an expression is meant."""
    names = text.replace("(", " ").replace(")", " ").lower().split()
    wanted = pattern.lower()
    if wanted.endswith("*"):
        return any(name.startswith(wanted[:-1]) for name in names)
    return wanted in names


def _itself(row: sa.Row[Any]) -> sa.Row[Any]:
    return row
