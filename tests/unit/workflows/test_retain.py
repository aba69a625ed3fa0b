"""Retention as it is done: deletions with reasons, protectors from everywhere, holds."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.adapters.jobs_memory import MemoryJobs
from lading.foundation.errors import Conflict, Malformed, NotFound
from lading.inventory.container import RunningContainer
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.ports.jobs import Job
from lading.ports.records.inventory import Host
from lading.promotion.promotion import Promotion, PromotionKind, PromotionState
from lading.registry.retention import Conditions, RetentionRule
from lading.registry.tag_pattern import TagPattern
from lading.registry.tag_rules import TagRuleKind
from lading.workflows.attach_claim import push_bytes
from lading.workflows.delete_manifest import delete_manifest, delete_tag
from lading.workflows.legal_holds import list_holds, place_hold, release_hold
from lading.workflows.retain import (
    JOB,
    RetainPorts,
    add_retention_rule,
    ask_for_retention,
    preview_retention,
    work_on_retention,
)
from lading.workflows.tag_rules import NewTagRule, add_tag_rule
from tests.support.registry import NOON, ROOT, DrivenRegistry

LATER = NOON + timedelta(days=60)
APP = RepositoryPattern.parse("team/app")


def rule(registry: DrivenRegistry, tags: str = "*", **conditions: Any) -> RetentionRule:
    made = RetentionRule(
        "r1",
        RepositoryPattern.parse("team/**"),
        TagPattern.parse(tags),
        Conditions(**conditions),
        "old",
        NOON,
        "",
    )
    return add_retention_rule(registry.records, ROOT, made, NOON)


def run(registry: DrivenRegistry, now: datetime = LATER) -> None:
    jobs = MemoryJobs({JOB: lambda arguments: work_on_retention(ports, arguments)}, workers=1)
    ports = RetainPorts(registry.records, lambda: now, lambda: jobs)
    ask_for_retention(ports, ROOT, now, run_id="run")
    jobs.stop()


def tags(registry: DrivenRegistry, repository: str = "team/app") -> list[str]:
    with registry.records.read() as kept:
        return [tag.name for tag in kept.registry.tags(repository).items]


def protectors(registry: DrivenRegistry) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in preview_retention(registry.records, ROOT, LATER):
        for each in one.plan.protected:
            found.setdefault(each.tag or str(each.digest), []).extend(map(str, each.protectors))
    return found


def test_a_run_does_what_the_preview_says_and_each_deletion_is_in_the_log() -> None:
    registry = DrivenRegistry()
    gone = registry.push_image("team/app", name="gone", tags=("pr-1", "pr-2"))
    stays = registry.push_image("team/app", name="stays", tags=("pr-3", "1.0"))
    registry.push_image("other/app", name="other", tags=("pr-1",))
    rule(registry, "pr-*", older_than=timedelta(days=30))
    (planned,) = preview_retention(registry.records, ROOT, LATER)
    assert {each.tag for each in planned.plan.tags} == {"pr-1", "pr-2", "pr-3"}
    assert [each.digest for each in planned.plan.manifests] == [gone]
    assert planned.freed == 2, "sizes as manifests give them"
    assert tags(registry) == ["1.0", "pr-1", "pr-2", "pr-3"]
    run(registry)
    assert tags(registry) == ["1.0"]
    assert tags(registry, "other/app") == ["pr-1"]
    with registry.records.read() as kept:
        assert kept.registry.manifest("team/app", gone) is None
        assert kept.registry.manifest("team/app", stays) is not None
        told = [entry.event for entry in kept.audit.page().items if ".retire" in entry.event.action]
        assert {event.subject for event in told} == {
            "team/app:pr-1", "team/app:pr-2", "team/app:pr-3", f"team/app@{gone}",
        }  # fmt: skip
        assert {event.details["reason"] for event in told} == {"older than 30 days"}
        assert {event.details["rule"] for event in told} == {"r1"}
    assert list(preview_retention(registry.records, ROOT, LATER)) == []


def test_an_immutable_tag_goes_when_its_rule_says_so_and_a_kept_one_does_not() -> None:
    registry = DrivenRegistry()
    registry.push_image("team/app", name="fixed", tags=("1.0",))
    registry.push_image("team/app", name="kept", tags=("2.0",))
    for kind, pattern in ((TagRuleKind.FIXED, "*"), (TagRuleKind.KEPT, "2.*")):
        asked = NewTagRule(kind, RepositoryPattern.parse("**"), TagPattern.parse(pattern))
        add_tag_rule(registry.records, ROOT, asked, NOON, rule_id=kind.value)
    rule(registry, older_than=timedelta(days=30))
    assert protectors(registry) == {"2.0": ["kept by a rule: 2.* in **"]}
    run(registry)
    assert tags(registry) == ["2.0"]


def test_signatures_go_with_their_image() -> None:
    registry = DrivenRegistry()
    image = registry.push_image("team/app", tags=("1.0",))
    config = push_bytes(registry.ports, ROOT, "team/app", b"{}", NOON)

    def push(subject: bool, *names: str) -> Digest:
        document: dict[str, Any] = {
            "schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST, "layers": [],
            "artifactType": "application/vnd.example", "annotations": {"n": ",".join(names)},
            "config": {"mediaType": media_types.OCI_EMPTY, "digest": str(config), "size": 2},
        }  # fmt: skip
        if subject:
            document["subject"] = {"mediaType": media_types.OCI_MANIFEST, "digest": str(image), "size": 1}
        return registry.push_manifest("team/app", json.dumps(document).encode(), tags=names)

    accessories = [push(True), push(False, f"sha256-{image.hex}.sig")]
    rule(registry, older_than=timedelta(days=30))
    run(registry)
    with registry.records.read() as kept:
        assert kept.registry.missing_manifests("team/app", [image, *accessories]) == (image, *accessories)
    assert tags(registry) == []


def test_what_runs_is_promoted_or_could_be_gone_back_to_stays() -> None:
    registry = DrivenRegistry()
    running, current, before, idle = (
        registry.push_image("team/app", name=name, tags=(name,))
        for name in ("running", "current", "before", "idle")
    )
    container = RunningContainer(
        host="node",
        engine="docker",
        id="c1",
        name="checkout",
        image_reference="",
        image_id="sha256:" + "0" * 64,
        manifest_digests=(f"team/app@{running}",),
        started_at="2026-03-01T00:00:00Z",
        labels={},
        privileged=False,
        user="",
    )
    with registry.records.write() as kept:
        kept.inventory.report(Host("node", "1", NOON), [container])
        for number, digest in enumerate((before, current)):
            kept.governance.save_promotion(
                Promotion(
                    id=f"p{number}", kind=PromotionKind.PROMOTION, repository="team/app", digest=digest,
                    source="test", target="prod", state=PromotionState.DONE, reason="", ticket="",
                    requester="person:ann", requested_at=NOON, decision="", concluded_at=NOON,
                    previous=before if number else None,
                )
            )  # fmt: skip
    rule(registry, older_than=timedelta(days=30))
    found = protectors(registry)
    assert set(found) == {"running", "current", "before"}
    assert found["running"] == ["running now: container checkout on node"]
    assert "promoted: prod" in found["current"]
    assert "rollback target: prod can go back to it" in found["before"]
    run(registry)
    assert tags(registry) == ["before", "current", "running"]
    assert idle != running


def test_a_hold_stops_people_and_retention_until_it_is_released() -> None:
    registry = DrivenRegistry()
    image = registry.push_image("team/app", tags=("1.0",))
    hold = place_hold(registry.records, ROOT, APP, image, "case 17", now=NOON, hold_id="h1")
    rule(registry, older_than=timedelta(days=30))
    assert protectors(registry) == {"1.0": ["legal hold: h1 (case 17)"]}
    run(registry)
    assert tags(registry) == ["1.0"]
    with pytest.raises(Conflict) as refused:
        delete_tag(registry.records, ROOT, "team/app", "1.0", NOON)
    assert refused.value.code == "legal-hold"
    with pytest.raises(Conflict) as refused:
        delete_manifest(registry.records, ROOT, "team/app", image, NOON)
    assert refused.value.code == "legal-hold"
    assert list_holds(registry.records, ROOT) == (hold,)
    release_hold(registry.records, ROOT, "h1", NOON)
    with pytest.raises(NotFound):
        release_hold(registry.records, ROOT, "h1", NOON)
    run(registry)
    assert tags(registry) == []
    with pytest.raises(Malformed):
        place_hold(registry.records, ROOT, APP, None, " ", now=NOON, hold_id="h2")


def test_a_job_that_is_done_again_does_nothing_more() -> None:
    registry = DrivenRegistry()
    registry.push_image("team/app", tags=("1.0",))
    rule(registry, older_than=timedelta(days=30))
    asked: list[Job] = []

    class Asked:
        def enqueue(self, job: Job) -> None:
            asked.append(job)

    ports = RetainPorts(registry.records, lambda: LATER, Asked)  # type: ignore[arg-type] # only enqueue is used
    ask_for_retention(ports, ROOT, LATER, run_id="run")
    for _ in range(2):
        work_on_retention(ports, asked[0].arguments)
    assert tags(registry) == []
    assert len(asked) == 1
