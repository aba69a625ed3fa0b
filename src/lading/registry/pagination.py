"""Lists in pages (distribution-spec v1.1, "Listing Tags"): ``n`` items after ``last``, and a Link to more."""

import re
from urllib.parse import urlencode

from lading.foundation.errors import Malformed

_NUMBER = re.compile(r"[0-9]{1,9}\Z")


def page_size(text: str | None, *, most: int) -> int:
    """Read ``n``; without one, and for more than ``most``, it is ``most``. 0 asks for no items at all."""
    if text is None:
        return most
    if not _NUMBER.match(text):
        raise Malformed("page-size-invalid", f"n={text[:40]!r} is not a number of items")
    return min(int(text), most)


def next_link(path: str, parameters: dict[str, str]) -> str:
    """Write the Link header (RFC 8288) to the next page of the list at ``path``."""
    return f'<{path}?{urlencode(parameters)}>; rel="next"'
