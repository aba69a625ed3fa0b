"""Make, change, list and remove mirrors; run one now. For administrators."""

from dataclasses import dataclass
from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation.errors import Conflict, NotFound
from lading.ports.records.mirrors import MirrorRun
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.registry.mirrors import MirrorRule, MirrorTag, TagState, check_rule
from lading.registry.upstreams import check_upstream_name
from lading.workflows.hold_change import ask_for_run
from lading.workflows.rights import require_on_installation
from lading.workflows.run_mirrors import MirrorPorts, SeenTag, preview_mirror
from lading.workflows.upstream_accounts import unknown_upstream

_MOST = 200  # mirrors


@dataclass(frozen=True, slots=True)
class ShownMirror:
    """A mirror, its last run, and how many tags are in each state."""

    rule: MirrorRule
    run: MirrorRun | None
    counts: dict[TagState, int]


def put_mirror(records: Records, caller: Caller, rule: MirrorRule, now: datetime) -> MirrorRule:
    """Make a mirror, or change the one of this name. What it has brought in stays."""
    require_on_installation(caller, Verb.ADMINISTER)
    check_upstream_name(rule.name)
    check_rule(rule)
    with records.write() as kept:
        if kept.upstreams.upstream(rule.upstream) is None:
            raise unknown_upstream(rule.upstream)
        before = kept.mirrors.mirror(rule.name)
        if before is None and len(kept.mirrors.mirrors()) >= _MOST:
            raise Conflict("too-many-mirrors", f"there are {_MOST} mirrors already")
        if before is not None and (before.upstream, before.prefix) != (rule.upstream, rule.prefix):
            raise Conflict(
                "mirror-place-fixed",
                "what a mirror has brought in is of its upstream, and stays where it is",
                hint="make another mirror, and remove this one",
            )
        _check_place(kept.upstreams.caches().of(rule.prefix + "/x") is not None, rule)
        kept.mirrors.save_mirror(rule)
        told = {"upstream": rule.upstream, "repositories": list(rule.repositories), "tags": rule.tags.text}
        kept.audit.append(caller.did("mirror.set", rule.name, now, signers=list(rule.signers), **told))
    return rule


def list_mirrors(records: Records, caller: Caller) -> tuple[ShownMirror, ...]:
    """All mirrors by name."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        return tuple(
            ShownMirror(rule, kept.mirrors.last_run(rule.name), kept.mirrors.counts(rule.name))
            for rule in kept.mirrors.mirrors()
        )


def list_mirror_tags(
    records: Records,
    caller: Caller,
    name: str,
    *,
    state: TagState | None = None,
    after: str = "",
    limit: int = DEFAULT_LIMIT,
) -> Page[MirrorTag]:
    """What is known of the tags of a mirror."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        if kept.mirrors.mirror(name) is None:
            raise _unknown(name)
        return kept.mirrors.tags(name, state=state, after=after, limit=limit)


def preview(ports: MirrorPorts, caller: Caller, name: str) -> tuple[tuple[SeenTag, ...], str]:
    """What a run would do now. Asks the upstream, and counts against its budget."""
    require_on_installation(caller, Verb.ADMINISTER)
    with ports.cache.records.read() as kept:
        rule = kept.mirrors.mirror(name)
    if rule is None:
        raise _unknown(name)
    return preview_mirror(ports, rule)


def run_now(ports: MirrorPorts, caller: Caller, name: str, now: datetime) -> None:
    """Have a mirror run at once, in the background."""
    require_on_installation(caller, Verb.ADMINISTER)
    with ports.cache.records.write() as kept:
        if kept.mirrors.mirror(name) is None:
            raise _unknown(name)
        kept.audit.append(caller.did("mirror.run", name, now))
    ask_for_run(ports.hold.jobs(), name, ports.cache.new_id())


def remove_mirror(records: Records, caller: Caller, name: str, now: datetime) -> None:
    """Forget a mirror. What it has brought in stays, as any other image."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        if not kept.mirrors.remove_mirror(name):
            raise _unknown(name)
        kept.audit.append(caller.did("mirror.remove", name, now))


def _check_place(is_cache: bool, rule: MirrorRule) -> None:
    if is_cache:
        raise Conflict(
            "mirror-in-cache",
            f"{rule.prefix} lies in a cache, whose tags follow the upstream",
            hint="let the mirror have a place of its own",
        )


def _unknown(name: str) -> NotFound:
    return NotFound("mirror-unknown", f"there is no mirror {name[:80]!r}", hint="lading mirror list")
