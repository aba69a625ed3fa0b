from datetime import UTC, datetime

import pytest

from lading.access.principal import Principal, PrincipalKind
from lading.foundation.errors import Conflict, Forbidden, Malformed, NotFound
from lading.oci.digest import Digest
from lading.promotion.environments import DEFAULT_ENVIRONMENTS
from lading.promotion.promotion import (
    Promotion,
    PromotionKind,
    PromotionState,
    check_approver,
    check_reason,
    conclude,
    entry_point,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ONE, TWO = Digest.of(b"1"), Digest.of(b"2")
ANN = Principal(PrincipalKind.PERSON, "ann")
WAITING = Promotion(
    "p1",
    PromotionKind.PROMOTION,
    "shop/app",
    ONE,
    "test",
    "prod",
    PromotionState.WAITING,
    "release 1.4",
    "REL-1",
    str(ANN),
    NOW,
    "d1",
)


def test_the_first_environment_is_entered_from_nowhere() -> None:
    assert entry_point(DEFAULT_ENVIRONMENTS, "dev", ONE, {}) == ""


def test_the_next_environment_takes_what_the_one_before_holds_now() -> None:
    assert entry_point(DEFAULT_ENVIRONMENTS, "test", ONE, {"dev": ONE}) == "dev"
    with pytest.raises(Conflict) as caught:
        entry_point(DEFAULT_ENVIRONMENTS, "prod", ONE, {"dev": ONE, "test": TWO})
    assert caught.value.code == "not-in-source-environment"
    assert caught.value.hint == "promote it to test first"


def test_what_is_there_is_not_promoted_again() -> None:
    with pytest.raises(Conflict) as caught:
        entry_point(DEFAULT_ENVIRONMENTS, "test", ONE, {"dev": ONE, "test": ONE})
    assert caught.value.code == "already-promoted"


def test_an_unknown_target_is_not_found() -> None:
    with pytest.raises(NotFound):
        entry_point(DEFAULT_ENVIRONMENTS, "moon", ONE, {})


@pytest.mark.parametrize(
    "approver",
    [
        ANN,
        Principal(PrincipalKind.PERSON, "Ann", admin=True),
        Principal(PrincipalKind.ROBOT, "ci"),
        Principal(PrincipalKind.SYSTEM, "lading", admin=True),
        Principal(PrincipalKind.ANONYMOUS, "anonymous"),
    ],
    ids=str,
)
def test_only_another_person_approves(approver: Principal) -> None:
    with pytest.raises(Forbidden):
        check_approver(WAITING, approver)


def test_what_is_concluded_is_not_approved_again() -> None:
    ben = Principal(PrincipalKind.PERSON, "ben")
    check_approver(WAITING, ben)
    done = conclude(WAITING, PromotionState.DONE, now=NOW, approver=str(ben), previous=TWO)
    assert (done.previous, done.approver, done.decision) == (TWO, "person:ben", "d1")
    with pytest.raises(Conflict):
        check_approver(done, ben)


def test_a_refused_promotion_has_no_previous_digest() -> None:
    assert conclude(WAITING, PromotionState.REJECTED, now=NOW, previous=TWO).previous is None


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2_001])
def test_a_promotion_has_a_reason(reason: str) -> None:
    with pytest.raises(Malformed):
        check_reason(reason)
