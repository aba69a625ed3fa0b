"""Layer analyses and image records without layers."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from lading.cataloging.analysis import (
    Distro,
    LayerAnalysis,
    OsRelease,
    Ownership,
    PackageSource,
    Secret,
    SymbolicLink,
    Unreadable,
)
from lading.oci import media_types
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.ports.records.contents import AnalysisState, ImageAnalysis, ImageLayer, ImageRecord

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANALYSER = "7"
DEBIAN = Distro("debian", "12", "Debian GNU/Linux 12 (bookworm)")


def digest(name: str) -> Digest:
    """A digest that stands for a name."""
    return Digest.of(name.encode())


def deb(name: str, version: str = "1.0-1", *, source: str = "", distro: str = "debian-12") -> Package:
    """A Debian package, placed unless ``distro`` is empty."""
    return Package(
        type="deb",
        namespace="debian" if distro else "",
        name=name,
        version=version,
        arch="amd64",
        distro=distro,
        source_name=source or name,
        source_version=version,
        licenses=("GPL-2.0-only",),
    )


def pypi(name: str, version: str = "1.0") -> Package:
    """A Python distribution."""
    return Package(type="pypi", namespace="", name=name, version=version, licenses=("MIT",))


def status(*packages: Package, path: str = "var/lib/dpkg/status") -> PackageSource:
    """A dpkg database."""
    return PackageSource(path, "dpkg", packages)


def dist_info(package: Package, folder: str = "usr/lib/python3/dist-packages") -> PackageSource:
    """One Python distribution's metadata."""
    return PackageSource(f"{folder}/{package.name}.dist-info/METADATA", "python", (package,))


def layer(
    name: str,
    *sources: PackageSource,
    whole: bool = True,
    placed_on: str = "debian-12",
    secrets: Sequence[Secret] = (),
    unreadable: Sequence[Unreadable] = (),
) -> LayerAnalysis:
    """An analysis with something in every member."""
    return LayerAnalysis(
        diff_id=digest(f"diff {name}"),
        analyser=ANALYSER,
        whole=whole,
        sources=sources,
        secrets=tuple(secrets),
        unreadable=tuple(unreadable),
        whiteouts=("tmp/gone",),
        opaque=("var/cache",),
        replaced=("etc/os-release", *(source.path for source in sources)),
        links=(SymbolicLink("bin", "usr/bin"),),
        releases=(OsRelease("etc/os-release", DEBIAN),),
        file_count=12,
        byte_count=34_567,
        placed_on=placed_on,
        ownership=tuple(_ownership(sources)),
    )


def _ownership(sources: Iterable[PackageSource]) -> Iterator[Ownership]:
    """The record of every package that has an owner: that of the owner lists the file."""
    for source in sources:
        for package in source.packages:
            if package.owner:
                name = package.owner.partition("/")[2].partition(" ")[0]
                yield Ownership(f"var/lib/dpkg/info/{name}-{package.distro}.list", (), ((source.path, name),))


def image_record(name: str, layers: Iterable[LayerAnalysis]) -> ImageRecord:
    """An image of these layers that was not analysed yet."""
    return ImageRecord(
        manifest=digest(f"manifest {name}"),
        config=digest(f"config {name}"),
        platform=Platform("linux", "arm64", "v8"),
        user="1000:1000",
        created="2026-02-01T00:00:00Z",
        labels={"org.example.owner": "payments", "odd": "\x00"},
        layers=tuple(
            ImageLayer(
                diff_id=analysis.diff_id,
                blob=digest(f"blob {analysis.diff_id}"),
                media_type=media_types.OCI_LAYER_GZIP,
                size=1000 + position,
                step=f"RUN step {position}",
            )
            for position, analysis in enumerate(layers)
        ),
        analysis=ImageAnalysis(AnalysisState.PENDING, "", AT),
    )
