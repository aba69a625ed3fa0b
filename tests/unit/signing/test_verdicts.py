from datetime import UTC, datetime

import pytest

from lading.foundation.errors import Malformed
from lading.signing.verdicts import (
    Rejected,
    Signer,
    Step,
    Undetermined,
    Verdict,
    Verified,
    verdict_from_json,
    verdict_to_json,
)


@pytest.mark.parametrize(
    "verdict",
    [
        Verified((Signer("alice", "sha256:00"),), datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC), "all"),
        Rejected(Step.DIGEST, "another image"),
        Undetermined("tag x", "late"),
    ],
)
def test_a_verdict_is_stored_and_read_back(verdict: Verdict) -> None:
    assert verdict_from_json(verdict_to_json(verdict)) == verdict


@pytest.mark.parametrize(
    "document",
    [{}, {"outcome": "fine"}, {"outcome": "rejected", "step": "x", "reason": ""}, {"outcome": "verified"}],
)
def test_what_is_no_verdict_is_never_read_as_one(document: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        verdict_from_json(document)
