"""Asking for a rebuild: merge requests on both kinds of forge, and a signed request to a pipeline."""

import time
from collections.abc import Iterator

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.adapters.rebuild_webhook import WebhookPipeline
from lading.adapters.source_forges import SourceForges
from lading.audit.cloud_event import make_secret
from lading.campaigns.campaign import Campaign, CampaignState, Deadlines, Item, Method
from lading.campaigns.sources import Forge as ForgeKind
from lading.campaigns.sources import SourcePlace, parse_place, place_of
from lading.foundation.errors import Malformed, NotFound, Upstream
from lading.workflows.ask_for_rebuild import RebuildPorts, ask_for_rebuild
from tests.support.event_receiver import Receiver, is_genuine, running_receiver
from tests.support.fleet_lab import Fleet
from tests.support.forges import Forge, running_forge
from tests.support.layers import LayerBuilder
from tests.support.registry import NOON, ROOT

SECRET = make_secret(b"0123456789abcdef0123456789abcdef")
CAMPAIGN = Campaign(
    "c1", "Leave it", "CVE-1", "", "", "it leaks", CampaignState.OPEN, NOON, "person:ann", Deadlines()
)


@pytest.fixture
def forge() -> Iterator[Forge]:
    with running_forge() as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def fleet() -> Fleet:
    made = Fleet()
    made.push("runtime/python", "3-r1", [LayerBuilder().file("etc/x", "new")])
    return made


def item(fleet: Fleet, onto: str = "runtime/python:3-r1") -> Item:
    image = fleet.push("team/app", "1", [LayerBuilder().file("etc/x", "old")])
    why = "its own layers are at fault"
    return Item("team/app", image, (image,), ("1",), "team", "", 0, Method.REBUILD, why, onto, 0)


def ports(fleet: Fleet, forge: Forge, receiver: Receiver | None, place: str) -> RebuildPorts:
    forges = SourceForges(dict.fromkeys(ForgeKind, forge.url), dict.fromkeys(ForgeKind, forge.token))
    pipeline = WebhookPipeline(receiver.url if receiver else "", SECRET)
    sources = {RepositoryPattern.parse("team/*"): parse_place(place)} if place else {}
    return RebuildPorts(fleet.driven.records, forges, pipeline, sources)


@pytest.mark.parametrize("kind", list(ForgeKind))
def test_a_merge_request_changes_the_from_line_with_the_digest_the_reason_and_the_difference(
    fleet: Fleet, forge: Forge, kind: ForgeKind
) -> None:
    asking = ports(fleet, forge, None, f"{kind}:acme/shop:docker/Dockerfile@main")
    said = ask_for_rebuild(asking, ROOT, CAMPAIGN, item(fleet))
    with fleet.driven.records.read() as kept:
        tag = kept.registry.tag("runtime/python", "3-r1")
    assert tag is not None
    line = f"FROM r.io/runtime/python:3-r1@{tag.digest}"
    (request,) = forge.requests
    page = "pull" if kind is ForgeKind.GITHUB else "merge_requests"
    assert forge.files["lading/c1/team-app"] == {"docker/Dockerfile": f"{line}\nRUN make\n"}
    assert forge.files["main"] == {"docker/Dockerfile": "FROM r.io/runtime/python:3\nRUN make\n"}
    text = request.get("body") or request["description"]
    assert "it leaks" in text
    assert f"-FROM r.io/runtime/python:3\n+{line}\n" in text
    assert said == f"a merge request changes the base to runtime/python:3-r1: {forge.url}/{page}/1"


@pytest.mark.parametrize("kind", list(ForgeKind))
def test_asking_twice_finds_the_request_that_is_open(fleet: Fleet, forge: Forge, kind: ForgeKind) -> None:
    asking = ports(fleet, forge, None, f"{kind}:acme/shop:docker/Dockerfile@main")
    asked = item(fleet)
    first = ask_for_rebuild(asking, ROOT, CAMPAIGN, asked)
    assert ask_for_rebuild(asking, ROOT, CAMPAIGN, asked) == first
    assert len(forge.requests) == len(forge.commits) == 1


@pytest.mark.parametrize("kind", list(ForgeKind))
def test_an_attempt_that_broke_off_after_the_branch_is_finished(
    fleet: Fleet, forge: Forge, kind: ForgeKind
) -> None:
    asking = ports(fleet, forge, None, f"{kind}:acme/shop:docker/Dockerfile@main")
    asked = item(fleet)
    ask_for_rebuild(asking, ROOT, CAMPAIGN, asked)
    forge.requests.clear()
    ask_for_rebuild(asking, ROOT, CAMPAIGN, asked)
    assert len(forge.requests) == 1
    assert len(forge.commits) == 1


def test_a_from_in_parts_goes_to_the_pipeline_and_it_is_said_why(
    fleet: Fleet, forge: Forge, receiver: Receiver
) -> None:
    forge.files["main"]["docker/Dockerfile"] = "ARG V=3\nFROM r.io/runtime/python:$V\n"
    asking = ports(fleet, forge, receiver, "github:acme/shop:docker/Dockerfile@main")
    said = ask_for_rebuild(asking, ROOT, CAMPAIGN, item(fleet))
    assert "FROM r.io/runtime/python:$V is put together from parts" in said
    assert said.endswith("the pipeline was asked to build it again on runtime/python:3-r1")
    assert not forge.requests


def test_the_pipeline_gets_a_signed_request_with_the_digest_of_the_base(
    fleet: Fleet, forge: Forge, receiver: Receiver
) -> None:
    asked = item(fleet)
    ask_for_rebuild(ports(fleet, forge, receiver, ""), ROOT, CAMPAIGN, asked)
    ask_for_rebuild(ports(fleet, forge, receiver, ""), ROOT, CAMPAIGN, asked)
    assert is_genuine(SECRET, receiver.headers[0], receiver.bodies[0], time.time())
    assert not is_genuine(SECRET, receiver.headers[0], receiver.bodies[0] + b" ", time.time())
    assert receiver.headers[0]["webhook-id"] == receiver.headers[1]["webhook-id"]
    (body, _) = receiver.taken
    assert (body["repository"], body["base"]) == ("team/app", "runtime/python:3-r1")
    assert body["base_digest"].startswith("sha256:")


def test_a_pipeline_or_forge_that_refuses_is_said(fleet: Fleet, forge: Forge, receiver: Receiver) -> None:
    receiver.answer = lambda _event: 500
    with pytest.raises(Upstream, match="not triggered"):
        ask_for_rebuild(ports(fleet, forge, receiver, ""), ROOT, CAMPAIGN, item(fleet))
    asking = ports(fleet, forge, None, "gitlab:acme/shop:docker/Dockerfile@main")
    for status in (401, 403, 500):
        forge.broken = status
        with pytest.raises(Upstream, match=str(status)):
            ask_for_rebuild(asking, ROOT, CAMPAIGN, item(fleet))
    forge.broken = 200
    with pytest.raises(Upstream, match="something else than its API says"):
        ask_for_rebuild(asking, ROOT, CAMPAIGN, item(fleet))
    forge.broken = 0
    with pytest.raises(NotFound):
        ask_for_rebuild(
            ports(fleet, forge, None, "gitlab:acme/other:Dockerfile@main"), ROOT, CAMPAIGN, item(fleet)
        )


def test_without_either_owners_are_asked(fleet: Fleet, forge: Forge) -> None:
    assert ask_for_rebuild(ports(fleet, forge, None, ""), ROOT, CAMPAIGN, item(fleet, onto="")) == ""


@pytest.mark.parametrize(
    "text",
    [
        "", "github:acme:Dockerfile@main", "svn:a/b:Dockerfile@main", "github:a/b:Dockerfile",
        "github:a/b:/etc/passwd@main", "github:a/b:../../x@main", "github:a/b:x/../../y@main",
        "github:a/b:..@main",
        "github:a/b:Dockerfile@main\n", "github:" + "a/" * 600 + "b:Dockerfile@main",
    ],
)  # fmt: skip
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_place(text)


def test_the_most_specific_pattern_says_where_the_source_is() -> None:
    one, other = parse_place("github:a/b:Dockerfile@main"), parse_place("gitlab:a/b/c:x/Dockerfile@v/1")
    sources = {RepositoryPattern.parse("team/**"): one, RepositoryPattern.parse("team/app"): other}
    assert (
        place_of("team/app", sources)
        == other
        == SourcePlace(ForgeKind.GITLAB, "a/b/c", "x/Dockerfile", "v/1")
    )
    assert place_of("team/x", sources) == one
    assert place_of("other", sources) is None
