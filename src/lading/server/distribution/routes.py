"""From a path of /v2/ to what it names.

Repository names have slashes and may hold any of the fixed words, so paths are read from their end:
``/v2/a/manifests/b/manifests/latest`` is the tag ``latest`` of the repository ``a/manifests/b``.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from lading.foundation.errors import NotFound
from lading.registry.names import check_repository


class Kind(StrEnum):
    """What a path names."""

    BASE = "base"
    TOKEN = "token"  # noqa: S105 -- the name of a route
    CATALOG = "catalog"
    MANIFEST = "manifests"
    BLOB = "blobs"
    UPLOADS = "uploads"
    UPLOAD = "upload"
    TAGS = "tags"
    REFERRERS = "referrers"


@dataclass(frozen=True, slots=True)
class Route:
    """A kind of thing, the repository it is in, and its name there; empty where the kind has none."""

    kind: Kind
    repository: str = ""
    name: str = ""


_FIXED = {
    "/v2": Route(Kind.BASE),
    "/v2/": Route(Kind.BASE),
    "/v2/token": Route(Kind.TOKEN),
    "/v2/_catalog": Route(Kind.CATALOG),
}
_UPLOAD = re.compile(r"/v2/(.+)/blobs/uploads(?:/([^/]*))?\Z", re.DOTALL)
_TAGS = re.compile(r"/v2/(.+)/tags/list\Z", re.DOTALL)
_NAMED = re.compile(r"/v2/(.+)/(manifests|blobs|referrers)/([^/]+)\Z", re.DOTALL)


def find_route(path: str) -> Route:
    """Read a decoded path; raise NotFound ``route-unknown`` or Malformed ``repository-name-invalid``."""
    fixed = _FIXED.get(path)
    if fixed is not None:
        return fixed
    if upload := _UPLOAD.match(path):
        session = upload[2] or ""
        return Route(Kind.UPLOAD if session else Kind.UPLOADS, check_repository(upload[1]), session)
    if tags := _TAGS.match(path):
        return Route(Kind.TAGS, check_repository(tags[1]))
    if named := _NAMED.match(path):
        return Route(Kind(named[2]), check_repository(named[1]), named[3])
    raise NotFound(
        "route-unknown",
        "the distribution API has no such path",
        hint="see the OCI distribution specification",
    )
