"""A verdict for each platform that an environment runs, at promotion and at the gate."""

import json
from typing import Any

import pytest

from lading.foundation.errors import Conflict, Forbidden
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.policy.decision import Outcome
from lading.policy.evidence import Gate
from lading.promotion.promotion import PromotionState
from lading.workflows.evidence_sources import Asked
from lading.workflows.platform_verdicts import GateVerdicts, ask_platforms
from lading.workflows.promote import PromotionAnswer, PromotionRequest, promote
from lading.workflows.set_platforms import set_platforms
from tests.support.governed import OLD_BASH, PRIVATE_KEY, GovernedRegistry, person, reference
from tests.support.registry import NOON, ROOT

ANN = person("ann", ("maintainer", "shop/**"))
ATTESTATION = {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}}


@pytest.fixture
def governed() -> GovernedRegistry:
    made = GovernedRegistry()
    made.good_image()
    return made


def runs(governed: GovernedRegistry, *platforms: str, environment: str = "dev") -> None:
    set_platforms(governed.registry.records, ROOT, environment, platforms, NOON)


def good(governed: GovernedRegistry, architecture: str) -> Digest:
    digest = governed.push(name=architecture, tags=(), architecture=architecture)
    governed.analyse(digest, name=architecture)
    governed.add_sbom(digest)
    return digest


def bad(governed: GovernedRegistry, architecture: str) -> Digest:
    digest = governed.push(name=f"bad {architecture}", tags=(), architecture=architecture, user="")
    governed.analyse(digest, OLD_BASH, name=f"bad {architecture}", secrets=[PRIVATE_KEY])
    return digest


def entry(digest: Digest, platform: str, **more: Any) -> dict[str, Any]:
    described = dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
    return {
        "mediaType": media_types.OCI_MANIFEST,
        "digest": str(digest),
        "size": 1,
        "platform": described,
        **more,
    }


def index_of(governed: GovernedRegistry, *entries: dict[str, Any]) -> Digest:
    raw = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": list(entries)}
    digest = governed.registry.push_manifest("shop/app", json.dumps(raw).encode(), tags=("multi",))
    governed.sign(digest, "shop/app")
    return digest


def go(governed: GovernedRegistry, text: str = "shop/app:multi", target: str = "dev") -> PromotionAnswer:
    return promote(governed.ports, ANN, PromotionRequest(reference(text), target, "release"), NOON)


def ask(governed: GovernedRegistry, text: str = "shop/app:multi", environment: str = "prod") -> GateVerdicts:
    return ask_platforms(governed.ports, ANN, Asked(Gate.CI, environment, reference(text)), NOON)


def outcomes(answer: PromotionAnswer | GateVerdicts) -> dict[str, Outcome]:
    return {each.platform: each.decision.decision.outcome for each in answer.platforms}


def test_each_platform_that_runs_has_a_verdict_and_the_others_are_not_asked(
    governed: GovernedRegistry,
) -> None:
    digest = index_of(
        governed,
        entry(good(governed, "amd64"), "linux/amd64"),
        entry(good(governed, "arm64"), "linux/arm64/v8"),
        entry(bad(governed, "s390x"), "linux/s390x"),
    )
    runs(governed, "linux/amd64", "linux/arm64", environment="prod")
    verdicts = ask(governed)
    assert set(outcomes(verdicts)) == {"linux/amd64", "linux/arm64"}
    assert Outcome.DENY not in outcomes(verdicts).values()
    assert verdicts.not_run == ("linux/s390x",)
    assert {each.decision.decision.image for each in verdicts.platforms} == {str(digest)}
    assert len({each.decision.id for each in verdicts.platforms}) == 2


def test_one_platform_that_fails_keeps_all_out_and_is_what_is_shown_of_the_digest(
    governed: GovernedRegistry,
) -> None:
    digest = index_of(
        governed,
        entry(bad(governed, "arm64"), "linux/arm64"),
        entry(good(governed, "amd64"), "linux/amd64"),
    )
    with governed.registry.records.write() as kept:
        kept.governance.set_environments([])
    runs(governed, "linux/arm64", "linux/amd64", environment="test")
    go(governed)
    answer = go(governed, target="test")
    assert answer.promotion.state is PromotionState.DENIED
    assert outcomes(answer)["linux/arm64"] is Outcome.DENY
    assert outcomes(answer)["linux/amd64"] is not Outcome.DENY
    with governed.registry.records.read() as kept:
        assert kept.governance.promotion(answer.promotion.id) == answer.promotion
        standing = kept.governance.standing_decision(digest)
        audited = kept.audit.head()
    assert [one.outcome for one in answer.promotion.platforms] == list(outcomes(answer).values())
    assert standing is not None
    assert standing.decision.outcome is Outcome.DENY
    assert audited is not None
    assert audited.event.details["platforms"] == {
        name: str(outcome) for name, outcome in outcomes(answer).items()
    }


def test_a_platform_that_is_lacking_is_refused_at_promotion_and_at_the_gate(
    governed: GovernedRegistry,
) -> None:
    attestation = good(governed, "arm64")
    index_of(
        governed,
        entry(good(governed, "amd64"), "linux/amd64"),
        entry(attestation, "unknown/unknown", **ATTESTATION),
    )
    runs(governed, "linux/amd64", "linux/arm64")
    for text in ("shop/app:multi", "shop/app:1.0"):
        with pytest.raises(Conflict, match="no linux/arm64 for dev: shop/app has linux/amd64"):
            go(governed, text)
        with pytest.raises(Conflict, match="no linux/arm64 for dev: shop/app has linux/amd64"):
            ask(governed, text, "dev")
    with governed.registry.records.read() as kept:
        assert kept.governance.pointer("dev", "shop/app") is None


@pytest.mark.parametrize("more", [{}, ATTESTATION])
def test_a_bad_image_does_not_hide_behind_a_good_one_of_its_platform(
    governed: GovernedRegistry, more: dict[str, Any]
) -> None:
    index_of(
        governed,
        entry(good(governed, "amd64"), "linux/amd64"),
        entry(bad(governed, "amd64"), "linux/amd64", **more),
    )
    runs(governed, "linux/amd64", environment="prod")
    assert outcomes(ask(governed)) == {"linux/amd64": Outcome.DENY}


def test_a_bad_image_does_not_hide_as_another_platform(governed: GovernedRegistry) -> None:
    index_of(
        governed,
        entry(good(governed, "amd64"), "linux/amd64"),
        entry(bad(governed, "amd64"), "linux/s390x"),
    )
    runs(governed, "linux/amd64", environment="prod")
    with pytest.raises(Conflict) as caught:
        ask(governed)
    assert caught.value.code == "platform-untrue"


def test_an_image_of_one_platform_is_asked_about_as_that(governed: GovernedRegistry) -> None:
    runs(governed, "linux/amd64")
    answer = go(governed, "shop/app:1.0")
    assert answer.promotion.state is PromotionState.DONE
    assert list(outcomes(answer)) == ["linux/amd64"]


def test_an_environment_that_does_not_say_is_asked_as_one(governed: GovernedRegistry) -> None:
    index_of(governed, entry(good(governed, "amd64"), "linux/amd64"))
    answer = go(governed)
    assert (answer.promotion.state, answer.platforms) == (PromotionState.DONE, ())
    runs(governed, "linux/arm64")
    runs(governed)
    assert ask(governed, environment="dev").platforms == ()


def test_who_may_not_read_the_evidence_learns_no_platforms(governed: GovernedRegistry) -> None:
    runs(governed, "linux/arm64")
    with pytest.raises(Forbidden):
        ask_platforms(
            governed.ports,
            person("eve", ("publisher", "pay/**")),
            Asked(Gate.CI, "dev", reference("shop/app:1.0")),
            NOON,
        )


def test_only_an_administrator_says_what_an_environment_runs(governed: GovernedRegistry) -> None:
    with pytest.raises(Forbidden):
        set_platforms(governed.registry.records, ANN, "dev", ["linux/amd64"], NOON)
