"""Bring in the rest of what was pulled through a cache: what the client had already, or left.

1. An image that waits for its content longer than ``_LEFT_FOR`` was left by its client: what is missing of
   it is fetched, so that it is analysed, gated and kept as any other image. Indexes wait for the platforms
   that somebody pulls.
2. What the upstream says that it has not will never be complete, and is forgotten; so is what nobody came
   back for in ``_FORGOTTEN``.
3. An upstream that does not help ends the turn for all of its repositories; the next turn goes on.
"""

from datetime import timedelta

from lading.foundation.errors import LadingError, NotFound
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.oci.manifest import parse_manifest
from lading.ports.records.upstreams import PendingManifest
from lading.workflows.cache_ports import CachePorts, Origin, origin_of
from lading.workflows.fetch_blob import NobodyWatches, complete_cached, fetch_blob, missing_of

_LEFT_FOR = timedelta(seconds=20)
_FORGOTTEN = timedelta(days=7)
_AT_ONCE = 200  # manifests looked at in a turn


def fill_caches(ports: CachePorts) -> tuple[Digest, ...]:
    """Do one turn; return the manifests that became complete."""
    now = ports.clock()
    done: list[Digest] = []
    unhelpful: set[str] = set()
    with ports.records.write() as kept:
        kept.upstreams.forget_pending(now - _FORGOTTEN)
    with ports.records.read() as kept:
        left = kept.upstreams.pending_before(now - _LEFT_FOR, media_types.MANIFESTS, limit=_AT_ONCE)
    for pending in left:
        origin = origin_of(ports.records, pending.repository)
        if origin is None or origin.upstream.name in unhelpful:
            continue
        try:
            _fetch_rest(ports, origin, pending)
        except NotFound:  # rule 2
            with ports.records.write() as kept:
                kept.upstreams.remove_pending(pending.repository, (pending.digest,))
        except LadingError:  # rule 3; the upstream's standing says why
            unhelpful.add(origin.upstream.name)
        else:
            done.extend(complete_cached(ports, pending.repository))
    return tuple(done)


def _fetch_rest(ports: CachePorts, origin: Origin, pending: PendingManifest) -> None:
    manifest = parse_manifest(pending.raw, pending.media_type)
    with ports.records.read() as kept:
        missing = missing_of(kept, pending.repository, manifest)
    for digest in missing:
        fetch_blob(ports, origin, digest, NobodyWatches())
