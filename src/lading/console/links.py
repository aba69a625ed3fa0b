"""Addresses of pages. Every name goes through here, so that a hostile one stays a name."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from lading.foundation.errors import Malformed

_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*\Z")  # printable ASCII without backslash
_WEB = re.compile(r"https?://[^\s\x00-\x1f]{1,2000}\Z", re.IGNORECASE)


def image_link(repository: str, digest: str, part: str = "") -> str:
    """The page of an image, or one of its parts ("findings")."""
    path = f"/images/{quote(repository, safe='/')}@{quote(digest, safe=':')}"
    return f"{path}/{quote(part)}" if part else path


def tags_link(repository: str) -> str:
    """The tags of a repository."""
    return f"/repositories/{quote(repository, safe='/')}/tags"


def tag_link(repository: str, tag: str) -> str:
    """The life of one tag."""
    return f"{tags_link(repository)}/{quote(tag, safe='')}"


def decision_link(decision_id: str) -> str:
    """The page of a decision; empty for no decision."""
    return f"/decisions/{quote(decision_id, safe='')}" if decision_id else ""


def list_link(path: str, **fields: str) -> str:
    """A list with its filter; empty fields are left out. A trailing underscore of a name is dropped."""
    wanted = {name.rstrip("_"): value for name, value in fields.items() if value}
    return f"{path}?{urlencode(wanted)}" if wanted else path


def web_link(text: str) -> str:
    """A link to the web as somebody else wrote it, or empty: no scheme but http and https is followed."""
    return text if _WEB.match(text) else ""


def own_path(text: str) -> str:
    """Where to go after signing in: a path of ours, or the overview (open redirects)."""
    return text if len(text) <= 2000 and _OWN_PATH.match(text) else "/"


def split_reference(text: str) -> tuple[str, str]:
    """Split ``repository@digest`` or ``repository:tag`` of a path; raise Malformed for neither."""
    for mark in ("@", ":"):
        name, found, rest = text.partition(mark)
        if found and name and rest:
            return name, rest
    raise Malformed("reference-invalid", f"{text[:300]!r} names no image")


FILTERS: Mapping[str, Callable[..., str]] = {
    "image_link": image_link,
    "list_link": list_link,
    "web_link": web_link,
}
