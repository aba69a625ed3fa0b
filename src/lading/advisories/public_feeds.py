"""Where the feeds are published, for those who may reach the Internet; a mirror has the same paths."""

from urllib.parse import quote

from lading.advisories.all_formats import format_of
from lading.foundation.errors import Malformed

_OSV = "https://osv-vulnerabilities.storage.googleapis.com"
# Feeds whose place does not follow from their name.
_PLACES = {
    "alpine-secdb/wolfi": "https://packages.wolfi.dev/os/security.json",
    "alpine-secdb/chainguard": "https://packages.cgr.dev/chainguard/security.json",
    "arch": "https://security.archlinux.org/all.json",
    "csaf/redhat": "https://security.access.redhat.com/data/csaf/v2/vex/csaf_vex_latest.zip",
    "debian-tracker": "https://security-tracker.debian.org/tracker/data/json",
    "epss": "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz",
    "kev": "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
    "photon/photon-4.0": "https://packages.vmware.com/photon/photon_cve_metadata/cve_data_photon4.0.json",
    "photon/photon-5.0": "https://packages.vmware.com/photon/photon_cve_metadata/cve_data_photon5.0.json",
}
_SCHEMES = ("https://", "http://", "file://")


def place_of(feed: str, *, urls: dict[str, str], mirror: str) -> str:
    """The URL of a feed: the one that was set for it, else under the mirror, else where it is published.

    Under a mirror it is the feed's name ("https://mirror/advisories/osv/PyPI"). Raises Malformed
    ``feed-unknown``, ``feed-place-unknown`` and ``feed-place-invalid``.
    """
    format_of(feed)
    url = urls.get(feed, "")
    if not url and mirror:
        url = f"{mirror.rstrip('/')}/{quote(feed)}"
    if not url and feed.startswith("osv/"):
        url = f"{_OSV}/{quote(feed.partition('/')[2])}/all.zip"
    url = url or _PLACES.get(feed, "")
    if not url:
        raise Malformed(
            "feed-place-unknown",
            f"it is not known where {feed} is published",
            hint="set feeds.urls, or import it from a file",
        )
    if not url.startswith(_SCHEMES):
        raise Malformed("feed-place-invalid", f"{url[:200]} is no http, https or file URL")
    return url
