"""Why packages are in one image."""

from collections.abc import Iterable
from dataclasses import dataclass

from lading.cataloging.analysis import InstalledPackage
from lading.cataloging.asking import key
from lading.console.links import image_link, list_link
from lading.console.views.image_header import ImageHeader
from lading.workflows.why_here import WhyHere


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A package on the way, with the page that says why it is here itself."""

    name: str
    version: str
    link: str


@dataclass(frozen=True, slots=True)
class WhyRow:
    """One package."""

    name: str
    version: str
    type: str
    path: str
    layer: int
    layer_link: str
    is_known: bool
    chains: tuple[tuple[Neighbour, ...], ...]
    shipped_by: tuple[Neighbour, ...]  # none or one
    needed_by: tuple[Neighbour, ...]
    needs: tuple[Neighbour, ...]
    unanswered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhyView:
    """Every package of a name."""

    header: ImageHeader
    name: str
    rows: tuple[WhyRow, ...]


def why_link(repository: str, digest: str, name: str) -> str:
    """The page that says why packages of a name are here."""
    return list_link(image_link(repository, digest, "packages") + "/why", name=name)


def why_row(why: WhyHere, repository: str, digest: str) -> WhyRow:
    """Make a row."""

    def neighbours(packages: Iterable[InstalledPackage]) -> tuple[Neighbour, ...]:
        return tuple(
            Neighbour(called(each), each.package.version, why_link(repository, digest, each.package.name))
            for each in packages
        )

    package = why.package.package
    return WhyRow(
        name=called(why.package),
        version=package.version,
        type=package.type,
        path=why.package.path,
        layer=why.package.layer,
        layer_link=f"{image_link(repository, digest, 'layers')}#layer-{why.package.layer}",
        is_known=why.is_known,
        chains=tuple(neighbours(chain) for chain in why.chains),
        shipped_by=neighbours((why.shipped_by,) if why.shipped_by else ()),
        needed_by=neighbours(why.needed_by),
        needs=neighbours(why.needs),
        unanswered=why.unanswered,
    )


def called(installed: InstalledPackage) -> str:
    """As people write it: packages of the system without the name of their distribution."""
    package = installed.package
    return package.name if package.distro and not package.owner else key(package)
