"""Put another base under an image, without building it again, if that is proven to come out the same.

1. The caller may pull the image and the bases, and push to the image's repository and sign in it.
2. The names stand for digests. The base that the image stands on is the level of its lineage that is in the
   new base's repository, unless the caller names one.
3. Each platform is proven (``lineage.proof``). One platform that is refused refuses all of it.
4. A refusal, and asking only for the proof, changes nothing at all.
5. The layers of the new base are linked into the image's repository, config, manifest, the small layer of
   fixes and the index are pushed. No layer is moved or read. This and what follows is one transaction.
6. The image gets a tag of its own, by pattern (``1.4.2`` → ``1.4.2-r1``): the tag that was there stays.
7. What was rebased from what onto what, by whom, on which proof, is attested, and the image is signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation import strict_json
from lading.foundation.errors import Conflict, NotFound
from lading.foundation.instants import rfc3339
from lading.foundation.strict_json import JsonValue
from lading.lineage.fixups import fix_layer
from lading.lineage.proof import RULES, Allowances, PlatformProof, prove
from lading.lineage.rebased_image import (
    PREDICATE,
    rebased_config,
    rebased_index,
    rebased_manifest,
)
from lading.lineage.remarks import Verdict, verdict_of
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.oci.manifest import Index, Manifest, parse_manifest
from lading.ports.records.campaigns import Derivation
from lading.ports.records.record_set import RecordSet
from lading.ports.records.registry import StoredManifest
from lading.registry.caller import Caller
from lading.workflows.derived_images import MadeImage, RebaseWork, images_of
from lading.workflows.pull_manifest import find_manifest
from lading.workflows.rebase_sides import BasePairs, load_app, load_base
from lading.workflows.show_image import find_image
from lading.workflows.show_lineage import find_lineage
from lading.workflows.sign_image import SigningPorts, attach_made

_MOST_REMARKS = 200  # in an attestation


@dataclass(frozen=True, slots=True)
class RebasePorts:
    """What rebasing needs; ``pairs`` are bases at hand."""

    signing: SigningPorts
    pairs: BasePairs = field(default_factory=BasePairs)


@dataclass(frozen=True, slots=True)
class RebaseRequest:
    """What is asked for. References are tags or digests; ``old`` is empty for the base that is found."""

    repository: str
    reference: str
    onto_repository: str
    onto: str
    old: str = ""  # digest of the base to take away
    tag: str = ""  # of the result; empty for the next one by pattern
    dry_run: bool = False
    allow: Allowances = field(default_factory=Allowances)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rebased:
    """What came of it. ``digest`` and ``tag`` are None and empty where nothing was pushed."""

    repository: str
    image: Digest
    onto: Digest
    verdict: Verdict
    proofs: tuple[PlatformProof, ...]
    digest: Digest | None = None
    tag: str = ""
    proof_digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class _Platform:
    """One platform of the image, and of the new base."""

    app: Digest
    manifest: Manifest
    listed: Platform | None
    base: Digest
    base_manifest: Manifest
    old: Digest
    own_from: int


@dataclass(frozen=True, slots=True)
class _Proven:
    """A proof, and the layers that the image is to have if it holds."""

    proof: PlatformProof
    base_layers: tuple[Digest, ...]
    own_layers: tuple[Digest, ...]


def rebase_image(ports: RebasePorts, caller: Caller, request: RebaseRequest, now: datetime) -> Rebased:
    """Rebase by the numbered steps above; look at ``verdict`` for what became of it.

    Raises Forbidden, NotFound for unknown names, Conflict where no base can be found to take away, or where
    the tag is taken.
    """
    records = ports.signing.push.records
    # Step 1.
    for verb in (Verb.PULL, *(() if request.dry_run else (Verb.PUSH, Verb.SIGN))):
        caller.require(verb, request.repository)
    caller.require(Verb.PULL, request.onto_repository)
    # Step 2.
    image = find_image(records, caller, request.repository, request.reference)
    onto = find_image(records, caller, request.onto_repository, request.onto)
    stored = find_manifest(records, caller, request.repository, image)
    with records.read() as kept:
        platforms = _platforms(kept, stored, request, onto)
    # Step 3.
    proven = tuple(_prove(ports, request, each, onto, now) for each in platforms)
    proofs = tuple(each.proof for each in proven)
    verdict = verdict_of(remark for proof in proofs for remark in proof.remarks)
    outcome = Rebased(request.repository, image, onto, verdict, proofs, proof_digest=_digest(proofs))
    # Step 4.
    if request.dry_run or not verdict.allows:
        return outcome
    work = RebaseWork(ports.signing, caller, request.repository, now)
    return _carry_out(work, request, stored, tuple(zip(platforms, proven, strict=True)), outcome)


def _platforms(
    kept: RecordSet, stored: StoredManifest, request: RebaseRequest, onto: Digest
) -> tuple[_Platform, ...]:
    bases = {
        platform: (digest, manifest)
        for digest, manifest, platform in images_of(kept, request.onto_repository, onto)
    }
    images = images_of(kept, stored.repository, stored.digest)
    if not images:
        raise NotFound("image-unknown", f"{stored.repository}@{stored.digest} lists no image")
    found: list[_Platform] = []
    listed = {
        entry.digest: entry.platform
        for entry in getattr(parse_manifest(stored.raw, stored.media_type), "manifests", ())
    }
    for digest, manifest, platform in images:
        if platform not in bases:
            raise Conflict(
                "platform-missing",
                f"the new base is not there for {platform or 'the platform of the image'}",
                hint=f"it is there for {', '.join(sorted(bases)) or 'nothing'}",
            )
        old, own_from = _old_base(kept, digest, request, platform)
        found.append(_Platform(digest, manifest, listed.get(digest), *bases[platform], old, own_from))
    return tuple(found)


def _old_base(kept: RecordSet, image: Digest, request: RebaseRequest, platform: str) -> tuple[Digest, int]:
    """The base to take away, and how many layers it has."""
    placed = kept.lineage.placed(image)
    if placed is None:
        raise Conflict(
            "lineage-unknown",
            f"the layers of {image} were not looked at yet",
            hint="that is done in the background after a push; ask again in a moment",
        )
    lineage, _ = find_lineage(kept, placed)
    below = list(reversed(lineage.levels[:-1]))
    places = kept.registry.places_of(digest for level in below for digest in level.images)
    for level in below:
        for digest in level.images:
            if request.old:
                if str(digest) == request.old or request.old in _indexes(kept, digest):
                    return digest, level.top
            elif any(place.repository == request.onto_repository for place in places.get(digest, ())):
                return digest, level.top
    names = [f"{place.repository}@{digest}" for digest in places for place in places[digest]]
    raise Conflict(
        "base-not-below",
        f"{request.old or request.onto_repository} is not below {request.repository}@{image} for {platform}",
        hint=f"it stands on {', '.join(names[:5])}; name one with --from"
        if names
        else "no image here is below it",
    )


def _indexes(kept: RecordSet, digest: Digest) -> set[str]:
    return {
        str(index)
        for place in kept.registry.places_of([digest]).get(digest, ())
        for index in kept.registry.indexes_of(place.repository, digest)
    }


def _prove(
    ports: RebasePorts, request: RebaseRequest, each: _Platform, onto: Digest, now: datetime
) -> _Proven:
    push = ports.signing.push
    old, old_stack = load_base(push.records, push.blobs, ports.pairs, "the old base", each.old)
    new, new_stack = load_base(push.records, push.blobs, ports.pairs, "the new base", each.base)
    app = load_app(push.records, push.blobs, "the image", each.app, each.own_from)
    change = ports.pairs.change(old, new, (old_stack, new_stack))
    note = f"lading rebase from {each.old} onto {onto}"
    proof = prove(app, old, new, change, allow=request.allow, created=rfc3339(now), note=note)
    return _Proven(proof, new.diff_ids, app.side.diff_ids[each.own_from :])


def _carry_out(
    work: RebaseWork,
    request: RebaseRequest,
    stored: StoredManifest,
    platforms: Sequence[tuple[_Platform, _Proven]],
    outcome: Rebased,
) -> Rebased:
    images = [_make(work, request, each, proven) for each, proven in platforms]
    parsed = parse_manifest(stored.raw, stored.media_type)
    index = rebased_index(parsed, stored.digest, images) if isinstance(parsed, Index) else b""
    image = work.made(index or images[0].raw)
    # Step 7, made before anything is pushed.
    claims = work.vouch(image, PREDICATE, _predicate(work, request, outcome))
    layers = {layer.digest: layer.size for each, _ in platforms for layer in each.base_manifest.layers}

    def push(pushing: RebaseWork) -> str:
        # Step 6, first: the tag is what may be in the way.
        tag = pushing.free_tag(stored, request.tag)
        # Step 5.
        pushing.link(layers)
        pushing.push_images(images, index, tag)
        for claim in claims:
            attach_made(pushing.signing, pushing.caller, image, claim, work.now)
        _note(pushing, request, replace(outcome, digest=image.digest, tag=tag))
        return tag

    return replace(outcome, digest=image.digest, tag=work.at_once(push))


def _make(work: RebaseWork, request: RebaseRequest, each: _Platform, proven: _Proven) -> MadeImage:
    proof = proven.proof
    fix = fix_layer(proof.fixes, epoch=int(work.now.timestamp())) if proof.fixes else None
    config = rebased_config(proof.config, proven.base_layers, proven.own_layers, fix)
    named = f"{work.signing.registry_name}/{request.onto_repository}"
    raw = rebased_manifest(
        each.manifest,
        each.base_manifest,
        each.own_from,
        config=config,
        fix=fix,
        base_name=named if ":" in request.onto else f"{named}:{request.onto}",
        base_digest=each.base,
        app_digest=each.app,
    )
    return MadeImage(raw, (config, *([fix.content] if fix else [])), each.listed)


def _predicate(work: RebaseWork, request: RebaseRequest, outcome: Rebased) -> bytes:
    return strict_json.encode_canonical(
        {
            "from": {"repository": request.repository, "digest": str(outcome.image)},
            "onto": {"repository": request.onto_repository, "digest": str(outcome.onto)},
            "by": str(work.caller.principal),
            "at": rfc3339(work.now),
            "reason": _plain(request.reason),
            "proof": {
                "rules": RULES,
                "verdict": str(outcome.verdict),
                "digest": str(outcome.proof_digest),
                "platforms": [_told(proof) for proof in outcome.proofs],
            },
        }
    )


def _note(work: RebaseWork, request: RebaseRequest, outcome: Rebased) -> None:
    """Keep what was made from what, and write it into the log."""
    digest = outcome.digest
    assert digest is not None
    onto = f"{request.onto_repository}@{outcome.onto}"
    event = work.caller.did(
        "image.rebase",
        f"{request.repository}@{digest}",
        work.now,
        rebased_from=str(outcome.image),
        onto=onto,
        verdict=str(outcome.verdict),
        proof=str(outcome.proof_digest),
        tag=outcome.tag,
        reason=request.reason,
    )
    derivation = Derivation(
        request.repository,
        digest,
        outcome.image,
        method="rebase",
        onto=onto,
        verdict=str(outcome.verdict),
        proof=str(outcome.proof_digest),
        tag=outcome.tag,
        by=str(work.caller.principal),
        at=work.now,
    )
    with work.signing.push.records.write() as kept:
        kept.campaigns.save_derivation(derivation)
        kept.audit.append(event)


def _told(proof: PlatformProof) -> dict[str, JsonValue]:
    remarks: list[JsonValue] = [
        {
            "rule": str(one.rule),
            "weight": str(one.weight),
            "path": _plain(one.path),
            "reason": _plain(one.reason),
        }
        for one in proof.remarks[:_MOST_REMARKS]
    ]
    fixed: list[JsonValue] = [_plain(fix.path) for fix in proof.fixes[:_MOST_REMARKS]]
    return {
        "platform": proof.platform,
        "image": str(proof.app),
        "oldBase": str(proof.old_base),
        "newBase": str(proof.new_base),
        "verdict": str(proof.verdict),
        "files": proof.files,
        "programs": proof.programs,
        "fixed": fixed,
        "remarks": remarks,
    }


def _digest(proofs: tuple[PlatformProof, ...]) -> Digest:
    return Digest.of(strict_json.encode_canonical([_told(proof) for proof in proofs]))


def _plain(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
