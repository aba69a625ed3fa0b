"""Which realms a feed speaks for: those that it is about, not every one that it happens to name.

A record of PyPI's feed that names a package of Debian too, a handful of records of one's own, or the famous
flaws that the program ships, say nothing of what they do not name. To take them for all advisories of a
distribution would make everything else there look clean.
"""

from lading.advisories.osv_ecosystems import ecosystem_of, is_about
from lading.packages.realm import Realm

# Feeds of everything that OSV has.
_OF_ALL = ("osv/all",)
# Formats of feeds that are about packages of distributions only, one each or several.
_OF_SYSTEMS = frozenset(
    {"alpine-secdb", "arch", "bodhi", "csaf", "debian-tracker", "oval", "photon", "updateinfo"}
)


def speaks_for(feed: str, realm: Realm) -> bool:
    """Whether what the feed does not name in this realm can be taken for not affected."""
    form, _, rest = feed.partition("/")
    if form == "osv":
        return feed in _OF_ALL or is_about(rest, realm)
    if form == "github":
        return not realm.release
    if form == "nvd":  # about names without an ecosystem
        return realm.type == "generic"
    return form in _OF_SYSTEMS and bool(realm.release)


def feed_for(realm: Realm) -> str:
    """A feed that would speak for the realm, of those that everybody can fetch; empty where none is known."""
    ecosystem = ecosystem_of(realm)
    return f"osv/{ecosystem}" if ecosystem and realm.type != "generic" else ""
