"""Look at the upstream of a mirror, bring in what its rule wants, hold what was changed there.

1. One run of a mirror at a time, by a lease. A run that is killed leaves what it brought; the next goes on.
2. Each tag that the rule selects is asked for by HEAD, within the upstream's budget. Where the upstream is
   to be left in peace, the run ends and says so; what is known stays as it was.
3. ``registry.mirrors`` judges each tag. Who signed is verified *before* anything is brought in, from the
   claims at the upstream, under the name that the image will have here.
4. A tag that was changed there opens an approval with what is different (rule 4 of ``registry.mirrors``).
5. What fails is said in words at the tag, and does not stop the others.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lading.foundation.errors import LadingError, Upstream
from lading.oci.digest import Digest
from lading.oci.manifest import Index, Manifest, parse_manifest
from lading.ports.records.mirrors import MirrorRun
from lading.ports.remote_registry import Absent, RemoteManifest, RemoteRegistry, Unanswered
from lading.registry.freshness import HOUR, quiet_plan
from lading.registry.mirrors import MirrorRule, MirrorTag, TagState, judge_tag, select_tags
from lading.signing.claims import Subject
from lading.signing.trust_policy import TrustPolicy
from lading.signing.verdicts import Rejected, Undetermined, Verified
from lading.workflows.bring_image import Bringing, bring_image
from lading.workflows.cache_ports import CachePorts, Origin, note_answer
from lading.workflows.hold_change import HoldPorts, hold_change
from lading.workflows.push_manifest import PushGate
from lading.workflows.verify_image import verify_image

MAX_TAGS = 20_000  # of one repository
_LEASE = timedelta(minutes=10)  # renewed at every tag
_MOST_FAILURES = 50  # kept of one run
_CONFIG_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class MirrorPorts:
    """What mirroring needs. ``trust`` gives the trust policy in force."""

    cache: CachePorts
    hold: HoldPorts
    trust: Callable[[], TrustPolicy]
    gate: PushGate | None


@dataclass(frozen=True, slots=True)
class SeenTag:
    """A tag as a look found it; ``known`` is what was known before."""

    repository: str  # there
    tag: str
    digest: Digest | None  # None where the upstream has it no more
    state: TagState
    why: str
    known: MirrorTag | None


class _LeftInPeace(Exception):
    """The upstream is not to be asked any more for now."""


def due_mirrors(ports: MirrorPorts, now: datetime) -> tuple[str, ...]:
    """Mirrors whose time has come."""
    with ports.cache.records.read() as kept:
        runs = [(rule, kept.mirrors.last_run(rule.name)) for rule in kept.mirrors.mirrors()]
    return tuple(
        rule.name
        for rule, run in runs
        if run is None or now >= run.started_at + timedelta(hours=rule.every_hours)
    )


def run_mirror(ports: MirrorPorts, name: str) -> MirrorRun | None:
    """Do one run, by the numbered steps above; None where there is no such mirror, or it is being run."""
    cache, key, holder = ports.cache, f"mirror/{name}", ports.cache.new_id()
    rule = _rule(ports, name)
    # Step 1.
    if rule is None or not _lease(cache, key, holder):
        return None
    run = MirrorRun(cache.clock())
    try:
        for seen in iter_seen(ports, rule):
            run = replace(run, looked=run.looked + 1, at=f"{seen.repository}:{seen.tag}")
            if not _lease(cache, key, holder):
                run = _failed(run, "another server has taken this run over")
                break
            run = _settle(ports, rule, seen, run)
            _save(ports, name, run)
    except _LeftInPeace as error:
        run = _failed(run, f"the run ended early: {error}")
    finally:
        run = replace(run, ended_at=cache.clock(), at="")
        _save(ports, name, run)
        with cache.records.write() as kept:
            kept.upstreams.end_lease(key, holder)
    return run


def preview_mirror(ports: MirrorPorts, rule: MirrorRule) -> tuple[tuple[SeenTag, ...], str]:
    """What a run would do now, with nothing brought in, held or written; and why it ended early, if so."""
    found: list[SeenTag] = []
    try:
        for seen in iter_seen(ports, rule):
            found.append(_with_signers(ports, rule, seen))
    except _LeftInPeace as error:
        return tuple(found), str(error)
    return tuple(found), ""


def iter_seen(ports: MirrorPorts, rule: MirrorRule) -> Iterator[SeenTag]:
    """Each tag that the rule is about, as the upstream has it now (step 2)."""
    with ports.cache.records.read() as kept:
        upstream = kept.upstreams.upstream(rule.upstream)
    if upstream is None:
        raise _LeftInPeace(f"there is no upstream {rule.upstream} any more")
    remote = ports.cache.open_remote(upstream)
    for there in rule.repositories:
        origin = Origin(upstream, rule.repository_here(there), there)
        _spend(ports.cache, origin)
        listed = remote.tags(there, limit=MAX_TAGS)
        note_answer(ports.cache, upstream.name, remote, listed)
        if isinstance(listed, Unanswered):
            raise _LeftInPeace(f"{there}: {listed.why}")
        names = frozenset(() if isinstance(listed, Absent) else listed)
        for tag in select_tags(rule, names):
            yield _look(ports, rule, origin, remote, tag)
        for known in _known(ports, rule, there):
            if known.tag not in names:
                yield SeenTag(there, known.tag, None, TagState.GONE, "the upstream lists it no more", known)


def _known(ports: MirrorPorts, rule: MirrorRule, there: str) -> Iterator[MirrorTag]:
    """Every tag of a repository that something is known of."""
    after = f"{there}:"
    while after:
        with ports.cache.records.read() as kept:
            page = kept.mirrors.tags(rule.name, after=after)
        yield from (tag for tag in page.items if tag.repository == there)
        after = page.next if page.items and page.items[-1].repository == there else ""


def _look(ports: MirrorPorts, rule: MirrorRule, origin: Origin, remote: RemoteRegistry, tag: str) -> SeenTag:
    _spend(ports.cache, origin)
    answer = remote.tag(origin.there, tag)
    note_answer(ports.cache, origin.upstream.name, remote, answer)
    if isinstance(answer, Unanswered):
        raise _LeftInPeace(f"{origin.there}:{tag}: {answer.why}")
    with ports.cache.records.read() as kept:
        known = kept.mirrors.tag(rule.name, origin.there, tag)
    if isinstance(answer, Absent):
        return SeenTag(origin.there, tag, None, TagState.GONE, answer.said, known)
    claimed = None
    if rule.trust_created and (known is None or known.taken != answer):
        claimed = _claimed_time(remote, origin.there, answer)
    # Step 3.
    state, why = judge_tag(rule, known, answer, ports.cache.clock(), claimed=claimed)
    return SeenTag(origin.there, tag, answer, state, why, known)


def _settle(ports: MirrorPorts, rule: MirrorRule, seen: SeenTag, run: MirrorRun) -> MirrorRun:
    """Do what the look asks for, and write down how the tag stands."""
    seen = _with_signers(ports, rule, seen)
    digest = seen.digest
    if seen.state is TagState.WANTED and digest is not None:
        try:
            _bring(ports, rule, seen, digest)
        except LadingError as error:  # step 5
            seen = replace(seen, state=TagState.FAILED, why=str(error))
        else:
            seen, run = replace(seen, state=TagState.HERE, why=""), replace(run, brought=run.brought + 1)
    if seen.state in {TagState.FAILED, TagState.UNDETERMINED, TagState.NOT_SIGNED}:
        run = _failed(run, f"{seen.repository}:{seen.tag}: {seen.state}: {seen.why}")
    tag = _noted(rule, seen, ports.cache.clock())
    if tag is not None:
        with ports.cache.records.write() as kept:
            kept.mirrors.save_tag(tag)
        if tag.state is TagState.HELD:  # step 4
            hold_change(ports.hold, rule, tag)
    return run


def _bring(ports: MirrorPorts, rule: MirrorRule, seen: SeenTag, digest: Digest) -> None:
    with ports.cache.records.read() as kept:
        upstream = kept.upstreams.upstream(rule.upstream)
    if upstream is None:
        raise Upstream("upstream-unknown", f"there is no upstream {rule.upstream} any more")
    origin = Origin(upstream, rule.repository_here(seen.repository), seen.repository)
    bring_image(
        Bringing(ports.cache, origin, ports.cache.open_remote(upstream), ports.gate), digest, seen.tag
    )


def _with_signers(ports: MirrorPorts, rule: MirrorRule, seen: SeenTag) -> SeenTag:
    """Rule 3 of ``registry.mirrors``, for what would be brought in."""
    if seen.state is not TagState.WANTED or not rule.signers or seen.digest is None:
        return seen
    with ports.cache.records.read() as kept:
        upstream = kept.upstreams.upstream(rule.upstream)
    if upstream is None:
        return seen
    claims = ports.cache.open_remote(upstream).claims(seen.repository)
    subject = Subject(rule.repository_here(seen.repository), seen.digest)
    verdict = verify_image(claims, ports.trust(), subject, ports.cache.clock()).signatures
    asked = ", ".join(rule.signers)
    match verdict:
        case Verified(signers) if {signer.name for signer in signers} & set(rule.signers):
            return seen
        case Verified(signers):
            names = ", ".join(signer.name for signer in signers)
            why = f"signed by {names}, and not by any of {asked}"
            return replace(seen, state=TagState.NOT_SIGNED, why=why)
        case Rejected():
            return replace(seen, state=TagState.NOT_SIGNED, why=verdict.reason)
        case Undetermined():
            return replace(seen, state=TagState.UNDETERMINED, why=f"{verdict.lookup}: {verdict.reason}")


def _noted(rule: MirrorRule, seen: SeenTag, now: datetime) -> MirrorTag | None:
    """What is known of the tag from now on; None where nothing was ever known of it."""
    known = seen.known
    if seen.digest is None:
        return replace(known, state=TagState.GONE, why=seen.why, looked_at=now) if known is not None else None
    is_same = known is not None and known.digest == seen.digest
    is_new = seen.state is TagState.HERE and (known is None or known.taken != seen.digest)
    return MirrorTag(
        rule=rule.name,
        repository=seen.repository,
        tag=seen.tag,
        digest=seen.digest,
        first_seen_at=known.first_seen_at if known is not None and is_same else now,
        state=seen.state,
        why=seen.why,
        looked_at=now,
        taken=seen.digest if seen.state is TagState.HERE else known.taken if known is not None else None,
        taken_at=now if is_new else known.taken_at if known is not None else None,
        accepted=known.accepted if known is not None else None,
        refused=known.refused if known is not None else None,
    )


def _claimed_time(remote: RemoteRegistry, there: str, digest: Digest) -> datetime | None:
    """When the image says that it was made; of an index, its first platform."""
    answer = remote.manifest(there, str(digest))
    if not isinstance(answer, RemoteManifest):
        return None
    with suppress(LadingError, ValueError, TypeError, AttributeError, RecursionError):
        manifest = parse_manifest(answer.raw, answer.media_type)
        if isinstance(manifest, Index) and manifest.manifests:
            child = remote.manifest(there, str(manifest.manifests[0].digest))
            manifest = (
                parse_manifest(child.raw, child.media_type) if isinstance(child, RemoteManifest) else manifest
            )
        if isinstance(manifest, Manifest):
            config = remote.claims(there).blob(there, manifest.config.digest, _CONFIG_BYTES)
            moment = datetime.fromisoformat(json.loads(config or b"{}")["created"])
            return moment if moment.tzinfo is not None else None
    return None


def _spend(ports: CachePorts, origin: Origin) -> None:
    """Count a request, or end the run (step 2)."""
    now, upstream = ports.clock(), origin.upstream
    with ports.records.write() as kept:
        quiet = quiet_plan(upstream, kept.upstreams.standing(upstream.name), now, is_held=True)
        if quiet is not None:
            raise _LeftInPeace(quiet.why)
        if not kept.upstreams.spend(upstream.name, now, since=now - HOUR, most=upstream.requests_per_hour):
            raise _LeftInPeace("our budget of this hour is spent")


def _rule(ports: MirrorPorts, name: str) -> MirrorRule | None:
    with ports.cache.records.read() as kept:
        return kept.mirrors.mirror(name)


def _lease(ports: CachePorts, key: str, holder: str) -> bool:
    now = ports.clock()
    with ports.records.write() as kept:
        return kept.upstreams.take_lease(key, holder, now, now + _LEASE)


def _save(ports: MirrorPorts, name: str, run: MirrorRun) -> None:
    with ports.cache.records.write() as kept:
        if kept.mirrors.mirror(name) is not None:
            kept.mirrors.save_run(name, run)


def _failed(run: MirrorRun, why: str) -> MirrorRun:
    return replace(run, failures=(*run.failures, why[:500])[:_MOST_FAILURES])
