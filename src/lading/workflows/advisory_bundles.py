"""Move what is known from feeds to where no network leads: one signed bundle out, one in.

Taking one in:
1. Its manifest must be signed by a key that is trusted for bundles.
2. Every member must be what the manifest names, before anything of it is used.
3. A delta must go on from exactly what is held here.
4. No feed may become older than it is, unless that is forced.
5. All feeds, what is to be matched again and the audit entry are one transaction: all of it or nothing.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from lading.access.verbs import Verb
from lading.advisories.advisory import Advisory
from lading.advisories.bundle import (
    INDEX,
    MANIFEST,
    MAX_LINE,
    MAX_MANIFEST,
    PAYLOAD_TYPE,
    BundleFeed,
    BundleManifest,
    content_digest,
    encode_index,
    encode_manifest,
    encode_record,
    parse_index,
    parse_manifest,
    parse_records,
    parse_scores,
)
from lading.foundation.bounded import iter_lines, read_all
from lading.foundation.errors import Conflict, Forbidden, Malformed
from lading.foundation.instants import rfc3339
from lading.ports.advisory_bundle import BundleFile, BundleSink
from lading.ports.records.advisories import FeedState
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.signer import Signer
from lading.registry.caller import Caller
from lading.signing.dsse import (
    Envelope,
    EnvelopeSignature,
    encode_envelope,
    parse_envelope,
    pre_authentication_encoding,
)
from lading.signing.keys import PublicKey
from lading.workflows.import_advisories import refuse_older, rematch
from lading.workflows.rights import require_on_installation

_SCORES = "epss"
_SHIPPED = "starter"  # every installation has its own


@dataclass(frozen=True, slots=True)
class BundleOutcome:
    """What became of one feed of a bundle."""

    feed: str
    count: int
    added: int
    changed: int
    removed: int
    unchanged: bool


def export_bundle(
    records: Records,
    caller: Caller,
    signer: Signer,
    sink: BundleSink,
    now: datetime,
    *,
    maker: str,
    base: Mapping[str, Mapping[str, bytes]] | None = None,
) -> BundleManifest:
    """Write everything, or what changed since the bundle whose index ``base`` is."""
    require_on_installation(caller, Verb.ADMINISTER)
    feeds: list[BundleFeed] = []
    held: dict[str, Mapping[str, bytes]] = {}
    with records.read() as kept:
        for at, state in enumerate(kept.advisories.feeds()):
            if state.name == _SHIPPED:
                continue
            held[state.name] = _content(kept, state)
            before = (base or {}).get(state.name)
            if state.name == _SCORES and before == held[state.name]:
                continue  # scores come whole or not at all
            member = f"feeds/{at}.jsonl"
            feeds.append(_export_feed(kept, sink, state, (held[state.name], before), member=member))
    index = sink.add(INDEX, (line for feed in held for line in encode_index(feed, held[feed])))
    manifest = BundleManifest(rfc3339(now), maker, tuple(feeds), index)
    payload = encode_manifest(manifest)
    signature = signer.sign(pre_authentication_encoding(PAYLOAD_TYPE, payload))
    envelope = Envelope(PAYLOAD_TYPE, payload, (EnvelopeSignature(signature, signer.name),))
    sink.add(MANIFEST, [encode_envelope(envelope)])
    with records.write() as kept:
        kept.audit.append(
            caller.did("advisories.export", "bundle", now, feeds=len(feeds), delta=base is not None)
        )
    return manifest


def _content(kept: RecordSet, state: FeedState) -> Mapping[str, bytes]:
    if state.name == _SCORES:  # by the file that they are from: they have no digests of their own
        return {_SCORES: hashlib.sha256(state.digest.encode()).digest()}
    return kept.advisories.content_digests(state.name)


def _export_feed(
    kept: RecordSet,
    sink: BundleSink,
    state: FeedState,
    digests: tuple[Mapping[str, bytes], Mapping[str, bytes] | None],
    *,
    member: str,
) -> BundleFeed:
    """``digests`` are of what is held, and of what the receiver has."""
    held, before = digests
    removed: tuple[str, ...] = ()
    wanted: Iterable[str] = held
    if before is not None:
        wanted = [name for name, digest in held.items() if before.get(name) != digest]
        removed = tuple(sorted(before.keys() - held.keys()))
    if state.name == _SCORES:
        digest = sink.add(member, map(encode_record, kept.advisories.all_scores()))
    else:
        digest = sink.add(member, map(encode_record, kept.advisories.all_of(state.name, wanted)))
    return BundleFeed(
        name=state.name,
        digest=state.digest,
        imported_at=rfc3339(state.imported_at),
        published_at=rfc3339(state.published_at) if state.published_at else "",
        count=state.count,
        content=content_digest(held),
        base=content_digest(before) if before is not None and state.name != _SCORES else "",
        member=member,
        member_digest=digest,
        removed=removed,
    )


def read_index(bundle: BundleFile) -> dict[str, dict[str, bytes]]:
    """What the maker of a bundle held, to make the next one a delta."""
    return parse_index(iter_lines(bundle.member(INDEX), max_line=MAX_LINE, what=INDEX))


def import_bundle(
    records: Records,
    caller: Caller,
    bundle: BundleFile,
    trusted: tuple[PublicKey, ...],
    now: datetime,
    *,
    force: bool = False,
) -> tuple[BundleOutcome, ...]:
    """Take a bundle in, by the numbered rules above.

    Raises Forbidden ``bundle-not-trusted``, Malformed ``bundle-invalid``, and Conflict
    ``bundle-base-missing``, ``feed-older`` and ``feed-shrunk``.
    """
    require_on_installation(caller, Verb.ADMINISTER)
    manifest = _verified_manifest(bundle, trusted)  # 1
    for feed in manifest.feeds:
        _verify_member(bundle, feed.member, feed.member_digest)  # 2
    with records.write() as kept:  # 5
        held = {state.name: state for state in kept.advisories.feeds()}
        outcomes = tuple(
            _import_feed(kept, bundle, feed, held.get(feed.name), force=force) for feed in manifest.feeds
        )
        kept.audit.append(
            caller.did(
                "advisories.import",
                "bundle",
                now,
                made_at=manifest.made_at,
                maker=manifest.maker,
                feeds=len(outcomes),
                forced=force,
            )
        )
    return outcomes


def _verified_manifest(bundle: BundleFile, trusted: tuple[PublicKey, ...]) -> BundleManifest:
    envelope = parse_envelope(read_all(bundle.member(MANIFEST), max_bytes=MAX_MANIFEST, what=MANIFEST))
    by_trusted = any(
        key.verify(signature.signature, envelope.signed_bytes)
        for signature in envelope.signatures
        for key in trusted
    )
    if envelope.payload_type != PAYLOAD_TYPE or not by_trusted:
        raise Forbidden(
            "bundle-not-trusted",
            "no key that is trusted for bundles of advisories has signed this one",
            hint="add the public key of the installation that made it to feeds.bundle_keys",
        )
    return parse_manifest(envelope.payload)


def _verify_member(bundle: BundleFile, name: str, digest: str) -> None:
    seen = hashlib.sha256()
    reader = bundle.member(name)
    while part := reader.read(1 << 20):
        seen.update(part)
    if f"sha256:{seen.hexdigest()}" != digest:
        raise Malformed("bundle-invalid", f"{name} of the bundle is not what was signed")


def _import_feed(
    kept: RecordSet, bundle: BundleFile, feed: BundleFeed, held: FeedState | None, *, force: bool
) -> BundleOutcome:
    state = FeedState(
        feed.name,
        datetime.fromisoformat(feed.imported_at),
        datetime.fromisoformat(feed.published_at) if feed.published_at else None,
        feed.digest,
        feed.count,
    )
    if held and not force:
        refuse_older(held, state)  # 4
    lines = iter_lines(bundle.member(feed.member), max_line=MAX_LINE, what=feed.member)
    if feed.name == _SCORES:
        count = kept.advisories.replace_scores(state, parse_scores(feed.name, lines))
        return BundleOutcome(feed.name, count, 0, 0, 0, unchanged=False)
    if held and content_digest(kept.advisories.content_digests(feed.name)) == feed.content:
        kept.advisories.confirm_feed(feed.name, at=max(held.imported_at, state.imported_at))
        return BundleOutcome(feed.name, held.count, 0, 0, 0, unchanged=True)
    realms = kept.advisories.held_realms()
    advisories: dict[str, Advisory] = {}
    read = _remembering(parse_records(feed.name, lines), advisories)
    if feed.base:
        if content_digest(kept.advisories.content_digests(feed.name)) != feed.base:  # 3
            raise Conflict(
                "bundle-base-missing",
                f"the bundle goes on from another state of {feed.name} than is held here",
                hint="import the bundle before it first, or a whole one: export without --since",
            )
        change = kept.advisories.change_feed(state, read, feed.removed)
    else:
        change = kept.advisories.replace_feed(state, read)
    rematch(kept, change, advisories, realms)
    added, changed, removed = len(change.added), len(change.changed), len(change.removed)
    return BundleOutcome(feed.name, feed.count, added, changed, removed, unchanged=False)


def _remembering(advisories: Iterator[Advisory], names: dict[str, Advisory]) -> Iterator[Advisory]:
    for advisory in advisories:
        names[advisory.id] = advisory
        yield advisory
