"""Pull a manifest from a repository that stands for an upstream's.

1. The caller may pull here; whether they could there is not asked: the upstream sees us only.
2. ``registry.freshness`` says from what is held, and how the upstream stands, what to do.
3. One server at a time asks about one tag or digest: the others wait for what it learns, by a lease.
4. What is fetched is verified, within the limits and a manifest that we can read; it is kept as *pending*
   until its content is here (``complete_cached``), and served at once.
5. A tag that the upstream has no more is forgotten; what it was at stays, and can be pulled by its digest.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from lading.access.verbs import Verb
from lading.foundation.errors import Upstream
from lading.oci.digest import Digest
from lading.oci.manifest import parse_manifest
from lading.ports.records.record_set import RecordSet
from lading.ports.records.upstreams import CachedTag, PendingManifest
from lading.ports.remote_registry import Absent, RemoteManifest, RemoteRegistry, Unanswered
from lading.registry.caller import Caller
from lading.registry.freshness import HOUR, Plan, Step, plan_pull
from lading.workflows.cache_ports import SERVER, CachePorts, Origin, cannot_tell, not_there, note_answer

_LEASE = timedelta(seconds=90)  # longer than any request for a manifest may take
_LOOK = 0.1  # seconds between looks at whether another server is done
_MOST_LOOKS = 1200


@dataclass(frozen=True, slots=True)
class CachedManifest:
    """What is served. ``stale`` says why nothing newer is known, empty where this is fresh."""

    digest: Digest
    media_type: str
    raw: bytes
    stale: str = ""
    age: timedelta = timedelta(0)  # since the upstream was asked last
    was_held: bool = True


@dataclass(frozen=True, slots=True)
class _Held:
    manifest: CachedManifest | None
    tag: CachedTag | None


def pull_through(
    ports: CachePorts, caller: Caller, origin: Origin, tag_or_digest: Digest | str
) -> CachedManifest:
    """Return a manifest, by the numbered steps above.

    Raises NotFound ``manifest-unknown`` where the upstream says so, Upstream ``upstream-unanswered`` where
    nobody can tell, and Malformed or OverLimit for what no registry should serve.
    """
    # Step 1.
    caller.require(Verb.PULL, origin.repository)
    # Step 2.
    held, plan = _look(ports, origin, tag_or_digest)
    if plan.step in {Step.ASK, Step.FETCH}:
        # Step 3.
        with _alone(ports, f"manifest/{origin.repository}/{tag_or_digest}"):
            # Somebody may have learned it since we looked, also where nobody is at it any more.
            held, plan = _look(ports, origin, tag_or_digest)
            if plan.step in {Step.ASK, Step.FETCH}:
                return _ask(ports, origin, tag_or_digest, held)
    return _serve(ports, origin, tag_or_digest, held, plan)


def _look(ports: CachePorts, origin: Origin, wanted: Digest | str) -> tuple[_Held, Plan]:
    now = ports.clock()
    with ports.records.read() as kept:
        tag = None if isinstance(wanted, Digest) else kept.upstreams.tag(origin.repository, wanted)
        digest = wanted if isinstance(wanted, Digest) else tag.digest if tag is not None else None
        manifest = held_manifest(kept, origin.repository, digest) if digest is not None else None
        standing = kept.upstreams.standing(origin.upstream.name)
    plan = plan_pull(
        origin.upstream,
        standing,
        now,
        is_held=manifest is not None,
        by_digest=isinstance(wanted, Digest),
        checked_at=tag.checked_at if tag is not None else None,
    )
    return _Held(manifest, tag), plan


def held_manifest(kept: RecordSet, repository: str, digest: Digest) -> CachedManifest | None:
    """A manifest that is here, with its content or still without."""
    stored = kept.registry.manifest(repository, digest)
    if stored is not None:
        return CachedManifest(digest, stored.media_type, stored.raw)
    pending = kept.upstreams.pending(repository, digest)
    return CachedManifest(digest, pending.media_type, pending.raw) if pending is not None else None


def _serve(
    ports: CachePorts, origin: Origin, wanted: Digest | str, held: _Held, plan: Plan
) -> CachedManifest:
    now = ports.clock()
    match plan.step:
        case Step.SERVE if held.manifest is not None:
            return held.manifest
        case Step.SERVE_STALE if held.manifest is not None:
            return _stale(ports, held.manifest, held.tag, plan.why)
        case _:
            raise cannot_tell(origin, f"{origin.repository}:{wanted}", plan.why, plan.until, now)


def _ask(ports: CachePorts, origin: Origin, wanted: Digest | str, held: _Held) -> CachedManifest:
    """Ask the upstream what a tag is at, and fetch what is not here."""
    remote = ports.open_remote(origin.upstream)
    if held.manifest is not None and not isinstance(wanted, Digest):
        if not _spend(ports, origin):
            return _stale(ports, held.manifest, held.tag, "our budget of this hour is spent")
        answer = remote.tag(origin.there, wanted)
        note_answer(ports, origin.upstream.name, remote, answer)
        match answer:
            case Digest() if answer == held.manifest.digest:
                _keep(ports, origin, wanted, held.manifest)
                return held.manifest
            case Digest():
                pass  # it has moved
            case Absent():
                raise _gone(ports, origin, wanted, held.manifest, answer)
            case Unanswered(why):
                return _stale(ports, held.manifest, held.tag, why)
            case _:
                assert_never(answer)
    return _fetch(ports, origin, remote, wanted, held)


def _fetch(
    ports: CachePorts, origin: Origin, remote: RemoteRegistry, wanted: Digest | str, held: _Held
) -> CachedManifest:
    what = f"{origin.repository}{'@' if isinstance(wanted, Digest) else ':'}{wanted}"
    if not _spend(ports, origin):
        if held.manifest is not None:
            return _stale(ports, held.manifest, held.tag, "our budget of this hour is spent")
        raise cannot_tell(origin, what, "our budget of this hour is spent", None, ports.clock())
    answer = remote.manifest(origin.there, str(wanted))
    note_answer(ports, origin.upstream.name, remote, answer)
    match answer:
        case RemoteManifest():
            # Step 4.
            parsed = parse_manifest(answer.raw, answer.media_type)
            found = CachedManifest(answer.digest, parsed.media_type, answer.raw, was_held=False)
            _keep(ports, origin, wanted, found)
            return found
        case Absent() if held.manifest is not None and not isinstance(wanted, Digest):
            raise _gone(ports, origin, wanted, held.manifest, answer)
        case Absent():
            raise not_there(origin, "manifest-unknown", what, answer)
        case Unanswered(why, until):
            if held.manifest is not None:
                return _stale(ports, held.manifest, held.tag, why)
            raise cannot_tell(origin, what, why, until, ports.clock())
        case _:
            assert_never(answer)


def _keep(ports: CachePorts, origin: Origin, wanted: Digest | str, found: CachedManifest) -> None:
    """Note what a tag is at now, and keep what it is at until its content is here."""
    now = ports.clock()
    with ports.records.write() as kept:
        if kept.registry.manifest(origin.repository, found.digest) is None:
            kept.upstreams.save_pending(
                PendingManifest(origin.repository, found.digest, found.media_type, found.raw, now)
            )
        elif not isinstance(wanted, Digest):
            follow_tag(kept, origin.repository, wanted, found.digest, now)
        if not isinstance(wanted, Digest):
            kept.upstreams.save_tag(CachedTag(origin.repository, wanted, found.digest, now))


def follow_tag(kept: RecordSet, repository: str, tag: str, digest: Digest, now: datetime) -> None:
    """Move a tag of ours to where the upstream's is."""
    before = kept.registry.move_tag(repository, tag, digest, at=now, by=str(SERVER.principal))
    if before != digest:
        moved = {"before": str(before) if before else "", "after": str(digest), "by": "upstream"}
        kept.audit.append(SERVER.did("tag.move", f"{repository}:{tag}", now, **moved))


def _gone(ports: CachePorts, origin: Origin, tag: str, manifest: CachedManifest, answer: Absent) -> Exception:
    """Step 5."""
    with ports.records.write() as kept:
        kept.upstreams.remove_tag(origin.repository, tag)
    error = not_there(origin, "manifest-unknown", f"tag {tag} of {origin.there} any more", answer)
    error.hint = f"what it was at is still here: {origin.repository}@{manifest.digest}"
    return error


def _stale(ports: CachePorts, manifest: CachedManifest, tag: CachedTag | None, why: str) -> CachedManifest:
    """Serve what is held, and say why it may be old (rule 4 of ``registry.freshness``)."""
    if tag is None:
        return manifest
    if tag.stale != why:
        with ports.records.write() as kept:
            kept.upstreams.mark_stale(tag.repository, tag.name, why)
    age = max(ports.clock() - tag.checked_at, timedelta(0))
    return CachedManifest(manifest.digest, manifest.media_type, manifest.raw, why, age)


def _spend(ports: CachePorts, origin: Origin) -> bool:
    """Count a request; False where others have spent the budget since we looked."""
    now = ports.clock()
    with ports.records.write() as kept:
        return kept.upstreams.spend(
            origin.upstream.name, now, since=now - HOUR, most=origin.upstream.requests_per_hour
        )


def _taken(ports: CachePorts, key: str, holder: str) -> bool:
    now = ports.clock()
    with ports.records.write() as kept:
        return kept.upstreams.take_lease(key, holder, now, now + _LEASE)


@contextlib.contextmanager
def _alone(ports: CachePorts, key: str) -> Iterator[None]:
    """Hold a lease (step 3)."""
    holder = ports.new_id()
    looks = 0
    while not _taken(ports, key, holder):
        looks += 1
        if looks < _MOST_LOOKS:
            ports.sleep(_LOOK)
            continue
        raise Upstream(
            "upstream-busy", "another server is still asking the upstream for this", hint="try again"
        )
    try:
        yield
    finally:
        with ports.records.write() as kept:
            kept.upstreams.end_lease(key, holder)
