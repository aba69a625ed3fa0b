"""Rebasing in a registry: what is pushed, attested and kept, and that a refusal changes nothing."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from lading.access.bindings import Bindings, RoleBinding, Subject, SubjectKind
from lading.access.principal import Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import ROLES
from lading.adapters.blobs_memory import MemoryBlobs
from lading.foundation.errors import Conflict, Forbidden, NotFound, Upstream
from lading.lineage.placement import BASE_DIGEST
from lading.lineage.rebased_image import PREDICATE, REBASED_FROM
from lading.lineage.remarks import Verdict
from lading.oci.digest import Digest
from lading.registry.caller import BoundRights, Caller
from lading.workflows.derived_images import RebaseWork
from lading.workflows.go_back import go_back
from tests.support.fleet_lab import Fleet
from tests.support.layers import LayerBuilder
from tests.support.registry import ROOT, DrivenRegistry


def base(content: str) -> LayerBuilder:
    return (
        LayerBuilder()
        .directory("etc")
        .file("etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
        .file("etc/x", content)
    )


def app(content: str = "1") -> LayerBuilder:
    return LayerBuilder().file("srv/app", content)


@pytest.fixture
def fleet() -> Fleet:
    made = Fleet()
    made.push("base", "1", [base("old")], Env=["V=1"])
    made.push("base", "2", [base("new")], Env=["V=2"])
    return made


def everything(fleet: Fleet) -> list[Any]:
    """All that is kept of what was pushed."""
    with fleet.driven.records.read() as kept:
        repositories = [one.name for one in kept.registry.repositories().items]
        return [
            (name, tag.name, tag.digest) for name in repositories for tag in kept.registry.tags(name).items
        ] + [(name, one.digest) for name in repositories for one in kept.registry.manifests(name).items]


def document(fleet: Fleet, repository: str, digest: Digest) -> Any:
    with fleet.driven.records.read() as kept:
        stored = kept.registry.manifest(repository, digest)
    assert stored is not None
    return json.loads(stored.raw)


def test_the_new_image_has_the_layers_of_the_new_base_and_a_tag_of_its_own(fleet: Fleet) -> None:
    image = fleet.push("app", "1.4.2", [base("old"), app()], Env=["V=1", "A=b"])
    done = fleet.rebase("app", "1.4.2", "base:2")
    assert done.verdict.allows
    assert done.tag == "1.4.2-r1"
    assert done.digest is not None
    with fleet.driven.records.read() as kept:
        standing = kept.registry.tag("app", "1.4.2")
        new_base = kept.registry.tag("base", "2")
        rebased = kept.contents.image(done.digest)
        assert kept.campaigns.derivation("app", done.digest) is not None
        assert [one.image for one in kept.campaigns.derived_from("app", image)] == [done.digest]
    assert standing is not None
    assert new_base is not None
    assert rebased is not None
    assert standing.digest == image  # the old tag stays where it was, and can be pulled
    manifest = document(fleet, "app", done.digest)
    assert manifest["layers"][0] == document(fleet, "base", new_base.digest)["layers"][0]
    assert manifest["layers"][1] == document(fleet, "app", image)["layers"][1]
    assert manifest["annotations"][REBASED_FROM] == str(image)
    assert manifest["annotations"][BASE_DIGEST] == str(new_base.digest)


def test_it_is_signed_attested_described_and_in_the_audit_log(fleet: Fleet) -> None:
    fleet.push("app", "1", [base("old"), app()])
    done = fleet.rebase("app", "1", "base:2", reason="CVE-1")
    assert done.digest is not None
    with fleet.driven.records.read() as kept:
        referrers = kept.registry.referrers("app", done.digest).items
        entries = [entry.event for entry in kept.audit.page().items if entry.event.action == "image.rebase"]
        sboms = kept.contents.sboms(done.digest)
    told = [one.annotations.get("dev.sigstore.bundle.predicateType") for one in referrers]
    assert PREDICATE in told
    assert len(sboms) == 3
    assert entries[0].details["reason"] == "CVE-1"
    assert entries[0].details["proof"] == str(done.proof_digest)


def test_a_second_rebase_takes_the_next_tag_and_a_lineage_of_three(fleet: Fleet) -> None:
    fleet.push("base", "3", [base("newest")])
    fleet.push("app", "1", [base("old"), app()])
    first = fleet.rebase("app", "1", "base:2")
    second = fleet.rebase("app", first.tag, "base:3")
    assert (first.tag, second.tag) == ("1-r1", "1-r2")
    assert second.digest is not None
    with fleet.driven.records.read() as kept:
        last = kept.campaigns.derivation("app", second.digest)
    assert last is not None
    assert last.made_from == first.digest


def test_a_refusal_and_asking_only_change_nothing(fleet: Fleet) -> None:
    fleet.push("app", "1", [base("old"), LayerBuilder().file("etc/x", "mine")])
    fleet.push("good", "1", [base("old"), app()])
    before = everything(fleet)
    refused = fleet.rebase("app", "1", "base:2")
    assert refused.verdict is Verdict.NEEDS_REBUILD
    assert refused.digest is None
    assert fleet.rebase("good", "1", "base:2", dry_run=True).digest is None
    assert everything(fleet) == before


def test_an_index_is_rebased_for_every_platform_or_for_none(fleet: Fleet) -> None:
    for tag, content in (("1", "old"), ("2", "new")):
        both = {
            name: fleet.push("base", "", [base(f"{content} {name}")], architecture=name)
            for name in ("amd64", "arm64")
        }
        fleet.push_index("base", f"multi-{tag}", both)
    good = {
        name: fleet.push("app", "", [base(f"old {name}"), app(name)], architecture=name)
        for name in ("amd64", "arm64")
    }
    fleet.push_index("app", "1", good)
    done = fleet.rebase("app", "1", "base:multi-2")
    assert done.digest is not None
    listed = document(fleet, "app", done.digest)["manifests"]
    assert [each["platform"]["architecture"] for each in listed] == ["amd64", "arm64"]
    hostile = fleet.push(
        "app", "", [base("old arm64"), LayerBuilder().file("etc/x", "mine")], architecture="arm64"
    )
    fleet.push_index("app", "bad", {"amd64": good["amd64"], "arm64": hostile})
    before = everything(fleet)
    refused = fleet.rebase("app", "bad", "base:multi-2")
    assert {proof.platform: proof.verdict.allows for proof in refused.proofs} == {
        "linux/amd64": True,
        "linux/arm64": False,
    }
    assert refused.digest is None
    assert everything(fleet) == before


def test_a_base_that_is_not_below_and_a_platform_that_is_missing_are_named(fleet: Fleet) -> None:
    fleet.push("other", "1", [LayerBuilder().file("a")])
    fleet.push("app", "1", [base("old"), app()])
    with pytest.raises(Conflict, match="not below"):
        fleet.rebase("app", "1", "other:1")
    fleet.push("base", "arm", [base("new")], architecture="arm64")
    with pytest.raises(Conflict, match="not there for linux/amd64"):
        fleet.rebase("app", "1", "base:arm")
    with pytest.raises(NotFound):
        fleet.rebase("app", "unknown", "base:2")


def test_a_tag_that_is_taken_is_not_moved(fleet: Fleet) -> None:
    fleet.push("app", "1", [base("old"), app()])
    fleet.push("app", "mine", [base("old"), app("2")])
    with pytest.raises(Conflict, match="there already"):
        fleet.rebase("app", "1", "base:2", tag="mine")


def test_going_back_moves_every_tag_but_the_one_of_the_rebase(fleet: Fleet) -> None:
    built = fleet.push("app", "1", [base("old"), app()])
    done = fleet.rebase("app", "1", "base:2")
    assert done.digest is not None
    with fleet.driven.records.write() as kept:
        for tag in ("latest", "stable"):
            kept.registry.move_tag("app", tag, done.digest, at=fleet.now, by="ann")
    fleet.run("h1", one=done.digest, two=built)
    went = go_back(fleet.driven.ports, ROOT, "app", "latest", fleet.now, reason="slow")
    assert (went.image, went.made_from, went.method) == (done.digest, built, "rebase")
    assert (went.tags, went.containers) == (("latest", "stable"), 1)
    with fleet.driven.records.read() as kept:
        named = {tag.name: tag.digest for tag in kept.registry.tags("app").items}
        newest = kept.audit.head()
    assert {name: named[name] for name in ("1", "1-r1", "latest", "stable")} == {
        "1": built,
        "1-r1": done.digest,
        "latest": built,
        "stable": built,
    }
    assert newest is not None
    assert (newest.event.action, newest.event.details["reason"]) == ("image.go-back", "slow")


def test_an_image_that_was_built_has_nothing_to_go_back_to(fleet: Fleet) -> None:
    fleet.push("app", "1", [base("old"), app()])
    before = everything(fleet)
    with pytest.raises(Conflict, match="was not rebased or patched here"):
        go_back(fleet.driven.ports, ROOT, "app", "1", fleet.now)
    assert everything(fleet) == before


def test_who_may_only_pull_cannot_go_back(fleet: Fleet) -> None:
    fleet.push("app", "1", [base("old"), app()])
    fleet.rebase("app", "1", "base:2")
    reading = RoleBinding(
        Subject(SubjectKind.PERSON, "ann"), ROLES["reader"], RepositoryPattern.parse("**"), role="reader"
    )
    reader = Caller(Principal(PrincipalKind.PERSON, "ann"), BoundRights(Bindings.of([reading])))
    before = everything(fleet)
    with pytest.raises(Forbidden):
        go_back(fleet.driven.ports, reader, "app", "1-r1", fleet.now)
    assert everything(fleet) == before


class _FullDisk(MemoryBlobs):
    """A store that keeps nothing more, from some moment on."""

    full = False

    def put_all(self, contents: Mapping[Digest, bytes]) -> None:
        if self.full and contents:
            raise Upstream("blob-store-full", "the disk of the blob store is full")
        super().put_all(contents)


def test_a_rebase_whose_signature_cannot_be_kept_leaves_nothing_behind() -> None:
    """All of it is one transaction: no image without its attestation, and no tag without the image."""
    blobs = _FullDisk()
    fleet = Fleet(driven=DrivenRegistry(blobs=blobs))
    for tag in ("1", "2"):
        fleet.push("base", tag, [base(tag)])
    fleet.push("app", "1", [base("1"), app()])
    before = everything(fleet)
    blobs.full = True
    with pytest.raises(Upstream, match="full"):
        fleet.rebase("app", "1", "base:2")
    assert everything(fleet) == before
    blobs.full = False
    assert fleet.rebase("app", "1", "base:2").tag == "1-r1"


def test_where_others_take_the_tag_at_the_same_moment_it_is_done_over(fleet: Fleet) -> None:
    work = RebaseWork(fleet.rebasing.signing, ROOT, "app", fleet.now)
    tries: list[RebaseWork] = []

    def push(pushing: RebaseWork) -> str:
        tries.append(pushing)
        pushing.push_blob(b"of try %d" % len(tries))
        if len(tries) < 3:
            raise Conflict("tag-moved", "the tag was moved by somebody else")
        return "1-r3"

    assert work.at_once(push) == "1-r3"
    assert [fleet.driven.blobs.stat(Digest.of(b"of try %d" % number)) for number in (1, 2, 3)] == [
        None,
        None,
        8,
    ]


def test_what_else_is_in_the_way_is_told_at_once(fleet: Fleet) -> None:
    work = RebaseWork(fleet.rebasing.signing, ROOT, "app", fleet.now)
    tries = 0

    def push(_pushing: RebaseWork) -> str:
        nonlocal tries
        tries += 1
        raise Conflict("tag-taken", "the tag is there already")

    with pytest.raises(Conflict, match="there already"):
        work.at_once(push)
    assert tries == 1
