"""One package at one version: the unit that advisories are matched against."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """A distinct package version, without the place where it was found.

    ``type`` is the purl type (``deb``, ``apk``, ``rpm``, ``pypi``, ``npm`` …); ``namespace`` is purl's
    (``debian``, ``alpine``, ``@scope``), empty where the type has none. ``distro`` is ``ID-VERSION_ID`` of
    os-release (``debian-12``) for packages of an operating system, because there the same version means
    different code on different releases. ``source_name`` and ``source_version`` name what it was built
    from: vendors publish advisories for sources.

    ``owner`` is the package of an operating system that ships this one (``deb/python3-requests 2.28.1-1``),
    where it is not one itself. Where advisories for ``distro`` are held, the vendor's word on that package is
    the word on this.
    """

    type: str
    namespace: str
    name: str
    version: str
    arch: str = ""
    distro: str = ""
    source_name: str = ""
    source_version: str = ""
    licenses: tuple[str, ...] = ()
    owner: str = ""

    @property
    def advisory_name(self) -> str:
        """The name that advisories use: the source's for operating-system packages."""
        return self.source_name or self.name

    @property
    def advisory_version(self) -> str:
        """The version that advisories use, likewise."""
        return self.source_version or self.version
