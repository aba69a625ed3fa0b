"""Every feed format, and which one a feed is in."""

from lading.advisories.feed import FeedFormat
from lading.advisories.formats.alpine_secdb import ALPINE_SECDB
from lading.advisories.formats.arch import ARCH
from lading.advisories.formats.bodhi import BODHI
from lading.advisories.formats.csaf import CSAF
from lading.advisories.formats.debian_tracker import DEBIAN_TRACKER
from lading.advisories.formats.epss import EPSS
from lading.advisories.formats.github_advisories import GITHUB
from lading.advisories.formats.kev import KEV
from lading.advisories.formats.nvd import NVD
from lading.advisories.formats.osv import OSV
from lading.advisories.formats.oval import OVAL
from lading.advisories.formats.photon import PHOTON
from lading.advisories.formats.updateinfo import UPDATEINFO
from lading.foundation.errors import Malformed

ALL_FORMATS: tuple[FeedFormat, ...] = (
    ALPINE_SECDB,
    ARCH,
    BODHI,
    CSAF,
    DEBIAN_TRACKER,
    EPSS,
    GITHUB,
    KEV,
    NVD,
    OSV,
    OVAL,
    PHOTON,
    UPDATEINFO,
)

STARTER_FEED = "starter"  # what is shipped with the program; OSV records

_BY_NAME = {one.name: one for one in ALL_FORMATS} | {STARTER_FEED: OSV}


def format_of(feed: str) -> FeedFormat:
    """The format of a feed: its name begins with it ("osv/PyPI", "debian-tracker").

    Raises Malformed ``feed-unknown``.
    """
    found = _BY_NAME.get(feed.partition("/")[0])
    if found is None:
        raise Malformed(
            "feed-unknown",
            f"{feed[:80]!r} is no feed that can be read",
            hint=f"a feed's name begins with its format: {', '.join(sorted(_BY_NAME))}",
        )
    return found
