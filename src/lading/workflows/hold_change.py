"""A tag that was changed at the upstream: shown, and brought in only when people agree to just this digest.

1. The change waits as an approval of the kind *intake*, asked for by the server: its evidence is both
   digests, since when we have what is here, when the other was first seen, and what is different.
2. Who maintains the repository here may agree. Agreed to, this digest is brought in by a run that begins at
   once; refused, the tag stays where it is until the upstream moves it to yet another digest.
3. A change that is overtaken by the next is withdrawn: nobody can agree to what is not there any more.
4. One that expired is opened again by the next run: it is still so.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from lading.access.verbs import Verb
from lading.approvals.approval import Approval, ApprovalKind, ApprovalRules, ApprovalState
from lading.foundation.errors import Conflict, LadingError, NotFound
from lading.foundation.instants import rfc3339
from lading.oci.digest import Digest
from lading.oci.manifest import ManifestOrIndex, parse_manifest
from lading.ports.jobs import Job, Jobs
from lading.ports.records.record_set import Records
from lading.ports.remote_registry import RemoteManifest
from lading.registry.caller import Caller
from lading.registry.mirrors import MirrorRule, MirrorTag, TagState, describe_change
from lading.workflows.approvals import Asked, cast_vote, open_approval, take_back
from lading.workflows.cache_ports import SERVER, CachePorts

RUN_MIRROR = "run-mirror"


@dataclass(frozen=True, slots=True)
class HoldPorts:
    """What holding a change needs."""

    cache: CachePorts
    rules: ApprovalRules
    jobs: Callable[[], Jobs]

    @property
    def records(self) -> Records:
        """Where all of it is kept."""
        return self.cache.records


def hold_change(ports: HoldPorts, rule: MirrorRule, tag: MirrorTag) -> None:
    """Open an approval for a change, unless this one waits already (rules 1 and 4)."""
    now, subject = ports.cache.clock(), _subject(tag)
    with ports.records.read() as kept:
        standing = kept.governance.approval_of(ApprovalKind.INTAKE, subject)
    waits = standing is not None and standing.stands(now) is ApprovalState.WAITING
    if waits and standing is not None and standing.evidence.get("digest") == str(tag.digest):
        return
    changed = describe_change(*_both(ports, rule, tag))
    evidence: dict[str, object] = {
        "mirror": rule.name,
        "repository": rule.repository_here(tag.repository),
        "tag": tag.tag,
        "upstream": rule.upstream,
        "before": str(tag.taken),
        "before_since": rfc3339(tag.taken_at) if tag.taken_at else "",
        "digest": str(tag.digest),
        "first_seen": rfc3339(tag.first_seen_at),
        "changed": list(changed),
    }
    title = f"{rule.upstream}/{tag.repository}:{tag.tag} is {tag.digest.short} now"
    asked = Asked(ApprovalKind.INTAKE, subject, title, evidence=evidence)
    with ports.records.write() as kept:
        take_back(kept, SERVER, ApprovalKind.INTAKE, subject, now)  # rule 3
        made = open_approval(kept, SERVER, asked, now, rules=ports.rules, approval_id=ports.cache.new_id())
        told = {"before": str(tag.taken), "after": str(tag.digest), "changed": list(changed)}
        place = f"{rule.repository_here(tag.repository)}:{tag.tag}"
        kept.audit.append(SERVER.did("mirror.hold", place, now, approval=made.id, **told))


def vote_on_change(
    ports: HoldPorts, caller: Caller, approval: Approval, now: datetime, *, approves: bool, comment: str
) -> None:
    """Count what somebody says of a change, and act on it when it is concluded (rule 2)."""
    name, there, tag_name = _place(approval)
    digest = Digest.parse(str(approval.evidence.get("digest", "")))
    with ports.records.write() as kept:
        rule, tag = kept.mirrors.mirror(name), kept.mirrors.tag(name, there, tag_name)
        if rule is None or tag is None:
            raise NotFound("mirror-unknown", "the mirror that this is about is gone")
        if tag.digest != digest:  # rule 3
            raise Conflict(
                "mirror-moved-on",
                f"the tag is at {tag.digest.short} there by now",
                hint="look at the newer change",
            )
        repository = rule.repository_here(there)
        counted = cast_vote(
            kept,
            caller,
            approval,
            lambda one: one.may(Verb.PROMOTE, repository),
            approves=approves,
            comment=comment,
            now=now,
        )
        if counted.state not in {ApprovalState.APPROVED, ApprovalState.REJECTED}:
            return
        accepted = counted.state is ApprovalState.APPROVED
        said = (
            replace(tag, accepted=digest, refused=None, state=TagState.WANTED, why="a person accepted it")
            if accepted
            else replace(tag, refused=digest, accepted=None, state=TagState.REFUSED, why=comment)
        )
        kept.mirrors.save_tag(said)
        verb = "mirror.accept" if accepted else "mirror.refuse"
        moved = {"before": str(tag.taken), "after": str(digest), "approval": approval.id}
        kept.audit.append(caller.did(verb, f"{repository}:{tag_name}", now, **moved))
    if accepted:
        ask_for_run(ports.jobs(), name, approval.id)


def ask_for_run(jobs: Jobs, name: str, key: str) -> None:
    """Have a mirror run soon; ``key`` tells this wish from others."""
    jobs.enqueue(Job(RUN_MIRROR, f"{RUN_MIRROR}/{name}/{key}", {"mirror": name}))


def _both(
    ports: HoldPorts, rule: MirrorRule, tag: MirrorTag
) -> tuple[ManifestOrIndex | None, ManifestOrIndex | None]:
    """The manifest that is here, and the one that is there."""
    with ports.records.read() as kept:
        here = kept.registry.manifest(rule.repository_here(tag.repository), tag.taken) if tag.taken else None
        upstream = kept.upstreams.upstream(rule.upstream)
    there = ports.cache.open_remote(upstream).manifest(tag.repository, str(tag.digest)) if upstream else None
    return (
        _parsed(here.raw, here.media_type) if here is not None else None,
        _parsed(there.raw, there.media_type) if isinstance(there, RemoteManifest) else None,
    )


def _parsed(raw: bytes, media_type: str) -> ManifestOrIndex | None:
    try:
        return parse_manifest(raw, media_type)
    except LadingError:
        return None


def _subject(tag: MirrorTag) -> str:
    return f"{tag.rule} {tag.repository}:{tag.tag}"


def _place(approval: Approval) -> tuple[str, str, str]:
    """The mirror, the repository there and the tag that an approval is about."""
    name, _, rest = approval.subject.partition(" ")
    there, _, tag = rest.rpartition(":")
    return name, there, tag
