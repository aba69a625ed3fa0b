"""Packages of one image."""

from dataclasses import dataclass

from lading.cataloging.analysis import InstalledPackage
from lading.console.links import image_link, list_link
from lading.console.views.image_header import ImageHeader
from lading.console.views.why import why_link


@dataclass(frozen=True, slots=True)
class PackageRow:
    """One package of an image."""

    name: str
    link: str
    version: str
    type: str
    source: str  # the source package, where it has another name or version
    licenses: str
    layer: int
    layer_link: str
    path: str
    declared: bool  # only a lock file says so
    owner: str  # the package of the system that ships it
    why_link: str


@dataclass(frozen=True, slots=True)
class PackagesView:
    """Packages by name."""

    header: ImageHeader
    search: str
    layer: str
    rows: tuple[PackageRow, ...]
    next_link: str
    first_link: str


def package_row(installed: InstalledPackage, repository: str, digest: str) -> PackageRow:
    """Make a row."""
    package = installed.package
    differs = (package.source_name, package.source_version) not in {
        ("", ""),
        (package.name, package.version),
        (package.name, ""),
    }
    source = f"{package.advisory_name} {package.advisory_version}" if differs else ""
    return PackageRow(
        name=f"{package.namespace}/{package.name}" if package.namespace.startswith("@") else package.name,
        link=list_link("/who-has", q=package.name),
        version=package.version,
        type=package.type,
        source=source,
        licenses=", ".join(package.licenses),
        layer=installed.layer,
        layer_link=f"{image_link(repository, digest, 'layers')}#layer-{installed.layer}",
        path=installed.path,
        declared=installed.declared,
        owner=package.owner,
        why_link=why_link(repository, digest, package.name),
    )
