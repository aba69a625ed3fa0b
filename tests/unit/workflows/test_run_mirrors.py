"""Curated mirrors against an upstream on a real socket: what is brought in, what waits, what is held."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from lading.adapters.jobs_memory import MemoryJobs
from lading.approvals.approval import ApprovalState
from lading.foundation.errors import Conflict, Forbidden, LadingError
from lading.oci.digest import Digest
from lading.ports.jobs import Job, JobState
from lading.ports.records.mirrors import MirrorRun
from lading.registry.limits import DEFAULT_LIMITS
from lading.registry.mirrors import MirrorRule, TagState
from lading.registry.tag_pattern import TagPattern
from lading.signing.cosign import ArtifactKind, artifact_tag
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.workflows.check_storage import check_storage
from lading.workflows.hold_change import RUN_MIRROR
from lading.workflows.mirror_rules import preview, put_mirror, remove_mirror
from lading.workflows.run_mirrors import MirrorPorts, due_mirrors, run_mirror
from lading.workflows.upstream_accounts import NewUpstream, put_cache, put_upstream, remove_upstream
from lading.workflows.vote import vote
from tests.support.governed import KEY, GovernedRegistry, person
from tests.support.registry import NOON, ROOT
from tests.support.remotes import SECRETS, Remotes, cache_ports, mirror_ports
from tests.support.upstream import Upstream, upstream

HOUR = timedelta(hours=1)
# What is signed at the upstream names the upstream's repository, and counts for ours.
SIGNED_THERE = """
[[trust]]
name = "mirrored"
repositories = ["base/**"]
signers = ["release"]
signed-as = ["library/**"]
"""
RULE = MirrorRule(
    "debian", "hub", ("library/debian",), "base", TagPattern.parse("*"), "", 0, timedelta(0),
    False, (), 24, NOON, "person:root",
)  # fmt: skip


@dataclass
class Mirror:
    """A registry of ours, an upstream, and what time it is."""

    hub: Upstream
    governed: GovernedRegistry = field(default_factory=GovernedRegistry)
    now: datetime = NOON

    def __post_init__(self) -> None:
        registry = self.governed.registry
        self.remotes = Remotes(lambda: self.now)
        self.jobs = MemoryJobs({RUN_MIRROR: lambda _arguments: None}, workers=1)
        cache = cache_ports(
            registry.records, registry.blobs, self.remotes, DEFAULT_LIMITS, registry.ports.on_pushed
        )
        self.ports: MirrorPorts = mirror_ports(cache, self.governed.shipped_trust, lambda: self.jobs)
        put_upstream(registry.records, SECRETS, ROOT, NewUpstream("hub", self.hub.url), NOON)

    def rule(self, **changes: Any) -> None:
        put_mirror(self.governed.registry.records, ROOT, replace(RULE, **changes), self.now)

    def run(self) -> MirrorRun:
        done = run_mirror(self.ports, "debian")
        assert done is not None
        return done

    def states(self) -> dict[str, TagState]:
        with self.governed.registry.records.read() as kept:
            return {tag.tag: tag.state for tag in kept.mirrors.tags("debian").items}

    def here(self, tag: str) -> Digest | None:
        with self.governed.registry.records.read() as kept:
            found = kept.registry.tag("base/library/debian", tag)
        return found.digest if found is not None else None


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with upstream() as hub:
        mirror = Mirror(hub)
        yield mirror
        mirror.remotes.close()


def test_what_the_rule_selects_comes_with_platforms_signatures_and_referrers(mirror: Mirror) -> None:
    hub, there = mirror.hub, "library/debian"
    children = [hub.image(there, "", name=name) for name in ("amd64", "arm64")]
    index = hub.index(there, "1.2.0", *children)
    sbom = hub.referrer(there, children[0], "application/spdx+json")
    about_sbom = hub.referrer(there, sbom, "application/x-note")
    signature = hub.image(there, artifact_tag(index, ArtifactKind.SIGNATURES), name="signature")
    hub.image(there, "0.9.0", name="old")
    mirror.rule(versions=">=1", newest=5)
    run = mirror.run()
    assert (run.looked, run.brought, run.failures) == (1, 1, ())
    assert mirror.here("1.2.0") == index
    assert mirror.here(artifact_tag(index, ArtifactKind.SIGNATURES)) == signature
    with mirror.governed.registry.records.read() as kept:
        everything = (*children, index, sbom, about_sbom, signature)
        assert kept.registry.missing_manifests("base/library/debian", everything) == ()
        assert kept.registry.tag("base/library/debian", "0.9.0") is None
    registry = mirror.governed.registry
    assert list(check_storage(registry.records, registry.blobs, deep=True)) == []
    asked = hub.count("/blobs/")
    assert mirror.run().brought == 0
    assert hub.count("/blobs/") == asked


def test_referrers_are_found_also_where_the_upstream_has_no_such_list(mirror: Mirror) -> None:
    mirror.hub.has_referrers = False
    digest = mirror.hub.image("library/debian", "1")
    sbom = mirror.hub.referrer("library/debian", digest, "application/spdx+json")
    fallback = mirror.hub.referrers_of("library/debian", str(digest))
    mirror.hub.manifest("library/debian", f"sha256-{digest.hex}", fallback)
    mirror.rule(tags=TagPattern.parse("1"))
    mirror.run()
    with mirror.governed.registry.records.read() as kept:
        assert kept.registry.manifest("base/library/debian", sbom) is not None


def test_a_tag_waits_from_when_we_saw_it_and_again_when_it_is_another_digest(mirror: Mirror) -> None:
    mirror.hub.image("library/debian", "1")
    mirror.rule(min_age=72 * HOUR)
    mirror.run()
    assert mirror.states() == {"1": TagState.WAITING}
    mirror.now += 71 * HOUR
    mirror.run()
    assert mirror.here("1") is None
    mirror.hub.image("library/debian", "1", name="replaced in time")
    mirror.now += HOUR
    mirror.run()
    assert mirror.here("1") is None
    mirror.now += 72 * HOUR
    mirror.run()
    assert mirror.states() == {"1": TagState.HERE}


def test_an_age_that_the_image_claims_counts_only_where_the_rule_trusts_it(mirror: Mirror) -> None:
    mirror.hub.image("library/debian", "1", created="2020-01-01T00:00:00Z")
    mirror.rule(min_age=72 * HOUR)
    mirror.run()
    assert mirror.here("1") is None
    mirror.rule(min_age=72 * HOUR, trust_created=True)
    mirror.run()
    assert mirror.here("1") is not None


def test_a_tag_that_was_changed_is_held_and_brought_in_when_a_person_accepts_it(mirror: Mirror) -> None:
    before = mirror.hub.image("library/debian", "1")
    mirror.rule(min_age=72 * HOUR)
    mirror.run()
    mirror.now += 73 * HOUR
    mirror.run()
    after = mirror.hub.image("library/debian", "1", name="changed", size=5000)
    mirror.now += HOUR
    mirror.run()
    mirror.run()
    assert (mirror.here("1"), mirror.states()) == (before, {"1": TagState.HELD})
    with mirror.governed.registry.records.read() as kept:
        (approval,) = kept.governance.approvals(state="", kind="intake").items
    assert approval.evidence["before"] == str(before)
    assert approval.evidence["digest"] == str(after)
    assert "1 layers became 1, and 0 of them are the same" in str(approval.evidence["changed"])
    say = {"approves": True, "comment": "read the changelog", "hold": mirror.ports.hold}
    with pytest.raises(Forbidden):
        vote(mirror.governed.ports, person("eve", ("publisher", "**")), approval.id, mirror.now, **say)  # type: ignore[arg-type]
    ann = person("ann", ("maintainer", "base/**"))
    done = vote(mirror.governed.ports, ann, approval.id, mirror.now, **say)  # type: ignore[arg-type]
    assert done.state is ApprovalState.APPROVED
    assert [each.job for each in mirror.jobs.reports(tuple(JobState), limit=9)] == [
        Job(RUN_MIRROR, f"{RUN_MIRROR}/debian/{approval.id}", {"mirror": "debian"})
    ]
    mirror.run()  # what is accepted need not grow old
    assert (mirror.here("1"), mirror.states()) == (after, {"1": TagState.HERE})
    with mirror.governed.registry.records.read() as kept:
        log = [each.event for each in kept.audit.entries_after(0, limit=1000)]
    assert {"mirror.hold", "mirror.accept"} <= {event.action for event in log}
    assert next(event for event in log if event.action == "mirror.accept").actor == "person:ann"


def test_a_refused_change_stays_out_until_the_upstream_changes_it_again(mirror: Mirror) -> None:
    before = mirror.hub.image("library/debian", "1")
    mirror.rule()
    mirror.run()
    mirror.hub.image("library/debian", "1", name="bad")
    mirror.run()
    with mirror.governed.registry.records.read() as kept:
        (approval,) = kept.governance.approvals(state="", kind="intake").items
    ann, hold = person("ann", ("maintainer", "base/**")), mirror.ports.hold
    vote(mirror.governed.ports, ann, approval.id, mirror.now, approves=False, comment="odd", hold=hold)
    mirror.run()
    assert (mirror.here("1"), mirror.states()) == (before, {"1": TagState.REFUSED})
    mirror.hub.image("library/debian", "1", name="worse")
    mirror.run()
    assert (mirror.here("1"), mirror.states()) == (before, {"1": TagState.HELD})


def test_nobody_accepts_what_the_upstream_has_replaced_meanwhile(mirror: Mirror) -> None:
    mirror.hub.image("library/debian", "1")
    mirror.rule()
    mirror.run()
    mirror.hub.image("library/debian", "1", name="second")
    mirror.run()
    third = mirror.hub.image("library/debian", "1", name="third")
    mirror.run()
    with mirror.governed.registry.records.read() as kept:
        newest, older = kept.governance.approvals(state="", kind="intake").items
    ann, hold = person("ann", ("maintainer", "base/**")), mirror.ports.hold
    assert older.state is ApprovalState.WITHDRAWN
    with pytest.raises(Conflict):
        vote(mirror.governed.ports, ann, older.id, mirror.now, approves=True, hold=hold)
    mirror.hub.image("library/debian", "1", name="fourth")
    vote(mirror.governed.ports, ann, newest.id, mirror.now, approves=True, hold=hold)
    mirror.run()  # the fourth was never agreed to
    assert mirror.states() == {"1": TagState.HELD}
    assert mirror.here("1") != third


def test_what_no_signer_of_the_rule_has_signed_stays_out(mirror: Mirror) -> None:
    signed = mirror.governed
    trust = parse_trust_policy(write_trust_policy({KEY.name: KEY.public}) + SIGNED_THERE)
    mirror.ports = replace(mirror.ports, trust=lambda: trust)
    digest = signed.registry.push_image("library/debian", tags=("1",))
    mirror.hub.image("library/debian", "unsigned")
    _serve_from(mirror.hub, signed, "library/debian", digest)
    mirror.rule(signers=("release",), tags=TagPattern.parse("1, unsigned"))
    run = mirror.run()
    assert mirror.states() == {"1": TagState.NOT_SIGNED, "unsigned": TagState.NOT_SIGNED}
    assert len(run.failures) == 2
    signed.sign(digest, "library/debian")
    _serve_from(mirror.hub, signed, "library/debian", digest)
    mirror.run()
    assert mirror.states() == {"1": TagState.HERE, "unsigned": TagState.NOT_SIGNED}
    mirror.rule(signers=("somebody else",), tags=TagPattern.parse("1"))
    (seen,), _ = preview(mirror.ports, ROOT, "debian")
    assert seen.state is TagState.HERE  # what was brought in stays


def test_an_upstream_that_does_not_help_ends_the_run_in_words_and_changes_nothing(mirror: Mirror) -> None:
    mirror.hub.image("library/debian", "1")
    mirror.rule()
    mirror.run()
    mirror.hub.status, mirror.hub.headers = 429, {"Retry-After": "600"}
    run = mirror.run()
    assert "429" in run.failures[0]
    assert mirror.states() == {"1": TagState.HERE}
    asked = len(mirror.hub.asked)
    assert "left in peace" in mirror.run().failures[0]
    assert len(mirror.hub.asked) == asked
    assert due_mirrors(mirror.ports, mirror.now + 23 * HOUR) == ()
    assert due_mirrors(mirror.ports, mirror.now + 24 * HOUR) == ("debian",)


def test_one_image_that_cannot_be_had_does_not_stop_the_others(mirror: Mirror) -> None:
    mirror.hub.image("library/debian", "1", name="broken")
    mirror.hub.image("library/debian", "2", name="fine")
    del mirror.hub.blobs[str(mirror.hub.layer_of("library/debian", "1"))]
    mirror.rule()
    run = mirror.run()
    assert mirror.states() == {"1": TagState.FAILED, "2": TagState.HERE}
    assert run.failures[0].startswith("library/debian:1: failed: the upstream hub has no blob")
    assert mirror.here("1") is None


def test_a_preview_says_what_a_run_would_do_and_does_nothing(mirror: Mirror) -> None:
    mirror.hub.image("library/debian", "1")
    mirror.rule()
    found, ended = preview(mirror.ports, ROOT, "debian")
    assert [(each.tag, each.state) for each in found] == [("1", TagState.WANTED)]
    assert ended == ""
    assert mirror.states() == {}
    assert mirror.here("1") is None
    assert mirror.hub.count("/blobs/") == 0


def test_a_tag_that_is_gone_there_stays_here_and_is_said_to_be_gone(mirror: Mirror) -> None:
    digest = mirror.hub.image("library/debian", "1")
    mirror.rule()
    mirror.run()
    del mirror.hub.manifests["library/debian", "1"]
    mirror.run()
    assert mirror.here("1") == digest
    assert mirror.states() == {"1": TagState.GONE}


def test_mirrors_and_caches_keep_out_of_each_others_places(mirror: Mirror) -> None:
    records = mirror.governed.registry.records
    put_cache(records, ROOT, prefix="base", upstream="hub", remote_prefix="", namespace="", now=NOON)
    with pytest.raises(Conflict, match="lies in a cache"):
        mirror.rule()
    mirror.rule(prefix="mirrored")
    with pytest.raises(Conflict):
        remove_upstream(records, ROOT, "hub", NOON)
    with pytest.raises(LadingError):
        mirror.rule(prefix="elsewhere")
    remove_mirror(records, ROOT, "debian", NOON)


def _serve_from(hub: Upstream, governed: GovernedRegistry, repository: str, digest: Digest) -> None:
    """Let the upstream have what a registry of ours has under a name."""
    registry = governed.registry
    with registry.records.read() as kept:
        for stored in kept.registry.manifests(repository).items:
            hub.manifests[repository, str(stored.digest)] = stored.raw
        for tag in kept.registry.tags(repository).items:
            hub.manifests[repository, tag.name] = hub.manifests[repository, str(tag.digest)]
    hub.manifests[repository, "1"] = hub.manifests[repository, str(digest)]
    for blob in registry.blobs.iter_digests():
        stream = registry.blobs.read(blob)
        hub.blobs[str(blob)] = b"".join(stream)
        stream.close()
