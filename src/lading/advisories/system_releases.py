"""Releases of distributions by the names and CPEs that feeds use, as distributions (``ID-VERSION_ID``)."""

import re
from functools import lru_cache

# Ubuntu's code names (wiki.ubuntu.com/Releases).
UBUNTU_OF_CODENAME = {
    "trusty": "ubuntu-14.04",
    "xenial": "ubuntu-16.04",
    "bionic": "ubuntu-18.04",
    "focal": "ubuntu-20.04",
    "jammy": "ubuntu-22.04",
    "mantic": "ubuntu-23.10",
    "noble": "ubuntu-24.04",
    "oracular": "ubuntu-24.10",
    "plucky": "ubuntu-25.04",
    "questing": "ubuntu-25.10",
    "resolute": "ubuntu-26.04",
}

_SUSE_PRODUCT = (
    r"SUSE Linux Enterprise (?:Server|Module for [A-Za-z -]+?|High Performance Computing|Desktop)"
    r"(?: for [A-Za-z -]+)? (?P<major>[0-9]+)(?: SP(?P<minor>[0-9]+))?(?:-LTSS)?(?: is installed)?$"
)
_SUSE_CPE = r"cpe:/o:suse:(?:sles|sle-module-[a-z-]+):(?P<major>[0-9]+)(?::sp(?P<minor>[0-9]+))?$"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), distro)
    for pattern, distro in (
        (r"cpe:/[oa]:redhat:enterprise_linux:(?P<major>[0-9]+)(?:::\w+|\.[0-9]+.*)?$", "rhel-{major}"),
        (r"^Red Hat Enterprise Linux (?P<major>[0-9]+)$", "rhel-{major}"),
        (r"cpe:/o:rocky:rocky:(?P<major>[0-9]+)", "rocky-{major}"),
        (r"cpe:/o:oracle:linux:(?P<major>[0-9]+)", "ol-{major}"),
        (r"Oracle Linux (?P<major>[0-9]+)\b", "ol-{major}"),
        (r"cpe:/o:alma[a-z]*:alma[a-z]*:(?P<major>[0-9]+)", "almalinux-{major}"),
        (r"openSUSE Leap (?P<major>[0-9]+)\.(?P<minor>[0-9]+)", "opensuse-leap-{major}.{minor}"),
        (_SUSE_PRODUCT, "sles-{major}.{minor}"),
        (_SUSE_CPE, "sles-{major}.{minor}"),
    )
)
_UBUNTU = re.compile(r"com\.ubuntu\.(?P<codename>[a-z]+)")


@lru_cache(maxsize=4096)
def distro_of_platform(text: str) -> str:
    """Read a platform's name, CPE or OVAL id; empty where it is none that we know."""
    ubuntu = _UBUNTU.search(text)
    if ubuntu:
        return UBUNTU_OF_CODENAME.get(ubuntu["codename"], "")
    for pattern, distro in _PATTERNS:
        found = pattern.search(text.strip())
        if found:
            parts = found.groupdict()
            return distro.format(**{name: part or "" for name, part in parts.items()}).rstrip(".")
    return ""
