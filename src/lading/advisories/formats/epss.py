"""EPSS scores as FIRST publishes them each day: CSV, with a comment before it that dates it."""

import re
from collections.abc import Iterable, Iterator

from lading.advisories.exploit_score import ExploitScore
from lading.advisories.feed import Decoded, FeedDate, FeedDocument, FeedFormat, RefusedRecord
from lading.foundation.bounded import iter_lines
from lading.foundation.errors import Malformed

MAX_LINE = 1_000  # bytes
_DATED = re.compile(rb"#.*score_date:(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}[0-9T:+Z.-]*)")
_HEADER = b"cve,epss,percentile"
_ROW = re.compile(rb"(CVE-[0-9]{4}-[0-9]{4,19}),([0-9.e-]{1,20}),([0-9.e-]{1,20})")


def decode(_feed: str, documents: Iterable[FeedDocument]) -> Iterator[Decoded]:
    """Decode the scores; a document without its date, or with other columns, refuses the feed."""
    for document in documents:
        lines = iter_lines(document.reader, max_line=MAX_LINE, what=document.name)
        dated = _DATED.match(next(lines, b""))
        if dated is None or next(lines, b"").strip() != _HEADER:
            raise Malformed(
                "feed-contradictory",
                f"{document.name} does not begin with the date of the scores and the columns of EPSS",
                hint="fetch epss_scores-current.csv.gz again",
            )
        yield FeedDate(dated["date"].decode("ascii"))
        for number, line in enumerate(lines, start=3):
            yield _score(document.name, number, line.strip())


EPSS = FeedFormat(name="epss", rules="FIRST EPSS CSV", revision=1, decode=decode)


def _score(what: str, number: int, line: bytes) -> ExploitScore | RefusedRecord:
    found = _ROW.fullmatch(line)
    try:
        score, percentile = (float(found[2]), float(found[3])) if found else (-1.0, -1.0)
    except ValueError:
        score = percentile = -1.0
    if found is None or not 0 <= score <= 1 or not 0 <= percentile <= 1:
        return RefusedRecord(f"{what}: line {number}", "not a CVE with two numbers between 0 and 1")
    return ExploitScore(found[1].decode("ascii"), score, percentile)
