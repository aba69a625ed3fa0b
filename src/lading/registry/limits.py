"""The limits of the registry, in one place. The settings of ``[registry]`` change them."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RegistryLimits:
    """What one request may ask for or bring."""

    manifest_bytes: int = 8 << 20  # twice the 4 MiB that every registry takes (distribution-spec, "Push")
    blob_bytes: int = 1 << 40  # 1 TiB: more than any real layer, less than a disk
    page_items: int = 1_000  # of a list, also when the client asks for more
    tags_of_one_push: int = 32  # `tag` parameters; "at least 10" (distribution-spec, "Pushing Manifests")
    idle_client: timedelta = timedelta(minutes=2)  # in the middle of a body, without a byte
    uploads: int = 2_000  # under way at once, in one server
    uploads_of_one: int = 500  # of one account: a robot that a whole build farm uses
    upload_place: timedelta = timedelta(minutes=5)  # without a byte, after which an upload loses its place
    abandoned_upload: timedelta = timedelta(hours=24)  # without a byte


DEFAULT_LIMITS = RegistryLimits()
MANIFEST_MIB = range(4, 33)  # what may be set: from what every client may rely on to what is read at all
