"""The small set of famous vulnerabilities that is shipped with the program: something to match on day one."""

import io
from collections.abc import Iterator
from importlib.resources import files

from lading.advisories.feed import FeedDocument

_FILE = "starter.jsonl"


def starter_content() -> bytes:
    """The set as it is shipped: one OSV record on each line."""
    return files("lading.advisories").joinpath(_FILE).read_bytes()


def starter_documents() -> Iterator[FeedDocument]:
    """Each record as a document of the OSV format (``lading.advisories.formats.osv``)."""
    for at, line in enumerate(starter_content().splitlines(), start=1):
        yield FeedDocument(f"{_FILE}, line {at}", io.BytesIO(line))
