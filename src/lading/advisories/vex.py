"""VEX: what somebody says of a flaw in a product, and whether a package or an image is that product.

Makers write products in many ways, so both sides are brought into one form first: names as the ecosystem
compares them, qualifiers that say where a package lies (arch, distro, epoch) only where both have them, and
images by digest or by repository, whatever its registry is called from here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from packageurl import PackageURL

from lading.advisories.debian_releases import DISTRO_OF_CODENAME
from lading.advisories.system_releases import UBUNTU_OF_CODENAME
from lading.packages.package import Package
from lading.packages.package_name import comparable_name
from lading.packages.release import release_of

MAX_PRODUCT = 4096  # characters


class VexStatus(StrEnum):
    """The four statuses of VEX (CISA, "Minimum Requirements for VEX")."""

    NOT_AFFECTED = "not_affected"
    AFFECTED = "affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"

    @property
    def clears(self) -> bool:
        """Whether what it is said of does not have the flaw."""
        return self in (VexStatus.NOT_AFFECTED, VexStatus.FIXED)


@dataclass(frozen=True, slots=True)
class PackageProduct:
    """Packages of a name; empty members let everything through."""

    type: str
    namespace: str
    name: str
    version: str = ""
    release: str = ""  # of a distribution, as ``release_of`` writes it
    of_source: bool = False

    def covers(self, package: Package) -> bool:
        """Whether the package is one of them, by its own name or, for sources, by what it is built from."""
        if package.type != self.type:
            return False
        if self.release and package.distro and release_of(package.distro) != self.release:
            return False
        own = [(package.name, package.version)]
        if package.source_name:
            source = (package.source_name, package.source_version or package.version)
            own = [source] if self.of_source else [*own, source]
        return any(self._is(package, name, version) for name, version in own)

    def _is(self, package: Package, name: str, version: str) -> bool:
        distro = package.distro
        theirs = comparable_name(self.type, self.namespace, self.name, distro)
        if theirs != comparable_name(package.type, package.namespace, name, distro):
            return False
        return not self.version or _same_version(self.version, version)


def _same_version(one: str, other: str) -> bool:
    """Equal as written, or but for an epoch of 0 that one of them leaves out."""
    return one.removeprefix("0:") == other.removeprefix("0:")


@dataclass(frozen=True, slots=True)
class ImageProduct:
    """An image: by digest, or any image of a repository. ``repository`` is with or without its registry."""

    digest: str
    repository: str
    tag: str = ""

    def covers(self, digests: Iterable[str], places: Iterable[str]) -> bool:
        """Whether it is an image with these digests that is at these places ("host/repo:tag")."""
        if self.digest:
            return self.digest in digests
        for place in places:
            repository, tag = _split_tag(place)
            if self.tag and tag != self.tag:
                continue
            if any(repository == path or repository.endswith(f"/{path}") for path in self._paths):
                return True
        return False

    @property
    def _paths(self) -> tuple[str, ...]:
        """The repository with its registry, and without: a mirror keeps the path at most."""
        host, slash, path = self.repository.partition("/")
        return (self.repository, path) if slash and ("." in host or ":" in host) else (self.repository,)


def _split_tag(place: str) -> tuple[str, str]:
    name, colon, tag = place.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (place, "")


@dataclass(frozen=True, slots=True)
class VexStatement:
    """What one author says at one time. ``images`` narrow it to images, ``packages`` to packages in them.

    One of the two is not empty. ``flaws`` are all names of the flaw. ``evidence`` is why, in the words of who
    marked it here; ``signer`` who vouched for the document, empty for a mark of our own.
    """

    id: str
    source: str  # "own", "file", "hub", "referrer"
    document: str  # where it stands: an id or a name
    author: str
    at: str  # RFC 3339
    flaws: tuple[str, ...]
    status: VexStatus
    packages: tuple[PackageProduct, ...] = ()
    images: tuple[ImageProduct, ...] = ()
    justification: str = ""
    impact: str = ""
    evidence: str = ""
    signer: str = ""

    def covers_package(self, package: Package) -> bool:
        """Whether the package is meant; a statement about an image alone means all in it."""
        return not self.packages or any(product.covers(package) for product in self.packages)

    def covers_image(self, digests: Iterable[str], places: Iterable[str]) -> bool:
        """Whether the image is meant; a statement about packages alone means all images."""
        held, at = tuple(digests), tuple(places)
        return not self.images or any(product.covers(held, at) for product in self.images)

    @property
    def words(self) -> str:
        """One sentence for people."""
        says = {
            VexStatus.NOT_AFFECTED: "is not affected",
            VexStatus.AFFECTED: "is affected",
            VexStatus.FIXED: "has it fixed",
            VexStatus.UNDER_INVESTIGATION: "is under investigation",
        }[self.status]
        why = self.impact or self.evidence or self.justification.replace("_", " ")
        return f"{self.author} says that it {says}" + (f": {why}" if why else "")


def strongest(statements: Iterable[VexStatement]) -> VexStatement | None:
    """Whose word counts: our own marks first, then the newest."""
    return max(statements, key=lambda one: (one.source == "own", one.at, one.id), default=None)


def parse_product(text: str) -> PackageProduct | ImageProduct | None:
    """Read a purl, a digest or an image's reference; None for what names nothing here."""
    text = text.strip()
    if not text or len(text) > MAX_PRODUCT:
        return None
    if "#pkg:" in text and text.startswith("urn:cdx:"):  # BOM-Link of CycloneDX
        text = unquote(text.partition("#")[2])
    if text.startswith("pkg:"):
        return _of_purl(text)
    if text.startswith("sha256:") and len(text) == 71:
        return ImageProduct(text, "")
    if "@sha256:" in text:
        name, _, digest = text.partition("@")
        return ImageProduct(digest, name)
    return None


def _of_purl(text: str) -> PackageProduct | ImageProduct | None:
    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        return None
    qualifiers = dict(purl.qualifiers)
    version = unquote(purl.version or "")
    if purl.type in ("oci", "docker"):
        place = qualifiers.get("repository_url", "")
        named = "/".join(part for part in (purl.namespace, purl.name) if part)
        repository = _repository(place, named)
        digest = version if version.startswith("sha256:") else ""
        tag = qualifiers.get("tag", "") or ("" if digest else version)
        return ImageProduct(digest, repository, tag)
    distro = qualifiers.get("distro", "")
    release = release_of(distro) if "-" in distro else _release_of_codename(purl.namespace or "", distro)
    return PackageProduct(
        purl.type,
        purl.namespace or "",
        purl.name,
        version,
        release,
        of_source=qualifiers.get("arch") in ("source", "src"),
    )


def _repository(place: str, name: str) -> str:
    """Join "index.docker.io/library" and "debian", or "ghcr.io/acme/app" and "app": both are seen."""
    place = place.rstrip("/")
    if not place:
        return name
    return place if place.rpartition("/")[2] == name.rpartition("/")[2] else f"{place}/{name}"


def _release_of_codename(system: str, codename: str) -> str:
    """Ubuntu and Debian write "jammy" and "bookworm"; other names say nothing that could be compared."""
    known = UBUNTU_OF_CODENAME if system == "ubuntu" else DISTRO_OF_CODENAME
    name = codename.rpartition("/")[2]
    return release_of(known[name]) if name in known else ""
