"""A synthetic fleet as real ones are: few bases, many applications, most versions near a bound.

Every number is a share of the number of images, as in a fleet of 100,000: 2.5 layers for each, 4 distinct
package versions, 3 ranges of advisories, 300 packages in every image. All of it comes from one seed.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from lading.advisories.advisory import Advisory, Affected, AffectedRange, Severity
from lading.packages.package import Package

FEED = "osv/bench"
VERSIONS = 24  # of each name, from which its package versions and the bounds of its ranges are taken
SYSTEMS = (
    ("deb", "debian", "debian-12", "dpkg", "1.{}.0-1"),
    ("deb", "debian", "debian-13", "dpkg", "1.{}.0-2"),
    ("deb", "ubuntu", "ubuntu-24.04", "dpkg", "1.{}.0-0ubuntu1"),
    ("apk", "alpine", "alpine-3.22", "apk", "1.{}.0-r0"),
    ("rpm", "redhat", "rhel-9", "rpm", "0:1.{}.0-1.el9"),
    ("rpm", "almalinux", "almalinux-9", "rpm", "0:1.{}.0-1.el9"),
)
LANGUAGES = (("npm", "semver"), ("pypi", "pep440"), ("maven", "maven"), ("golang", "go"))
_GO = "v1.{}.0"
_SEVERITIES = (Severity.UNKNOWN, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)
OF_SYSTEMS = 0.4  # the part of package versions that distributions bring
SPOKEN_OF = 0.35  # the part of names that advisories speak of


@dataclass(frozen=True, slots=True)
class Name:
    """A package without version. ``at`` numbers it within its kind."""

    at: int
    type: str
    namespace: str
    name: str
    distro: str
    scheme: str
    pattern: str

    def version(self, number: int) -> str:
        """The version with this number, which is its place in the order."""
        return self.pattern.format(number)

    def package(self, number: int, arch: str) -> Package:
        """The package at a version; of a distribution, it is built from a source of four binaries."""
        version = self.version(number)
        source = f"{self.name.partition('-')[0]}-{self.at // 4}" if self.distro else ""
        return Package(
            self.type,
            self.namespace,
            self.name,
            version,
            arch if self.distro else "",
            self.distro,
            source,
            version if source else "",
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the fleet is."""

    images: int
    seed: int = 7

    @property
    def packages(self) -> int:
        """Distinct package versions."""
        return self.images * 4

    @property
    def ranges(self) -> int:
        """Ranges of advisories."""
        return self.images * 3

    @property
    def bases(self) -> int:
        """Layers with a distribution, 150 packages each."""
        return max(self.images // 250, 6)

    @property
    def platforms(self) -> int:
        """Layers with a runtime, 70 packages each."""
        return max(self.images // 25, 10)

    @property
    def plain(self) -> int:
        """Layers without packages: code, settings."""
        return self.images * 5 // 2 - self.bases - self.platforms - self.images


class Fleet:
    """The parts, to be written in this order: advisories, packages, layers, images."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self._chance = random.Random(shape.seed)
        self.of_systems = list(self._system_names())
        self.of_languages = list(self._language_names())
        self.packages, self._by_distro, self._others = self._choose_packages()

    def advisories(self) -> Iterator[Advisory]:
        """One for each two ranges or so; a name has from one flaw to hundreds, as names do."""
        spoken = [name for name in (*self.of_systems, *self.of_languages) if name.at % 20 < 20 * SPOKEN_OF]
        sources = [name for name in spoken if not name.distro or name.at % 4 == 0]
        made = 0
        for number in itertools.count():
            name = sources[int(len(sources) * self._chance.random() ** 2)]
            bounds = self._bounds(name)
            same = [other for other in (name, *self._other_releases(name)) if made < self.shape.ranges]
            made += len(same)
            yield _advisory(number, same, bounds, self._chance.choice(_SEVERITIES))
            if made >= self.shape.ranges:
                return

    def layers(self) -> Iterator[list[int]]:
        """Places in ``packages`` that each layer has: bases, platforms, dependencies, then plain layers."""
        distros = sorted(self._by_distro)
        for number in range(self.shape.bases):
            yield self._chance.sample(self._by_distro[distros[number % len(distros)]], 150)
        for number in range(self.shape.platforms):
            yield self._chance.sample(self._by_distro[distros[number % len(distros)]], 70)
        popular = self._others[: len(self._others) // 10]
        for _ in range(self.shape.images):
            yield [*self._chance.sample(popular, 50), *self._chance.sample(self._others, 30)]
        for _ in range(self.shape.plain):
            yield []

    def images(self) -> Iterator[list[int]]:
        """Places in ``layers`` of each image, lowest first; of a few bases there are very many images."""
        shape, distros = self.shape, len(self._by_distro)
        first_plain = shape.bases + shape.platforms + shape.images
        for number in range(shape.images):
            base = int(shape.bases * self._chance.random() ** 2)
            platforms = range(base % distros, shape.platforms, distros)
            plain = first_plain + number % max(shape.plain, 1)
            platform = shape.bases + self._chance.choice(platforms)
            yield [base, platform, shape.bases + shape.platforms + number, plain]

    def _system_names(self) -> Iterator[Name]:
        count = max(int(self.shape.packages * OF_SYSTEMS / len(SYSTEMS) / 16), 200)
        for (kind, namespace, distro, scheme, pattern), at in itertools.product(SYSTEMS, range(count)):
            yield Name(at, kind, namespace, f"lib{at // 4}-{at}", distro, scheme, pattern)

    def _language_names(self) -> Iterator[Name]:
        count = max(int(self.shape.packages * (1 - OF_SYSTEMS) / 6), 200)
        for at in range(count):
            kind, scheme = LANGUAGES[at % len(LANGUAGES)]
            yield Name(at, kind, "", f"module-{at}", "", scheme, _GO if kind == "golang" else "1.{}.0")

    def _choose_packages(self) -> tuple[list[Package], dict[str, list[int]], list[int]]:
        chosen: dict[Package, int] = {}
        of_systems = int(self.shape.packages * OF_SYSTEMS)
        while len(chosen) < of_systems:
            name = self._chance.choice(self.of_systems)
            chosen.setdefault(
                name.package(self._number(), self._chance.choice(("amd64", "arm64"))), len(chosen)
            )
        while len(chosen) < self.shape.packages:
            chosen.setdefault(self._chance.choice(self.of_languages).package(self._number(), ""), len(chosen))
        by_distro: dict[str, list[int]] = {}
        others: list[int] = []
        for package, at in chosen.items():
            (by_distro.setdefault(package.distro, []) if package.distro else others).append(at)
        return list(chosen), by_distro, others

    def _number(self) -> int:
        """Most of what runs is rather new."""
        return int(VERSIONS * self._chance.random() ** 0.5)

    def _bounds(self, name: Name) -> AffectedRange:
        """Distributions fix what they have had from the beginning; others tell when a flaw came in."""
        fixed = max(1, int(VERSIONS * self._chance.random() ** 8))
        if name.distro:
            return AffectedRange(fixed=str(fixed)) if self._chance.random() < 0.97 else AffectedRange()
        return AffectedRange(introduced=str(self._chance.randrange(fixed)), fixed=str(fixed))

    def _other_releases(self, name: Name) -> list[Name]:
        if not name.distro:
            return []
        count = len(self.of_systems) // len(SYSTEMS)
        return [
            self.of_systems[at * count + name.at]
            for at in range(len(SYSTEMS))
            if SYSTEMS[at][2] != name.distro and self._chance.random() < 0.4
        ]


def _advisory(number: int, names: list[Name], bounds: AffectedRange, severity: Severity) -> Advisory:
    return Advisory(
        feed=FEED,
        id=f"CVE-2026-{number + 10_000}",
        aliases=(),
        summary=f"synthetic flaw {number}",
        severity=severity,
        cvss="",
        published="2026-01-01T00:00:00Z",
        modified="2026-01-01T00:00:00Z",
        withdrawn=False,
        affected=tuple(_affected(name, bounds) for name in names),
    )


def _affected(name: Name, bounds: AffectedRange) -> Affected:
    source = name.package(0, "").source_name
    return Affected(
        type=name.type,
        namespace=name.namespace,
        name=source or name.name,
        distro=name.distro,
        scheme=name.scheme,
        ranges=(
            AffectedRange(
                introduced=name.version(int(bounds.introduced)) if bounds.introduced else "",
                fixed=name.version(int(bounds.fixed)) if bounds.fixed else "",
            ),
        ),
    )
