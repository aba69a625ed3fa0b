"""What the handlers of the distribution API share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from lading.registry.caller import Caller
from lading.registry.upload_places import UploadPlaces
from lading.server.distribution.content_cache import ContentCache, ServedManifest
from lading.server.distribution.credentials import Credentials, run_blocking
from lading.server.distribution.exchange import Exchange
from lading.server.distribution.pull_through import PullThrough
from lading.server.distribution.routes import Route
from lading.server.distribution.services import DistributionServices

_MANIFEST_CACHE_BYTES = 64 << 20
_BLOB_CACHE_BYTES = 8 << 20

T = TypeVar("T")


class Api:
    """The services, and what this process remembers of what they said."""

    def __init__(self, services: DistributionServices) -> None:
        self.services = services
        self.credentials = Credentials(services)
        self.manifests: ContentCache[ServedManifest] = ContentCache(
            services.stamps, max_bytes=_MANIFEST_CACHE_BYTES
        )
        limits = services.limits
        self.places = UploadPlaces(
            most=limits.uploads,
            of_one=limits.uploads_of_one,
            idle=limits.upload_place.total_seconds(),
        )
        self.through = PullThrough(services.cache)
        self.blob_sizes: ContentCache[int] = ContentCache(services.stamps, max_bytes=_BLOB_CACHE_BYTES)

    async def run(self, work: Callable[[], T]) -> T:
        """Run what blocks off the event loop."""
        return await run_blocking(self.services.executor, work)

    def now(self) -> float:
        """Seconds since 1970."""
        return self.services.clock().timestamp()


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose caller and route are known: what a handler gets."""

    api: Api
    exchange: Exchange
    caller: Caller
    route: Route


Handler: TypeAlias = Callable[[Call], Awaitable[None]]
