"""What a bill of materials says of an image, whatever format it is written in."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache

from lading import __version__
from lading.foundation import strict_json
from lading.foundation.errors import Malformed
from lading.oci.config import ImageConfig
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.packages.licenses import License, normalise
from lading.packages.package import Package
from lading.packages.purl import package_url

TOOL, VENDOR = "lading", "Lading"


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer, and the step of the build that made it, empty where nobody said."""

    diff_id: Digest
    step: str


@dataclass(frozen=True, slots=True)
class System:
    """The operating system; ``version`` is empty where it has none."""

    id: str  # "debian"
    version: str
    name: str  # for people


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something in a layer that was seen and not understood; ``path`` is empty where it is all of it."""

    layer: int
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A file that says that a package is installed; ``layer`` is the index of the first that brought it."""

    path: str
    layer: int


@dataclass(frozen=True, slots=True)
class Component:
    """One package version, once for each image however often it is installed there.

    ``purl`` is empty for a package that none can name, which is listed all the same. ``id`` is unique in the
    document and the same in each document of the image: letters, digits, dots and hyphens only. ``needs`` are
    the ids of those that it depends on, as far as that is known.
    """

    id: str
    package: Package
    purl: str
    licenses: tuple[License, ...]
    occurrences: tuple[Occurrence, ...]
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name with its scope or group, as people write it."""
        package = self.package
        return (
            f"{package.namespace}/{package.name}"
            if package.type == "npm" and package.namespace
            else package.name
        )


@dataclass(frozen=True)
class Sbom:
    """The bill of materials of one image."""

    name: str  # how the image is called, for people: "registry.example.org/team/app"
    manifest: Digest
    platform: Platform
    system: System | None
    layers: tuple[Layer, ...]
    components: tuple[Component, ...]
    doubts: tuple[Doubt, ...]

    @property
    def roots(self) -> tuple[Component, ...]:
        """Components that no other needs; and of those that need each other in a circle, all."""
        by_id = {one.id: one for one in self.components}
        needed = {name for one in self.components for name in one.needs if name != one.id}
        roots = [one for one in self.components if one.id not in needed]
        reached = {one.id for one in roots}
        pending = list(roots)
        while pending:
            for name in pending.pop().needs:
                if name not in reached:
                    reached.add(name)
                    pending.append(by_id[name])
        return (*roots, *(one for one in self.components if one.id not in reached))

    @cached_property
    def fingerprint(self) -> bytes:
        """Thirty-two bytes that are the same exactly for the same content, whoever writes it and when."""
        return hashlib.sha256(strict_json.encode_canonical(_facts(self))).digest()

    @property
    def uuid(self) -> str:
        """A UUID out of the fingerprint (RFC 9562, section 5.8: version 8, for one's own making)."""
        raw = bytearray(self.fingerprint[:16])
        raw[6] = raw[6] & 0x0F | 0x80
        raw[8] = raw[8] & 0x3F | 0x80
        text = raw.hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def make_sbom(
    name: str,
    manifest: Digest,
    config: ImageConfig,
    *,
    system: System | None,
    installed: Iterable[tuple[Package, Occurrence]],
    doubts: Iterable[Doubt],
    needs: Iterable[tuple[Package, Package]] = (),
) -> Sbom:
    """Put together what is known of an image. Layers are counted as ``config`` lists them, from 0.

    ``needs`` are pairs of packages of which the first depends on the second; both are installed.
    """
    needed: dict[Package, set[str]] = {}
    for package, other in needs:
        needed.setdefault(package, set()).add(_named(other)[0])
    occurrences: dict[Package, list[Occurrence]] = {}
    for package, occurrence in installed:
        occurrences.setdefault(package, []).append(occurrence)
    return Sbom(
        name=name,
        manifest=manifest,
        platform=config.platform,
        system=system,
        layers=tuple(
            Layer(diff_id, step.created_by if step else "")
            for diff_id, step in zip(config.diff_ids, config.layer_steps(), strict=True)
        ),
        components=tuple(
            _component(
                package,
                sorted(places, key=lambda place: (place.path, place.layer)),
                needed.get(package, set()),
            )
            for package, places in sorted(occurrences.items())
        ),
        doubts=tuple(doubts),
    )


def timestamp(created: datetime) -> str:
    """Write a moment as both formats want it: RFC 3339, UTC, whole seconds."""
    if created.tzinfo is None:
        raise ValueError("a time needs a zone")
    return created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def tool_version() -> str:
    """The version that documents name as their maker's."""
    return __version__


def _component(package: Package, places: Iterable[Occurrence], needs: Collection[str]) -> Component:
    name, purl, licenses = _named(package)
    return Component(name, package, purl, licenses, tuple(places), tuple(sorted(needs)))


@lru_cache(maxsize=1 << 13)  # images share most of their packages
def _named(package: Package) -> tuple[str, str, tuple[License, ...]]:
    try:
        purl = package_url(package)
    except Malformed:
        purl = ""
    return _component_id(package), purl, tuple(normalise(text) for text in package.licenses)


def _component_id(package: Package) -> str:
    """Readable, and unique by 64 bits of the digest of all that makes the package what it is."""
    parts = [package.type, package.namespace, package.name, package.version, package.arch, package.distro]
    parts += [package.source_name, package.source_version, *package.licenses]
    parts += [package.owner] if package.owner else []
    digest = hashlib.sha256(strict_json.encode_canonical(parts)).hexdigest()[:16]
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in package.name)
    return f"{package.type}-{name[:60]}-{digest}"


def _facts(sbom: Sbom) -> strict_json.JsonValue:
    return [
        sbom.name,
        str(sbom.manifest),
        str(sbom.platform),
        [sbom.system.id, sbom.system.version] if sbom.system else [],
        [[str(layer.diff_id), layer.step] for layer in sbom.layers],
        [
            [one.id, [[place.path, place.layer] for place in one.occurrences], list(one.needs)]
            for one in sbom.components
        ],
        [[doubt.layer, doubt.path, doubt.reason] for doubt in sbom.doubts],
        tool_version(),
    ]
