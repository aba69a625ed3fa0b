"""EPSS scores."""

import gzip

import pytest

from lading.advisories.exploit_score import ExploitScore
from lading.advisories.feed import FeedDate
from lading.advisories.formats.epss import EPSS
from lading.foundation.errors import LadingError
from tests.support.feed_documents import decode, refused, shared_file

BEGINNING = "#model_version:v2025,score_date:2026-08-16T00:00:00+0000\ncve,epss,percentile\n"


def test_scores_come_with_their_date() -> None:
    decoded = decode(EPSS, BEGINNING + "CVE-1999-0001,0.03351,0.87650\nCVE-2024-1234,1e-05,0.0\n")
    assert decoded == [
        FeedDate("2026-08-16T00:00:00+0000"),
        ExploitScore("CVE-1999-0001", 0.03351, 0.8765),
        ExploitScore("CVE-2024-1234", 1e-05, 0.0),
    ]


@pytest.mark.parametrize(
    "line", ["CVE-2024-1,2.0,0.1", "CVE-2024-1,nan,0.1", "<b>,0,0", "CVE-2024-1", "1.1.1"]
)
def test_lines_that_are_no_scores_are_refused(line: str) -> None:
    assert len(refused(decode(EPSS, f"{BEGINNING}{line}\n"))) == 1


@pytest.mark.parametrize(
    "content", ["", "cve,epss,percentile\n", BEGINNING[:30], BEGINNING + "x" * 3_000_000]
)
def test_what_has_no_date_or_no_end_refuses_the_feed(content: str) -> None:
    with pytest.raises(LadingError):
        decode(EPSS, content)


def test_the_real_scores_are_read() -> None:
    content = gzip.decompress(shared_file("epss/epss_scores-2026-08-16.csv.gz").read_bytes())
    decoded = decode(EPSS, content)
    assert refused(decoded) == []
    assert len(decoded) == 360_143
