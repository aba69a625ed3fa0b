"""Why packages are here, as messages."""

from collections.abc import Iterable

from lading.api.dependencies import NeighbourLine, WhyLine
from lading.cataloging.analysis import InstalledPackage
from lading.cataloging.asking import key
from lading.server.management.image_lines import package_line
from lading.workflows.why_here import WhyHere


def why_line(why: WhyHere) -> WhyLine:
    """One package."""
    return WhyLine(
        package=package_line(why.package),
        is_known=why.is_known,
        is_root=why.is_root,
        chains=[_neighbours(chain) for chain in why.chains],
        shipped_by=_neighbour(why.shipped_by) if why.shipped_by else None,
        needed_by=_neighbours(why.needed_by),
        needs=_neighbours(why.needs),
        unanswered=list(why.unanswered),
    )


def _neighbours(packages: Iterable[InstalledPackage]) -> list[NeighbourLine]:
    return [_neighbour(each) for each in packages]


def _neighbour(installed: InstalledPackage) -> NeighbourLine:
    package = installed.package
    return NeighbourLine(
        type=package.type, name=_name(installed), version=package.version, path=installed.path
    )


def _name(installed: InstalledPackage) -> str:
    """As people write it: packages of the system without the name of their distribution."""
    package = installed.package
    return package.name if package.distro and not package.owner else key(package)
