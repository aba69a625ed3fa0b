"""Deployments that are half done: what runs under one tag in several digests, or not as the tag says now.

1. Every running container that was started by a tag of this registry is looked at, whatever host it is on.
2. Only those are told that are not whole, of repositories that the caller may see.
3. What can be gone back to is the image that the tag pointed to before: it is *known* while it is here, and
   *tested* when it has run under this tag, or a gate has let it pass.
"""

from dataclasses import dataclass

from lading.access.verbs import Verb
from lading.inventory.deployments import Deployment, Started, Wholeness, deployments
from lading.inventory.standing import candidates, started_by
from lading.oci.digest import Digest
from lading.oci.reference import DEFAULT_TAG
from lading.policy.decision import Outcome
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.workflows.show_lineage import platforms_of


@dataclass(frozen=True, slots=True)
class RollbackTarget:
    """The image to go back to. ``tested`` is why it is believed to work; empty where nothing says so."""

    digest: Digest
    here: bool
    tested: str


@dataclass(frozen=True, slots=True)
class PartialDeployment:
    """One that is not whole; without ``rollback`` there was nothing before."""

    deployment: Deployment
    rollback: RollbackTarget | None


def partial_deployments(
    records: Records, caller: Caller, ours: frozenset[str]
) -> tuple[PartialDeployment, ...]:
    """Tell them by the numbered rules; ``ours`` are the names under which this registry is known."""
    with records.read() as kept:
        found = deployments(
            _started(kept, caller, ours),
            lambda repository, tag: _points_to(kept, repository, tag),
            lambda repository, digest: _named(kept, repository, digest),
        )
        return tuple(
            PartialDeployment(one, _rollback(kept, one))
            for one in found
            if one.wholeness is not Wholeness.WHOLE
        )


def _started(kept: RecordSet, caller: Caller, ours: frozenset[str]) -> list[Started]:
    """Rules 1 and 2."""
    started: list[Started] = []
    after = ""
    while True:
        page = kept.inventory.running(after=after, limit=MAX_LIMIT)
        for seen in page.items:
            name = started_by(seen.container, ours)
            if name is None or name.digest is not None or not caller.may(Verb.READ_EVIDENCE, name.repository):
                continue
            container = seen.container
            for image in candidates(container, ours):
                if image.repository == name.repository:
                    tag = name.tag or DEFAULT_TAG
                    place = (container.host, container.name or container.id[:12])
                    started.append(Started(name.repository, tag, image.digest, *place))
                    break
        after = page.next
        if not after:
            return started


def _points_to(kept: RecordSet, repository: str, tag: str) -> Digest | None:
    standing = kept.registry.tag(repository, tag)
    return standing.digest if standing is not None else None


def _named(kept: RecordSet, repository: str, digest: Digest) -> Digest:
    """The index that lists an image, by which people name it; itself where none does."""
    indexes = kept.lineage.indexes_listing([digest])
    return indexes.get((repository, digest), digest)


def _rollback(kept: RecordSet, deployment: Deployment) -> RollbackTarget | None:
    """Rule 3."""
    moves = kept.registry.tag_history(deployment.repository, deployment.tag, limit=50).items
    before = next((move.before for move in moves if move.before not in (None, deployment.now)), None)
    if before is None:
        return None
    here = kept.registry.manifest(deployment.repository, before) is not None
    return RollbackTarget(before, here, _tested(kept, deployment, before))


def _tested(kept: RecordSet, deployment: Deployment, digest: Digest) -> str:
    for running, members in deployment.running:
        if running == digest:
            return f"it runs in {len(members)} containers"
    for manifest in (digest, *platforms_of(kept, deployment.repository, digest)):
        standing = kept.governance.standing_decision(manifest)
        if standing is not None and standing.decision.outcome is not Outcome.DENY:
            return f"the gate of {standing.decision.environment or standing.decision.gate} let it pass"
    return ""
