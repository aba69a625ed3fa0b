"""Releases of distributions, as coarse as their advisories are: Alpine 3.19.1 is Alpine 3.19."""

import re

# Numbers of VERSION_ID that make a release; 0 is a rolling distribution. Others keep their whole VERSION_ID.
_NUMBERS = {
    "almalinux": 1,
    "alpine": 2,
    "amzn": 1,
    "arch": 0,
    "azurelinux": 2,
    "centos": 1,
    "chainguard": 0,
    "debian": 1,
    "fedora": 1,
    "mariner": 2,
    "ol": 1,
    "opensuse-tumbleweed": 0,
    "photon": 2,
    "rhel": 1,
    "rocky": 1,
    "ubuntu": 2,
    "wolfi": 0,
}
_KEY = re.compile(r"(?P<id>[a-z][a-z0-9._-]*?)(?:-(?P<version>[0-9v].*))?", re.IGNORECASE)


def release_of(distro: str) -> str:
    """Give the release of ``ID-VERSION_ID`` ("alpine-3.19.1" → "alpine-3.19").

    Debian without a version is testing or unstable, whose advisories go by "debian". A version of Alpine
    with "_alpha" is edge, which has no number of its own yet.
    """
    found = _KEY.fullmatch(distro)
    if found is None or not found["version"]:
        return distro.lower()
    distro_id, version = found["id"].lower(), found["version"].removeprefix("v")
    numbers = _NUMBERS.get(distro_id)
    if numbers is None:
        return f"{distro_id}-{version}"
    if distro_id == "alpine" and "_" in version:
        return "alpine-edge"
    return "-".join((distro_id, ".".join(version.split(".")[:numbers]))) if numbers else distro_id
