"""What one layer was found to hold. A pure function of its content and of the analyser version."""

from dataclasses import dataclass

from lading.oci.digest import Digest
from lading.packages.package import Package


@dataclass(frozen=True, slots=True)
class PackageSource:
    """A file that says which packages are installed, and what it says.

    ``path`` is relative to the root, without a leading slash (``var/lib/dpkg/status``). A package database
    is one source with many packages; a ``dist-info`` folder is one source with one.
    """

    path: str
    cataloger: str
    packages: tuple[Package, ...]


@dataclass(frozen=True, slots=True)
class Ownership:
    """Programs and libraries that the package database at ``path`` accounts for.

    ``describing`` are files that describe packages of languages, each with the name of the package of the
    system that brought it.
    """

    path: str
    files: tuple[str, ...]
    describing: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LicenseStatement:
    """What a file says of the licences of a package of the operating system, apart from its database."""

    path: str
    package: str  # its name
    licenses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """A credential in a file. ``excerpt`` never holds the credential itself.

    ``example`` says why it is taken for one that everybody knows (a package's own test data), and is empty
    for all others. It is reported all the same; rules count those without.
    """

    kind: str  # "private-key-rsa"
    path: str
    line: int  # 1 is the first
    excerpt: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that was seen and not understood: never shown as clean."""

    path: str  # empty where it is the whole layer
    cataloger: str  # or "layer" where the archive itself could not be read
    reason: str


@dataclass(frozen=True, slots=True)
class Distro:
    """The operating system of a root file system, as its os-release says."""

    id: str  # "debian"
    version_id: str  # "12", empty where the distribution is rolling
    name: str  # for people
    id_like: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """``ID-VERSION_ID``, as packages and advisories carry it."""
        return f"{self.id}-{self.version_id}" if self.version_id else self.id


@dataclass(frozen=True, slots=True)
class OsRelease:
    """A file that names the operating system: ``etc/os-release``, ``usr/lib/os-release`` …"""

    path: str
    distro: Distro


@dataclass(frozen=True, slots=True)
class SymbolicLink:
    """A symbolic link that a layer writes; ``target`` is as written in it, absolute or relative."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class LayerAnalysis:
    """Everything that later steps need to know about one layer.

    Paths are relative to the root, without a leading slash. ``whiteouts`` are paths that the layer deletes
    from those below it; ``opaque`` are directories whose lower content it hides; ``replaced`` are paths of
    files that it writes where a lower layer's package source may stand (that is, every path that is of
    interest to a cataloger); ``links`` are its symbolic links, except those that look like links to a file
    that nobody reads (``libz.so``): they too hide what is below them, and other layers may write through
    them.

    Packages of an operating system are found without ``namespace`` and ``distro``, because the layer that
    names the system is often another one. ``distro.place_layer`` fills both in once an image is known, and
    says so in ``placed_on``: a layer that was analysed once is kept once for each distribution that it
    stands on, which in practice is one.

    Only a ``whole`` analysis may stand for every image that lists this diff id: its archive was read to the
    end and has the digest that it should have. One that is not whole says why in ``unreadable``, and is
    true of the blob that was read and of nothing else; sharing it would let a broken blob speak for a
    layer of other images.
    """

    diff_id: Digest
    analyser: str  # version of the analyser: part of the key under which this is kept
    whole: bool
    sources: tuple[PackageSource, ...]
    secrets: tuple[Secret, ...]
    unreadable: tuple[Unreadable, ...]
    whiteouts: tuple[str, ...]
    opaque: tuple[str, ...]
    replaced: tuple[str, ...]
    links: tuple[SymbolicLink, ...]
    releases: tuple[OsRelease, ...]
    file_count: int  # entries of the archive
    byte_count: int  # uncompressed size of the archive
    ownership: tuple[Ownership, ...] = ()
    license_statements: tuple[LicenseStatement, ...] = ()
    placed_on: str = ""  # ``Distro.key``; empty before placing, and where no package depends on it
    bindings: bytes = b""  # what its programs ask of others, as ``layer_bindings`` packs it
    files: bytes = b""  # every entry, packed (``lading.image.file_list``); empty where it is kept apart


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """A package as it is visible in an image.

    ``declared`` is set where only a lock file or the like says so: somebody wanted it installed, and nothing
    shows that it is.
    """

    package: Package
    path: str
    layer: int  # index of the layer that first brought this package version, 0 is the lowest
    declared: bool = False
    stated_licenses: tuple[str, ...] = ()  # by another file than the one that names the package

    @property
    def licenses(self) -> tuple[str, ...]:
        """What is said of its licences."""
        return self.package.licenses or self.stated_licenses


@dataclass(frozen=True, slots=True)
class BakedSecret:
    """A secret in any layer. ``deleted_by`` is the later layer that hides the file; it still ships."""

    secret: Secret
    layer: int
    deleted_by: int | None


@dataclass(frozen=True, slots=True)
class ImageContents:
    """Layers applied in order."""

    distro: Distro | None
    packages: tuple[InstalledPackage, ...]
    secrets: tuple[BakedSecret, ...]
    unreadable: tuple[tuple[int, Unreadable], ...]
    # (layer, path) of package sources that a higher layer deleted or replaced
    hidden_sources: tuple[tuple[int, str], ...]
    # Packages that would be there twice: declared and installed, or read from a program that a package owns.
    repeated: tuple[InstalledPackage, ...] = ()
    # (layer, path) of package sources whose owner was believed by the layer, and is not by the image
    disowned: tuple[tuple[int, str], ...] = ()
