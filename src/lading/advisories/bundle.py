"""One signed bundle of all that is known from feeds, whole or only what changed since another bundle.

A bundle has a manifest, which is signed and names each of its members by digest; for each feed a member with
one record on a line; and an index of everything the maker held, from which the next bundle can be a delta.
"""

import hashlib
from collections.abc import Iterator, Mapping

import msgspec

from lading.advisories.advisory import Advisory
from lading.advisories.exploit_score import ExploitScore
from lading.foundation import strict_json
from lading.foundation.errors import Malformed

PAYLOAD_TYPE = "application/vnd.lading.advisories.bundle.v1+json"
MANIFEST, INDEX = "manifest.dsse.json", "index.jsonl"
MAX_MANIFEST = 64 << 20  # bytes; it names what a delta removes
MAX_LINE = 16 << 20  # bytes of one record


class BundleFeed(msgspec.Struct, frozen=True):
    """One feed. ``base`` is the content that a delta goes on from; empty where the member has everything.

    ``content`` is what the feed holds after it, by ``content_digest``.
    """

    name: str
    digest: str  # of the file that the feed was read from
    imported_at: str
    published_at: str
    count: int
    content: str
    base: str
    member: str
    member_digest: str
    removed: tuple[str, ...] = ()


class BundleManifest(msgspec.Struct, frozen=True):
    """What a bundle is."""

    made_at: str
    maker: str  # host[:port] of the installation that made it
    feeds: tuple[BundleFeed, ...]
    index_digest: str
    version: int = 1


def content_digest(digests: Mapping[str, bytes]) -> str:
    """Name what a feed holds: the ids of its advisories with the digests of what they say."""
    seen = hashlib.sha256()
    for name in sorted(digests):
        seen.update(name.encode("utf-8", "surrogatepass") + b"\0" + digests[name])
    return f"sha256:{seen.hexdigest()}"


def encode_manifest(manifest: BundleManifest) -> bytes:
    """Write the payload that is signed."""
    return strict_json.encode_canonical(msgspec.to_builtins(manifest))


def parse_manifest(payload: bytes) -> BundleManifest:
    """Read the payload; raise Malformed ``bundle-invalid``."""
    value = strict_json.decode_object(payload, what="the bundle's manifest", max_bytes=MAX_MANIFEST)
    try:
        manifest = msgspec.convert(value, BundleManifest)
    except msgspec.ValidationError as error:
        raise _invalid(f"its manifest: {error}") from error
    if manifest.version != 1:
        raise _invalid(f"version {manifest.version} is not known here")
    return manifest


def encode_record(record: Advisory | ExploitScore) -> bytes:
    """One line."""
    return msgspec.json.encode(record) + b"\n"


def parse_records(feed: str, lines: Iterator[bytes]) -> Iterator[Advisory]:
    """Read the advisories of a member; raise Malformed ``bundle-invalid``."""
    for number, line in enumerate(lines, start=1):
        try:
            advisory = msgspec.json.decode(line, type=Advisory)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _invalid(f"line {number} of {feed}: {error}") from error
        if advisory.feed != feed:
            raise _invalid(f"line {number} of {feed} is of {advisory.feed[:80]}")
        yield advisory


def parse_scores(feed: str, lines: Iterator[bytes]) -> Iterator[ExploitScore]:
    """The same of scores."""
    for number, line in enumerate(lines, start=1):
        try:
            yield msgspec.json.decode(line, type=ExploitScore)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _invalid(f"line {number} of {feed}: {error}") from error


def encode_index(feed: str, digests: Mapping[str, bytes]) -> Iterator[bytes]:
    """What a feed holds, to make a delta from later."""
    for name in sorted(digests):
        yield msgspec.json.encode((feed, name, digests[name].hex())) + b"\n"


def parse_index(lines: Iterator[bytes]) -> dict[str, dict[str, bytes]]:
    """Read an index back, by feed; raise Malformed ``bundle-invalid``."""
    found: dict[str, dict[str, bytes]] = {}
    for line in lines:
        try:
            feed, name, digest = msgspec.json.decode(line, type=tuple[str, str, str])
            found.setdefault(feed, {})[name] = bytes.fromhex(digest)
        except (msgspec.DecodeError, ValueError) as error:
            raise _invalid(f"its index: {error}") from error
    return found


def _invalid(what: str) -> Malformed:
    return Malformed(
        "bundle-invalid",
        f"this is no bundle of advisories: {what}",
        hint="make it again with `lading advisories export`, with a version of Lading no newer than this one",
    )
