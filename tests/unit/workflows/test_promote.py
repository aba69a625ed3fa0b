"""Promotion, approval and rollback, from the request to the pointer and the audit log."""

from datetime import timedelta

import pytest

from lading.foundation.errors import Conflict, Forbidden, LadingError, Malformed, NotFound
from lading.oci.digest import Digest
from lading.policy.decision import Outcome
from lading.policy.message import render
from lading.promotion.environments import Environment
from lading.promotion.history import held_digests
from lading.promotion.promotion import PromotionKind, PromotionState
from lading.registry.caller import Caller
from lading.workflows.promote import (
    PromotionAnswer,
    PromotionRequest,
    RollbackRequest,
    approve_promotion,
    promote,
    reject_promotion,
    roll_back,
)
from tests.support.governed import GovernedRegistry, person, reference
from tests.support.registry import NOON

ANN = person("ann", ("maintainer", "shop/**"), ("maintainer", "lab/**"))
BEN = person("ben", ("maintainer", "shop/**"))


@pytest.fixture
def governed() -> GovernedRegistry:
    return GovernedRegistry()


def go(
    governed: GovernedRegistry, text: str, target: str, caller: Caller = ANN, *, reason: str = "release"
) -> PromotionAnswer:
    return promote(governed.ports, caller, PromotionRequest(reference(text), target, reason, "REL-1"), NOON)


def pointer(governed: GovernedRegistry, target: str, repository: str = "shop/app") -> Digest | None:
    with governed.registry.records.read() as kept:
        found = kept.governance.pointer(target, repository)
    return None if found is None else found.digest


def refusal(governed: GovernedRegistry, text: str, target: str, **more: str) -> LadingError:
    with pytest.raises(LadingError) as caught:
        go(governed, text, target, **more)  # type: ignore[arg-type]  # the reason
    return caught.value


def test_an_image_goes_from_dev_by_test_to_prod(governed: GovernedRegistry) -> None:
    digest = governed.good_image()
    assert go(governed, "shop/app:1.0", "dev").promotion.state is PromotionState.DONE
    assert refusal(governed, "shop/app:1.0", "prod").code == "not-in-source-environment"
    assert go(governed, "shop/app:1.0", "test").promotion.source == "dev"
    answer = go(governed, f"shop/app@{digest}", "prod")
    assert (answer.promotion.state, answer.promotion.source) == (PromotionState.DONE, "test")
    assert pointer(governed, "prod") == digest
    with governed.registry.records.read() as kept:
        stored = kept.governance.promotion(answer.promotion.id)
        assert stored == answer.promotion
        assert kept.governance.decision(stored.decision) == answer.decision
        entry = kept.audit.head()
    assert entry is not None
    assert (entry.event.action, entry.event.subject) == ("promotion.do", f"shop/app@{digest}")
    assert entry.event.details["reason"] == "release"


def test_a_bad_image_is_refused_and_the_refusal_is_kept(governed: GovernedRegistry) -> None:
    governed.bad_image("shop/bad")
    assert go(governed, "shop/bad:1.0", "dev").decision.decision.outcome is Outcome.WARN
    answer = go(governed, "shop/bad:1.0", "test")
    assert answer.promotion.state is PromotionState.DENIED
    assert pointer(governed, "test", "shop/bad") is None
    assert "upgrade bash to" in render(answer.decision.decision)
    with governed.registry.records.read() as kept:
        assert kept.governance.promotions(state="denied").items == (answer.promotion,)
        entry = kept.audit.head()
    assert entry is not None
    assert (entry.event.action, entry.event.outcome) == ("promotion.deny", "denied")


def test_signatures_and_sbom_stay_with_the_digest(governed: GovernedRegistry) -> None:
    digest = governed.good_image()
    with governed.registry.records.read() as kept:
        before = kept.registry.referrers("shop/app", digest).items
    for target in ("dev", "test", "prod"):
        go(governed, "shop/app:1.0", target)
    with governed.registry.records.read() as kept:
        assert kept.registry.referrers("shop/app", digest).items == before
    assert before


@pytest.mark.parametrize(
    ("text", "target", "code"),
    [
        ("shop/none:1", "dev", "image-unknown"),
        ("docker.io/library/nginx:1", "dev", "image-unknown"),
        ("shop/app:1.0", "moon", "environment-unknown"),
    ],
)
def test_what_does_not_exist_is_not_promoted(
    governed: GovernedRegistry, text: str, target: str, code: str
) -> None:
    governed.good_image()
    caller = person("root", ("maintainer", "**"))
    with pytest.raises(NotFound) as caught:
        go(governed, text, target, caller)
    assert caught.value.code == code


def test_a_promotion_has_a_reason_and_is_not_done_twice(governed: GovernedRegistry) -> None:
    governed.good_image()
    assert isinstance(refusal(governed, "shop/app:1.0", "dev", reason=" "), Malformed)
    go(governed, "shop/app:1.0", "dev")
    assert refusal(governed, "shop/app:1.0", "dev").code == "already-promoted"


def test_rights_are_per_repository_and_environment(governed: GovernedRegistry) -> None:
    governed.good_image()
    developer = person("dan", ("maintainer", "shop/**"), environment="dev")
    assert go(governed, "shop/app:1.0", "dev", developer).promotion.state is PromotionState.DONE
    for caller in (developer, person("eve", ("publisher", "**")), person("pat", ("maintainer", "pay/**"))):
        with pytest.raises(Forbidden):
            go(governed, "shop/app:1.0", "test", caller)


def needing_approval(governed: GovernedRegistry) -> str:
    with governed.registry.records.write() as kept:
        kept.governance.set_environments(
            [Environment("dev"), Environment("prod", ("dev",), needs_approval=True)]
        )
    governed.good_image()
    go(governed, "shop/app:1.0", "dev")
    waiting = go(governed, "shop/app:1.0", "prod").promotion
    assert waiting.state is PromotionState.WAITING
    assert pointer(governed, "prod") is None
    return waiting.id


def test_a_second_person_lets_it_in(governed: GovernedRegistry) -> None:
    waiting = needing_approval(governed)
    with pytest.raises(Forbidden, match="ann asked for this promotion"):
        approve_promotion(governed.ports, ANN, waiting, NOON)
    with pytest.raises(Forbidden):
        approve_promotion(governed.ports, person("eve", ("publisher", "**")), waiting, NOON)
    later = NOON + timedelta(hours=1)
    answer = approve_promotion(governed.ports, BEN, waiting, later)
    assert (answer.promotion.state, answer.promotion.approver) == (PromotionState.DONE, "person:ben")
    assert answer.promotion.concluded_at == later
    assert pointer(governed, "prod") is not None
    with pytest.raises(Conflict):
        approve_promotion(governed.ports, BEN, waiting, later)


def test_the_gate_is_asked_again_when_it_is_approved(governed: GovernedRegistry) -> None:
    waiting = needing_approval(governed)
    late = NOON + timedelta(days=8)  # by then the scan is too old
    answer = approve_promotion(governed.ports, BEN, waiting, late)
    assert answer.promotion.state is PromotionState.DENIED
    assert pointer(governed, "prod") is None


def test_what_has_left_its_source_meanwhile_is_not_approved(governed: GovernedRegistry) -> None:
    waiting = needing_approval(governed)
    governed.good_image(name="newer", tags=("2.0",))
    go(governed, "shop/app:2.0", "dev")
    with pytest.raises(Conflict) as caught:
        approve_promotion(governed.ports, BEN, waiting, NOON)
    assert caught.value.code == "not-in-source-environment"


def test_a_second_person_says_no_and_who_asked_takes_it_back(governed: GovernedRegistry) -> None:
    waiting = needing_approval(governed)
    assert reject_promotion(governed.ports, BEN, waiting, NOON).state is PromotionState.REJECTED
    again = go(governed, "shop/app:1.0", "prod").promotion
    assert reject_promotion(governed.ports, ANN, again.id, NOON).state is PromotionState.REJECTED
    with pytest.raises(Conflict):
        reject_promotion(governed.ports, ANN, again.id, NOON)
    with pytest.raises(NotFound):
        reject_promotion(governed.ports, ANN, "none", NOON)


def test_rolling_back_goes_to_what_was_there_before(governed: GovernedRegistry) -> None:
    digests = []
    for number in (1, 2, 3):
        digests.append(governed.good_image(name=f"v{number}", tags=(f"{number}.0",)))
        go(governed, f"shop/app:{number}.0", "dev")
    request = RollbackRequest("shop/app", "dev", "it crashes")
    back = roll_back(governed.ports, ANN, request, NOON).promotion
    assert (back.kind, back.digest, back.previous) == (PromotionKind.ROLLBACK, digests[1], digests[2])
    assert pointer(governed, "dev") == digests[1]
    roll_back(governed.ports, ANN, request, NOON)
    assert pointer(governed, "dev") == digests[0]
    with pytest.raises(Conflict) as caught:
        roll_back(governed.ports, ANN, request, NOON)
    assert caught.value.code == "nothing-before"
    with governed.registry.records.read() as kept:
        history = kept.governance.promotions(repository="shop/app", target="dev").items[::-1]
    assert held_digests(history) == (digests[0],)


def test_what_may_not_enter_may_not_come_back_either(governed: GovernedRegistry) -> None:
    governed.good_image()
    governed.good_image(name="v2", tags=("2.0",))
    for text in ("shop/app:1.0", "shop/app:2.0"):
        for target in ("dev", "test"):
            go(governed, text, target)
    late = NOON + timedelta(days=8)
    answer = roll_back(governed.ports, ANN, RollbackRequest("shop/app", "test", "it crashes"), late)
    assert answer.promotion.state is PromotionState.DENIED
    with governed.registry.records.read() as kept:
        found = kept.governance.pointer("test", "shop/app")
        newest = kept.registry.tag("shop/app", "2.0")
    assert found is not None
    assert newest is not None
    assert found.digest == newest.digest
