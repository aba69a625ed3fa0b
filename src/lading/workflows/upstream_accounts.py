"""Name upstreams and the caches of them. For administrators: an upstream is a password, a cache a promise.

A password goes in and never comes out again: not in answers, logs or the audit log, and only to the host that
the upstream is at. Changing where an upstream is needs the password again: it was given for the other place.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lading.access.verbs import Verb
from lading.foundation.errors import Conflict, Malformed, NotFound
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.upstreams import CachedTag
from lading.ports.remote_registry import DigestAnswer
from lading.ports.secret_box import SecretBox
from lading.registry.caller import Caller
from lading.registry.freshness import spent_now
from lading.registry.names import check_repository, check_tag
from lading.registry.upstreams import (
    FRESH_SECONDS,
    REQUESTS_PER_HOUR,
    Cache,
    UpstreamRegistry,
    UpstreamStanding,
    check_cache,
    check_upstream_name,
    check_upstream_url,
    first_overlap,
)
from lading.workflows.cache_ports import CachePorts, note_answer
from lading.workflows.rights import require_on_installation

_MOST = 200  # upstreams, and caches
_PASSWORD = 8 << 10  # characters: cloud registries give tokens of some thousands


@dataclass(frozen=True, slots=True)
class NewUpstream:
    """What an administrator asks for; ``password`` None keeps the one that is there."""

    name: str
    url: str
    user: str = ""
    password: str | None = None
    fresh_for: timedelta = timedelta(minutes=10)
    requests_per_hour: int = 1_000


@dataclass(frozen=True, slots=True)
class ShownUpstream:
    """An upstream and how it stands; ``spent`` are the requests of this hour."""

    upstream: UpstreamRegistry
    standing: UpstreamStanding
    spent: int


def secret_purpose(name: str) -> str:
    """What an upstream's password is sealed for."""
    return f"upstream {name}"


def put_upstream(
    records: Records, box: SecretBox, caller: Caller, asked: NewUpstream, now: datetime
) -> UpstreamRegistry:
    """Make an upstream, or change the one of this name."""
    require_on_installation(caller, Verb.ADMINISTER)
    check_upstream_name(asked.name)
    url = check_upstream_url(asked.url)
    _check_numbers(asked)
    sealed = ""
    if asked.password:
        sealed = box.seal(asked.password, purpose=secret_purpose(asked.name))
    with records.write() as kept:
        before = kept.upstreams.upstream(asked.name)
        if before is None and len(kept.upstreams.upstreams()) >= _MOST:
            raise Conflict("too-many-upstreams", f"there are {_MOST} upstreams already")
        if asked.password is None and asked.user and before is not None and before.sealed:
            if (before.url, before.user) != (url, asked.user):
                raise Malformed(
                    "upstream-password-missing",
                    "the password was given for another place or user",
                    hint="give it again",
                )
            sealed = before.sealed
        if asked.user and not sealed:
            raise Malformed("upstream-password-missing", f"the user {asked.user[:80]!r} needs a password")
        made = UpstreamRegistry(
            asked.name, url, asked.user, sealed if asked.user else "", asked.fresh_for,
            asked.requests_per_hour, before.made_at if before else now,
            before.made_by if before else str(caller.principal),
        )  # fmt: skip
        kept.upstreams.save_upstream(made)
        told = {"url": url, "user": asked.user, "requests_per_hour": asked.requests_per_hour}
        kept.audit.append(caller.did("upstream.set", asked.name, now, **told))
    return made


def list_upstreams(records: Records, caller: Caller, now: datetime) -> tuple[ShownUpstream, ...]:
    """All upstreams by name, without their passwords, which nobody sees."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        found = [(each, kept.upstreams.standing(each.name)) for each in kept.upstreams.upstreams()]
    return tuple(
        ShownUpstream(replace(each, sealed=""), standing, spent_now(standing, now))
        for each, standing in found
    )


def try_upstream(ports: CachePorts, caller: Caller, name: str, repository: str, tag: str) -> DigestAnswer:
    """Ask an upstream for a tag, whatever its budget; what it says counts as any other answer."""
    require_on_installation(caller, Verb.ADMINISTER)
    check_repository(repository)
    check_tag(tag)
    with ports.records.read() as kept:
        found = kept.upstreams.upstream(name)
    if found is None:
        raise unknown_upstream(name)
    remote = ports.open_remote(found)
    answer = remote.tag(repository, tag)
    note_answer(ports, name, remote, answer)
    return answer


def remove_upstream(records: Records, caller: Caller, name: str, now: datetime) -> None:
    """Forget an upstream that nothing needs."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        needing = [cache.prefix for cache in kept.upstreams.caches().each if cache.upstream == name]
        needing += [f"{rule.name} (a mirror)" for rule in kept.mirrors.mirrors() if rule.upstream == name]
        if needing:
            raise Conflict(
                "upstream-in-use", f"{needing[0]} is of it", hint="remove its caches and mirrors first"
            )
        if not kept.upstreams.remove_upstream(name):
            raise unknown_upstream(name)
        kept.audit.append(caller.did("upstream.remove", name, now))


def put_cache(
    records: Records,
    caller: Caller,
    *,
    prefix: str,
    upstream: str,
    remote_prefix: str,
    namespace: str,
    now: datetime,
) -> Cache:
    """Bind the repositories below a prefix to an upstream. What was pushed there before must be gone."""
    require_on_installation(caller, Verb.ADMINISTER)
    check_cache(prefix, remote_prefix, namespace.lower())
    with records.write() as kept:
        if kept.upstreams.upstream(upstream) is None:
            raise unknown_upstream(upstream)
        caches = kept.upstreams.caches().each
        _check_place(kept, caches, prefix)
        taken = next(
            (each for each in caches if each.namespace and each.namespace == namespace.lower()), None
        )
        if taken is not None and taken.prefix != prefix:
            raise Conflict(
                "cache-namespace-taken", f"the cache {taken.prefix} answers for {namespace} already"
            )
        before = next((each for each in caches if each.prefix == prefix), None)
        if before is not None and (before.upstream, before.remote_prefix) != (upstream, remote_prefix):
            raise Conflict(
                "cache-place-taken",
                f"what {prefix} holds is of {before.upstream}/{before.remote_prefix}",
                hint="make another cache, and remove this one when nobody pulls from it",
            )
        made = Cache(prefix, upstream, remote_prefix, namespace.lower(), now, str(caller.principal))
        kept.upstreams.save_cache(made)
        told = {"upstream": upstream, "remote_prefix": remote_prefix, "namespace": namespace}
        kept.audit.append(caller.did("cache.set", prefix, now, **told))
    return made


def list_caches(records: Records, caller: Caller) -> tuple[Cache, ...]:
    """All caches, by prefix."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        return kept.upstreams.caches().each


def list_cached_tags(
    records: Records, caller: Caller, prefix: str, *, after: str = "", limit: int = DEFAULT_LIMIT
) -> Page[CachedTag]:
    """What is known of the tags of a cache."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        return kept.upstreams.tags(prefix, after=after, limit=limit)


def remove_cache(records: Records, caller: Caller, prefix: str, now: datetime) -> None:
    """Unbind the repositories below a prefix. What is held stays, as repositories that one can push to."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        if not kept.upstreams.remove_cache(prefix):
            raise NotFound("cache-unknown", f"there is no cache {prefix[:255]!r}", hint="lading cache list")
        kept.audit.append(caller.did("cache.remove", prefix, now))


def _check_place(kept: RecordSet, caches: tuple[Cache, ...], prefix: str) -> None:
    overlap = first_overlap(caches, prefix)
    if overlap is not None:
        raise Conflict("cache-overlaps", f"{prefix} and the cache {overlap.prefix} lie within one another")
    if any(cache.prefix == prefix for cache in caches):
        return
    there = kept.registry.repositories(prefix=f"{prefix}/", limit=1).items
    if there:
        raise Conflict(
            "cache-place-taken",
            f"there is a repository {there[0].name} already, whose content is not the upstream's",
            hint="choose another prefix, or delete what lies there",
        )


def _check_numbers(asked: NewUpstream) -> None:
    seconds = int(asked.fresh_for.total_seconds())
    if seconds not in FRESH_SECONDS:
        raise Malformed(
            "upstream-numbers-invalid", f"what is said of a tag counts for 10 s to 30 days, not {seconds} s"
        )
    if asked.requests_per_hour not in REQUESTS_PER_HOUR:
        raise Malformed("upstream-numbers-invalid", "an upstream is asked 1 to 1,000,000 times an hour")
    if asked.password is not None and len(asked.password) > _PASSWORD:
        raise Malformed("upstream-password-invalid", f"a password has at most {_PASSWORD} characters")
    if any(not each.isprintable() for each in asked.user) or ":" in asked.user or len(asked.user) > 200:
        raise Malformed("upstream-user-invalid", "a user name is printable, and has no colon")


def unknown_upstream(name: str) -> NotFound:
    """The error for a name that no upstream has."""
    return NotFound("upstream-unknown", f"there is no upstream {name[:80]!r}", hint="lading upstream list")
