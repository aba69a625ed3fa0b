"""Package URLs (ECMA-427, purl): the name of a package version that other tools understand."""

from urllib.parse import unquote

from packageurl import PackageURL

from lading.foundation.errors import Malformed
from lading.packages.package import Package

MAX_LENGTH = 4096  # characters; the longest real one we know (a Go module with qualifiers) has under 400

# `upstream` is not in the specification; SBOM tools write `name` or `name@version` of the source in it.
_UPSTREAM = "upstream"


def package_url(package: Package) -> str:
    """Name ``package`` as a purl, with ``arch``, ``distro`` and ``upstream`` qualifiers where it has them.

    Raises Malformed for a package without type or name: such a package has no name to write.
    """
    qualifiers = {
        "arch": package.arch,
        "distro": "" if package.owner else package.distro,
        _UPSTREAM: _upstream_of(package),
    }
    try:
        return PackageURL(
            type=package.type,
            namespace=package.namespace or None,
            name=package.name,
            version=package.version or None,
            qualifiers={key: value for key, value in qualifiers.items() if value},
        ).to_string()
    except ValueError as error:
        raise Malformed("purl-impossible", f"a package that no purl can name: {error}") from error


def parse_package_url(text: str) -> Package:
    """Read a purl back into a package; qualifiers that we do not know and the subpath are dropped.

    The specification's normalisation applies (``pypi`` names in lower case, and so on), so what comes back
    is equal to the package that was named only if that was normal already. Raises Malformed.
    """
    if len(text) > MAX_LENGTH:
        raise Malformed("purl-invalid", f"a purl of {len(text)} characters; at most {MAX_LENGTH} are allowed")
    try:
        purl = PackageURL.from_string(text)
    except ValueError as error:
        raise Malformed("purl-invalid", f"{text[:200]!r} is not a package URL: {error}") from error
    qualifiers = purl.qualifiers
    source_name, _, source_version = qualifiers.get(_UPSTREAM, "").partition("@")
    return Package(
        type=purl.type,
        namespace=purl.namespace or "",
        name=purl.name,
        version=purl.version or "",
        arch=qualifiers.get("arch", ""),
        distro=qualifiers.get("distro", ""),
        source_name=unquote(source_name),
        source_version=unquote(source_version),
    )


def _upstream_of(package: Package) -> str:
    name, version = _escape(package.source_name), _escape(package.source_version)
    return f"{name}@{version}" if version else name


def _escape(text: str) -> str:
    """Keep an "@" inside a name from being taken for the one before the version."""
    return text.replace("%", "%25").replace("@", "%40")
