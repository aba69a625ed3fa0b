"""Other registries that content is brought in from, and the repositories here that stand for theirs.

1. A repository belongs to the cache with the longest prefix that it lies below, whole parts counted: the
   cache ``hub`` has ``hub/library/debian`` and neither ``hub`` nor ``hubble/x``.
2. ``remote_prefix`` stands there for ``prefix`` here, empty for nothing: ``hub/library/debian`` is
   ``library/debian`` at the upstream.
3. A request that says on whose behalf a mirror is asked (containerd's ``?ns=docker.io``) is for the cache of
   that namespace, if there is one: ``library/debian`` becomes ``hub/library/debian``.
4. What is at an upstream is only changed there: nobody but the server writes into a cache.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from lading.foundation.errors import Forbidden, Malformed
from lading.oci.reference import is_repository

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z")
_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?\Z")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}\Z|\[[0-9a-fA-F:.]{2,45}\]\Z")
FRESH_SECONDS = range(10, 30 * 86_400 + 1)
REQUESTS_PER_HOUR = range(1, 1_000_001)


@dataclass(frozen=True, slots=True)
class UpstreamRegistry:
    """Another registry, and who we are there. ``sealed`` is the password, readable for this installation."""

    name: str
    url: str  # http[s]://host[:port]
    user: str
    sealed: str = field(repr=False)
    fresh_for: timedelta  # how long what it said of a tag is taken for true
    requests_per_hour: int  # about manifests and tags; blobs do not count
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class UpstreamStanding:
    """What is known of how an upstream answers, shared by all servers.

    Until ``held_until`` it is not asked at all; until ``spared_until`` only for what is not here.
    """

    window_at: datetime | None = None  # when the hour of the budget began
    spent: int = 0  # requests of that hour
    held_until: datetime | None = None
    spared_until: datetime | None = None
    answered_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""  # what it said, or that it said nothing, the last time that it did not help

    @property
    def does_not_help(self) -> bool:
        """Whether the last thing that came of asking it was a failure."""
        if self.failed_at is None:
            return False
        return self.answered_at is None or self.failed_at > self.answered_at


@dataclass(frozen=True, slots=True)
class Cache:
    """Repositories below ``prefix`` stand for those of an upstream."""

    prefix: str
    upstream: str  # its name
    remote_prefix: str
    namespace: str  # the registry that mirrors are asked for, such as docker.io; empty for none
    made_at: datetime
    made_by: str

    def holds(self, repository: str) -> bool:
        """Whether a repository here is one of the upstream's (rule 1)."""
        return repository.startswith(self.prefix + "/")

    def repository_there(self, repository: str) -> str:
        """The upstream's name for a repository of this cache (rule 2)."""
        rest = repository[len(self.prefix) + 1 :]
        return f"{self.remote_prefix}/{rest}" if self.remote_prefix else rest


@dataclass(frozen=True, slots=True)
class Caches:
    """All of them."""

    each: tuple[Cache, ...] = ()
    mirrored: tuple[
        tuple[str, str], ...
    ] = ()  # repositories here that a mirror fills, with the mirror's name

    def of(self, repository: str) -> Cache | None:
        """The cache that a repository belongs to (rule 1)."""
        holding = (cache for cache in self.each if cache.holds(repository))
        return max(holding, key=lambda cache: len(cache.prefix), default=None)

    def for_namespace(self, repository: str, namespace: str) -> str:
        """The repository here that is meant by a name in a namespace (rule 3)."""
        for cache in self.each:
            if cache.namespace == namespace.lower():
                rest = repository
                if cache.remote_prefix:
                    if not repository.startswith(cache.remote_prefix + "/"):
                        continue
                    rest = repository[len(cache.remote_prefix) + 1 :]
                return f"{cache.prefix}/{rest}"
        return repository

    def refuse_writing(self, repository: str) -> None:
        """Raise Forbidden ``cache-read-only`` for what an upstream fills (rule 4)."""
        mirror = next((name for there, name in self.mirrored if there == repository), "")
        if mirror:
            raise Forbidden(
                "cache-read-only",
                f"{repository} is filled by the mirror {mirror}, and nobody pushes into it",
                hint="push to a repository of its own",
                details={"mirror": mirror},
            )
        cache = self.of(repository)
        if cache is not None:
            raise Forbidden(
                "cache-read-only",
                f"{repository} is a cache of the upstream {cache.upstream}, and nobody pushes into it",
                hint="push to the upstream itself, or to a repository outside the cache",
                details={"cache": cache.prefix, "upstream": cache.upstream},
            )


NO_CACHES = Caches()


def check_upstream_name(name: str) -> str:
    """Return the name if it can be an upstream's or a mirror's; raise Malformed ``upstream-name-invalid``."""
    if not _NAME.match(name):
        raise Malformed(
            "upstream-name-invalid",
            f"{name[:80]!r} is not a name",
            hint="use 1 to 40 lower-case letters, digits and single - between them",
        )
    return name


def check_upstream_url(url: str) -> str:
    """Return the URL without a slash at its end; raise Malformed ``upstream-url-invalid``."""
    wrong = Malformed(
        "upstream-url-invalid",
        "an upstream is http[s]://host[:port]",
        hint="leave out the path, the name and the password; Docker Hub is https://registry-1.docker.io",
    )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    bare = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    if parts.scheme not in {"http", "https"} or not _HOST.match(host) or url.rstrip("/").lower() != bare:
        raise wrong
    return bare


def check_cache(prefix: str, remote_prefix: str, namespace: str) -> None:
    """Raise Malformed for names that no repository could lie below."""
    if not is_repository(prefix):
        raise Malformed("cache-prefix-invalid", f"{prefix[:255]!r} cannot begin the name of a repository")
    if remote_prefix and not is_repository(remote_prefix):
        raise Malformed(
            "cache-prefix-invalid", f"{remote_prefix[:255]!r} cannot begin the name of a repository"
        )
    if namespace and not _NAMESPACE.match(namespace):
        raise Malformed(
            "cache-namespace-invalid",
            f"{namespace[:255]!r} is not a registry's host[:port]",
            hint="for Docker Hub it is docker.io",
        )


def first_overlap(caches: Iterable[Cache], prefix: str) -> Cache | None:
    """A cache whose repositories a further one would take over, or take from: below it or above it."""
    for cache in caches:
        if cache.prefix != prefix and (f"{cache.prefix}/").startswith(f"{prefix}/"):
            return cache
        if cache.prefix != prefix and f"{prefix}/".startswith(f"{cache.prefix}/"):
            return cache
    return None
