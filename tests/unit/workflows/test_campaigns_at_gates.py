"""What a campaign replaces is refused by the one policy, stage by stage, until it is over."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from lading.adapters.shipped_policy import default_policy_text
from lading.campaigns.campaign import Campaign, CampaignState, Deadlines, Item, ItemState, Method
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.oci.reference import Reference
from lading.policy.decision import Outcome
from lading.policy.evidence import Gate
from lading.workflows.evidence_sources import Asked
from lading.workflows.gate import Asker, decide
from lading.workflows.gate_pull import PullGate
from tests.support.governed import NAME, GovernedRegistry
from tests.support.registry import NOON, ROOT

TODAY = NOON.date()
RULES = ("campaign-warned", "campaign-not-promoted", "campaign-not-started", "campaign-not-pulled")


def campaign(**days: date) -> Campaign:
    return Campaign(
        "c1", "Leave it", "CVE-1", "", "", "", CampaignState.OPEN, NOON - timedelta(days=9), "person:ann",
        Deadlines(**days),
    )  # fmt: skip


def item(image: Digest, *manifests: Digest) -> Item:
    return Item(
        "shop/app", image, manifests or (image,), ("1.0",), "shop", "", 0, Method.REBASE, "old", "b:2", 0
    )


@pytest.fixture
def governed() -> GovernedRegistry:
    return GovernedRegistry(shipped_policy=default_policy_text())


def refused_by(governed: GovernedRegistry, image: Digest, gate: Gate) -> dict[str, Outcome]:
    asked = Asked(gate, "prod" if gate is Gate.PROMOTE else "", Reference(NAME, "shop/app", "", image))
    decision = decide(governed.ports, Asker("person:ann"), asked, NOON).decision
    return {
        one.rule: one.effect
        for one in decision.results
        if one.rule in RULES and one.effect is not Outcome.ALLOW
    }


@pytest.mark.parametrize(
    ("stage", "promote", "start", "pull"),
    [
        ("warn", False, False, False),
        ("no_promotion", True, False, False),
        ("no_start", True, True, False),
        ("no_pull", True, True, True),
    ],
)
def test_each_date_refuses_more(
    governed: GovernedRegistry, stage: str, promote: bool, start: bool, pull: bool
) -> None:
    image = governed.push(user="10001")
    with governed.registry.records.write() as kept:
        kept.campaigns.add_campaign(campaign(**{stage: TODAY}), [item(image)])

    def denies(gate: Gate) -> bool:
        return Outcome.DENY in refused_by(governed, image, gate).values()

    assert (denies(Gate.PROMOTE), denies(Gate.ADMISSION), denies(Gate.PULL)) == (promote, start, pull)
    assert refused_by(governed, image, Gate.PROMOTE)["campaign-warned"] is Outcome.WARN


def test_a_pull_is_refused_in_words_and_the_new_image_goes_out(governed: GovernedRegistry) -> None:
    old, new = governed.push(user="10001"), governed.push(user="10002", tags=("1.0-r1",))
    made = replace(item(old), state=ItemState.MADE, new_image=new, new_tag="1.0-r1")
    with governed.registry.records.write() as kept:
        kept.campaigns.add_campaign(campaign(no_pull=TODAY), [made])
    gate = PullGate(governed.ports)
    said = gate.ask(ROOT, "shop/app", old, NOON).refusal
    assert "Leave it: this image was to be replaced by shop/app:1.0-r1" in said
    assert gate.ask(ROOT, "shop/app", new, NOON).refusal == ""


def test_what_is_gone_may_not_come_back_and_what_is_excluded_may_go_on(governed: GovernedRegistry) -> None:
    gone, excluded = governed.push(user="10001"), governed.push(user="10002", tags=("2.0",))
    with governed.registry.records.write() as kept:
        kept.campaigns.add_campaign(
            campaign(no_pull=TODAY),
            [replace(item(gone), state=ItemState.GONE), replace(item(excluded), state=ItemState.EXCLUDED)],
        )
    gate = PullGate(governed.ports)
    assert gate.ask(ROOT, "shop/app", gone, NOON).refusal
    assert gate.ask(ROOT, "shop/app", excluded, NOON).refusal == ""


def test_one_platform_of_an_index_is_refused_by_its_own_digest_too(governed: GovernedRegistry) -> None:
    platform = governed.push(user="10001", tags=())
    entry: dict[str, object] = {"mediaType": media_types.OCI_MANIFEST, "digest": str(platform), "size": 1}
    entry["platform"] = {"os": "linux", "architecture": "amd64"}
    with governed.registry.records.read() as kept:
        stored = kept.registry.manifest("shop/app", platform)
    assert stored is not None
    entry["size"] = len(stored.raw)
    document = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": [entry]}
    index = governed.registry.push_manifest("shop/app", json.dumps(document).encode(), tags=("1.0",))
    with governed.registry.records.write() as kept:
        kept.campaigns.add_campaign(campaign(no_pull=TODAY), [item(index, platform)])
    gate = PullGate(governed.ports)
    assert gate.ask(ROOT, "shop/app", index, NOON).refusal
    assert gate.ask(ROOT, "shop/app", platform, NOON).refusal


def test_a_campaign_that_is_over_refuses_nothing(governed: GovernedRegistry) -> None:
    image = governed.push(user="10001")
    over = replace(campaign(no_pull=TODAY), state=CampaignState.CLOSED)
    with governed.registry.records.write() as kept:
        kept.campaigns.add_campaign(over, [item(image)])
    assert refused_by(governed, image, Gate.PULL) == {}
