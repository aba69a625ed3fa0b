"""Believing the tokens that CI platforms give to their jobs."""

from typing import Protocol

from lading.access.job_trust import JobVerdict

MAX_JOB_TOKEN = 16 << 10  # characters; GitHub's have some 2,000


class JobTokens(Protocol):
    """The issuers that are trusted, and their keys."""

    def verify(self, token: str, *, now: int) -> JobVerdict:
        """Judge a token; blocks while keys are fetched. Raises Upstream ``issuer-unreachable``."""
        ...
