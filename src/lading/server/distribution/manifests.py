"""GET, HEAD, PUT and DELETE of /v2/<name>/manifests/<reference> (end-2, end-3, end-7, end-9)."""

from lading.access.verbs import Verb
from lading.foundation.errors import LadingError, NotFound
from lading.oci.digest import Digest
from lading.oci.manifest import parse_manifest
from lading.oci.reference import is_tag
from lading.registry.byte_ranges import content_range, parse_range
from lading.registry.caller import Caller
from lading.registry.names import check_tag, parse_tag_or_digest
from lading.registry.warnings import warnings_about
from lading.server.distribution.api import Api, Call
from lading.server.distribution.conditions import entity_tag, is_unchanged, wants_range_of
from lading.server.distribution.content_cache import ServedManifest
from lading.server.distribution.exchange import Headers, header
from lading.server.distribution.routes import Route
from lading.workflows.delete_manifest import delete_manifest, delete_tag
from lading.workflows.gate_pull import could_run, refuse_if
from lading.workflows.pull_manifest import find_manifest
from lading.workflows.pull_through import CachedManifest
from lading.workflows.push_manifest import ManifestUpload, push_manifest


async def get_manifest(call: Call) -> None:
    """Send a manifest as it was pushed; HEAD sends its headers."""
    api, exchange, caller, route = call.api, call.exchange, call.caller, call.route
    caller.require(Verb.PULL, route.repository)
    manifest = api.manifests.get(route.repository, route.name, api.now())
    if manifest is None:
        manifest = await _load(api, caller, route)
    if manifest.could_run and exchange.method == "GET":
        await _ask_at_pull(call, manifest)
    _note_pull(call, manifest.digest)
    if manifest.stale:
        exchange.warn(f"Response is stale: {manifest.stale}")
    headers: Headers = [
        (b"content-type", manifest.media_type.encode()),
        (b"docker-content-digest", manifest.digest.encode()),
        (b"etag", entity_tag(manifest.digest)),
    ]
    if manifest.cache_status:
        headers.append(header(b"cache-status", manifest.cache_status))
    if is_unchanged(exchange, manifest.digest):
        await exchange.respond(304, headers)
        return
    wanted = wants_range_of(exchange, manifest.digest)
    part = parse_range(wanted, len(manifest.raw)) if wanted and exchange.method == "GET" else None
    if part is None:
        await exchange.respond(200, headers, manifest.raw)
        return
    headers.append(header(b"content-range", content_range(part, len(manifest.raw))))
    await exchange.respond(206, headers, manifest.raw[part.start : part.stop])


async def put_manifest(call: Call) -> None:
    """Take a manifest under a tag or a digest, and with a digest under further tags."""
    api, exchange, caller, route = call.api, call.exchange, call.caller, call.route
    caller.require(Verb.PUSH, route.repository)
    caches = await api.run(api.services.caches)
    caches.refuse_writing(route.repository)
    reference = parse_tag_or_digest(route.name)
    by_digest = isinstance(reference, Digest)
    tags = (*exchange.parameters("tag"),) if by_digest else (route.name,)
    upload = ManifestUpload(
        repository=route.repository,
        digest=reference if isinstance(reference, Digest) else None,
        tags=tuple(dict.fromkeys(check_tag(tag) for tag in tags)),
        content_type=exchange.header(b"content-type") or "",
        raw=await exchange.read_body(
            max_bytes=api.services.limits.manifest_bytes, code="manifest-too-large", what="the manifest"
        ),
    )
    services = api.services
    pushed = await api.run(
        lambda: push_manifest(
            services.records,
            caller,
            upload,
            services.clock(),
            limits=services.limits,
            on_pushed=services.on_manifest_pushed,
            gate=services.push_gate,
        )
    )
    for text in warnings_about(pushed.manifest):
        exchange.warn(text)
    headers: Headers = [
        header(b"location", f"/v2/{route.repository}/manifests/{pushed.digest}"),
        header(b"docker-content-digest", pushed.digest),
    ]
    if pushed.manifest.subject is not None:
        headers.append(header(b"oci-subject", pushed.manifest.subject.digest))
    if by_digest:
        headers.extend(header(b"oci-tag", tag) for tag in upload.tags)
    await exchange.respond(201, headers)


async def delete_manifest_or_tag(call: Call) -> None:
    """Remove a manifest with its tags, or only a tag."""
    services, caller, repository = call.api.services, call.caller, call.route.repository
    reference = parse_tag_or_digest(call.route.name)

    def delete() -> None:
        now = services.clock()
        if isinstance(reference, Digest):
            delete_manifest(services.records, caller, repository, reference, now)
        else:
            delete_tag(services.records, caller, repository, reference, now)

    await call.api.run(delete)
    await call.exchange.respond(202, [])


def _note_pull(call: Call, digest: str) -> None:
    """A manifest is pulled by GET. A tag is by HEAD too: Docker asks for its digest, then gets that."""
    services, route = call.api.services, call.route
    now = services.clock()
    if route.name != digest:
        services.pulls.note(route.repository, route.name, now)
    if call.exchange.method == "GET":
        services.pulls.note(route.repository, digest, now)


async def _ask_at_pull(call: Call, manifest: ServedManifest) -> None:
    """Refuse what is blocked. A HEAD is not asked about: its answer has no room for the reason."""
    gate, repository = call.api.services.pull_gate, call.route.repository
    if gate is None:
        return
    now = call.api.services.clock()
    verdict = gate.known(repository, manifest.digest, now)
    if verdict is None:
        digest = Digest.parse(manifest.digest)
        verdict = await call.api.run(lambda: gate.ask(call.caller, repository, digest, now))
    refuse_if(verdict)


async def _load(api: Api, caller: Caller, route: Route) -> ServedManifest:
    reference = _pulled_name(route.name)
    stamp = api.manifests.stamp(route.repository)
    origin = await api.run(lambda: api.through.origin_of(route.repository))
    if origin is not None:
        cached = await api.through.manifest(caller, origin, reference)
        manifest = ServedManifest(
            str(cached.digest),
            cached.media_type,
            cached.raw,
            cached.stale,
            _cache_status(cached),
            _could_run(cached.media_type, cached.raw),
        )
    else:
        stored = await api.run(
            lambda: find_manifest(api.services.records, caller, route.repository, reference)
        )
        gated = _could_run(stored.media_type, stored.raw)
        manifest = ServedManifest(str(stored.digest), stored.media_type, stored.raw, could_run=gated)
    size = len(manifest.raw)
    api.manifests.put(route.repository, route.name, manifest, stamp=stamp, now=api.now(), size=size)
    return manifest


def _could_run(media_type: str, raw: bytes) -> bool:
    """What cannot be read here may be read by an engine all the same: it is asked about."""
    try:
        return could_run(parse_manifest(raw, media_type))
    except LadingError:
        return True


def _cache_status(cached: CachedManifest) -> str:
    """Tell in a header what the cache did (RFC 9211)."""
    if not cached.was_held:
        return "lading; fwd=miss; stored"
    return (
        f"lading; hit; fwd=stale; ttl=-{int(cached.age.total_seconds())}" if cached.stale else "lading; hit"
    )


def _pulled_name(text: str) -> Digest | str:
    """What cannot be a tag is no error of its own to somebody who pulls: there is just no such manifest."""
    if ":" not in text and not is_tag(text):
        raise NotFound("manifest-unknown", f"there is no manifest {text[:160]!r}")
    return parse_tag_or_digest(text)
