"""Who answers for what a name means: each thing of the name, and nothing that the caller may not see."""

from datetime import timedelta

import pytest

from lading.access.principal import ANONYMOUS, Principal, PrincipalKind
from lading.foundation.errors import Malformed, NotFound, Unauthenticated
from lading.inventory.container import RunningContainer
from lading.lineage.catalogue import CatalogueEntry
from lading.oci.digest import Digest
from lading.ports.records.inventory import Host
from lading.ports.records.people import Ownership, RoleBinding, Team
from lading.registry.caller import BoundRights, Caller
from lading.workflows.base_catalogue import save_entry
from lading.workflows.rights import load_bindings
from lading.workflows.who_owns import OwnerAnswer, OwnerQuestion, OwnerState, who_owns
from tests.support.fleet_lab import Fleet
from tests.support.layers import LayerBuilder
from tests.support.registry import ROOT

BASE_LAYER = LayerBuilder().file("a", "1")
APP_LAYER = LayerBuilder().file("b", "2")
OURS = frozenset({"registry.example"})
ID = "0123456789ab" + "c" * 52


@pytest.fixture
def fleet() -> Fleet:
    made = Fleet()
    made.push("base/os", "1", [BASE_LAYER])
    made.push("shop/app", "1", [BASE_LAYER, APP_LAYER])
    with made.driven.records.write() as kept:
        kept.people.save_team(Team("platform", "platform@r.example", "+1 555"))
        kept.people.save_team(Team("shop", "shop@r.example"))
        kept.people.own(Ownership("base/**", "platform"))
        kept.people.own(Ownership("shop/*", "shop"))
    return made


def ask(fleet: Fleet, name: str, caller: Caller = ROOT) -> tuple[OwnerAnswer, ...]:
    question = OwnerQuestion(name, OURS, lambda host: "prod" if host == "node-1" else "dev")
    return who_owns(fleet.driven.records, caller, question)


def one(fleet: Fleet, name: str, caller: Caller = ROOT) -> OwnerAnswer:
    (answer,) = ask(fleet, name, caller)
    return answer


def reader(fleet: Fleet, *patterns: str) -> Caller:
    with fleet.driven.records.write() as kept:
        for pattern in patterns:
            kept.people.bind(RoleBinding("person:eve", "reader", pattern))
    return Caller(Principal(PrincipalKind.PERSON, "eve"), BoundRights(load_bindings(fleet.driven.records)))


def layers(fleet: Fleet, repository: str, tag: str) -> list[tuple[Digest, Digest]]:
    """Of each layer its diff id and its digest as stored."""
    with fleet.driven.records.read() as kept:
        found = kept.registry.tag(repository, tag)
        image = kept.contents.image(found.digest) if found else None
    assert image is not None
    return [(layer.diff_id, layer.blob) for layer in image.layers]


def run(fleet: Fleet, container_id: str, image: str, host: str = "node-1") -> None:
    digests = (image,) if "@" in image else ()
    container = RunningContainer(host, "docker", container_id, "web", image, "", digests, "", {}, False, "")
    with fleet.driven.records.write() as kept:
        kept.inventory.report(Host(host, "1", fleet.now), [container])


def test_a_repository_is_answered_for_by_its_rule_or_by_a_team_named_for_just_it(fleet: Fleet) -> None:
    found = one(fleet, "shop/app")
    assert (found.kind, found.state) == ("repository", OwnerState.OWNED)
    assert found.chain == ("rule shop/*",)
    assert found.team is not None
    assert (found.team.name, found.team.contact) == ("shop", "shop@r.example")
    with fleet.driven.records.write() as kept:
        kept.registry.set_repository_owner("shop/app", "platform")
    named = one(fleet, "registry.example/shop/app")
    assert named.team is not None
    assert (named.team.name, named.team.on_call) == ("platform", "+1 555")
    assert named.chain == ("named as owner of just the repository shop/app",)


def test_an_image_by_tag_and_by_digest_is_its_repositorys(fleet: Fleet) -> None:
    with fleet.driven.records.read() as kept:
        tag = kept.registry.tag("shop/app", "1")
    assert tag is not None
    for name in ("shop/app:1", str(tag.digest), f"shop/app@{tag.digest}", f"shop/app:1@{tag.digest}"):
        found = one(fleet, name)
        assert (found.kind, found.repository, found.state) == ("image", "shop/app", OwnerState.OWNED), name
    with pytest.raises(NotFound):
        ask(fleet, f"base/os@{tag.digest}")


def test_a_layer_is_of_who_owns_the_base_that_it_came_with(fleet: Fleet) -> None:
    lower, upper = layers(fleet, "shop/app", "1")
    for digest in (*lower, f"shop/app@{lower[1]}"):
        found = one(fleet, str(digest))
        assert (found.kind, found.repository) == ("layer", "base/os")
        assert found.team is not None
        assert found.team.name == "platform"
        assert found.chain[1:] == ("brought by base/os:1", "rule base/**")
    for digest in upper:
        assert one(fleet, str(digest)).repository == "shop/app"


def test_a_layer_of_a_base_that_the_caller_may_not_see_cannot_be_told(fleet: Fleet) -> None:
    lower, upper = layers(fleet, "shop/app", "1")
    eve = reader(fleet, "shop/*")
    for digest in lower:
        hidden = one(fleet, str(digest), eve)
        assert (hidden.state, hidden.team, hidden.repository) == (OwnerState.UNDETERMINED, None, "")
        assert "base/os" not in repr(hidden)
        assert "may not see" in hidden.advice
    assert one(fleet, str(upper[0]), eve).state is OwnerState.OWNED


def test_a_layer_that_was_not_looked_at_yet_cannot_be_told(fleet: Fleet) -> None:
    fleet.driven.push_image("shop/new")
    found = one(fleet, str(Digest.of(b"layer of app")))
    assert found.state is OwnerState.UNDETERMINED
    assert "not looked at yet" in found.advice


def test_a_base_of_the_catalogue_is_of_whom_its_entry_names(fleet: Fleet) -> None:
    records = fleet.driven.records
    save_entry(records, ROOT, CatalogueEntry("base/*", owner="platform"), fleet.now)
    save_entry(records, ROOT, CatalogueEntry("lab/*"), fleet.now)
    save_entry(records, ROOT, CatalogueEntry("base/os", owner="shop"), fleet.now)
    found = one(fleet, "base/*")
    assert found.team is not None
    assert (found.kind, found.team.contact) == ("base", "platform@r.example")
    nobody = one(fleet, "lab/*")
    assert nobody.state is OwnerState.NOBODY
    assert "lading base catalogue set 'lab/*' --owner TEAM" in nobody.advice
    both = {each.kind: each.team.name for each in ask(fleet, "base/os") if each.team}
    assert both == {"repository": "platform", "base": "shop"}, "it is a repository and an entry"


def test_a_container_is_of_its_images_repository_in_its_hosts_environment(fleet: Fleet) -> None:
    with fleet.driven.records.read() as kept:
        tag = kept.registry.tag("shop/app", "1")
    assert tag is not None
    run(fleet, ID, f"registry.example/shop/app@{tag.digest}")
    for name in (ID, ID[:12]):
        found = one(fleet, name)
        assert (found.kind, found.what, found.environment) == ("container", "web on node-1", "prod")
        assert (found.repository, found.state) == ("shop/app", OwnerState.OWNED)
    for name in (ID, ID[:12]):
        with pytest.raises(NotFound):
            ask(fleet, name, reader(fleet, "base/*"))
    assert [each.kind for each in ask(fleet, ID[:11])] == ["repository"], "too short for an id"


def test_a_container_that_has_ended_is_not_taken_for_a_repository_that_is_to_come(fleet: Fleet) -> None:
    run(fleet, ID, "docker.io/library/redis:7")
    with fleet.driven.records.write() as kept:
        kept.inventory.report(Host("node-1", "1", fleet.now + timedelta(minutes=1)), [])
    with pytest.raises(NotFound):
        ask(fleet, ID[:12])


def test_a_container_of_an_unknown_image_is_nobodys_and_shows_to_who_may_list_all(fleet: Fleet) -> None:
    run(fleet, ID, "docker.io/library/redis:7")
    found = one(fleet, ID)
    assert found.state is OwnerState.NOBODY
    assert "docker.io/library/redis:7" in found.advice
    with pytest.raises(NotFound):
        ask(fleet, ID, reader(fleet, "shop/*"))


def test_a_name_that_means_several_things_gets_an_answer_for_each(fleet: Fleet) -> None:
    run(fleet, ID, "docker.io/library/redis:7")
    fleet.driven.push_image(ID[:12])
    assert [each.kind for each in ask(fleet, ID[:12])] == ["repository", "container"]
    digest = str(layers(fleet, "base/os", "1")[0][1])
    fleet.driven.push_image("sha256", tags=(digest.removeprefix("sha256:"),))
    assert [each.kind for each in ask(fleet, digest)] == ["layer", "image"]


def test_nobody_comes_with_what_to_do_also_before_the_first_push(fleet: Fleet) -> None:
    found = one(fleet, "new/thing")
    assert (found.state, found.chain) == (OwnerState.NOBODY, ("there is no such repository yet",))
    assert found.advice == "give it to a team: lading teams own TEAM 'new/thing'"


def test_what_may_not_be_seen_is_as_what_is_not_there(fleet: Fleet) -> None:
    eve = reader(fleet, "shop/*")
    told = set()
    for name in ("base/os", "base/no", "base/os:1", "base/os:9"):
        with pytest.raises(NotFound) as refused:
            ask(fleet, name, eve)
        told.add(refused.value.message.replace(name, ""))
    assert len(told) == 1
    with pytest.raises(Unauthenticated):
        ask(fleet, "base/os", Caller(ANONYMOUS, eve.rights))


@pytest.mark.parametrize("name", ["", " ", "a b", "a\n", "\x1b[31m", "a" * 601, "\u202eshop", "\x00"])
def test_what_cannot_be_a_name_is_refused(fleet: Fleet, name: str) -> None:
    with pytest.raises(Malformed) as refused:
        ask(fleet, name)
    assert refused.value.code == "name-invalid"


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "shop/app:",
        "@",
        ":",
        "sha256:",
        "sha256:" + "A" * 64,
        "md5:" + "0" * 32,
        "%",
        "'--",
    ],
)
def test_what_is_a_name_of_nothing_is_not_found(fleet: Fleet, name: str) -> None:
    with pytest.raises(NotFound):
        ask(fleet, name)
