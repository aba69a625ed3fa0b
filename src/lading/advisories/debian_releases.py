"""Code names of Debian's releases as distributions (www.debian.org/releases)."""

DISTRO_OF_CODENAME = {
    "wheezy": "debian-7",
    "jessie": "debian-8",
    "stretch": "debian-9",
    "buster": "debian-10",
    "bullseye": "debian-11",
    "bookworm": "debian-12",
    "trixie": "debian-13",
    "forky": "debian-14",
    "duke": "debian-15",
    # Testing and unstable have no VERSION_ID in os-release.
    "sid": "debian",
}
