"""Upgrade packages in an image by one layer on top, from package files at hand, without a build.

1. The caller may pull the image, push to its repository and sign in it.
2. What is patched is the image as it was built: the layer of an earlier patch is left out first.
3. Packages to upgrade are those that are named, else those with a finding that a version in the mirror mends.
4. Each platform is looked at; one that is refused refuses all of it, and nothing is changed.
5. The layer is pushed, with a config and a manifest, under a tag of its own; it is attested and signed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation import strict_json
from lading.foundation.errors import NotFound
from lading.foundation.instants import rfc3339
from lading.lineage.app_layers import AppLayers, Over
from lading.lineage.deb_file import read_deb
from lading.lineage.fixups import FixLayer, fix_layer
from lading.lineage.patch_layer import Patch, make_patch
from lading.lineage.rebased_image import patched_manifest, rebased_index
from lading.lineage.remarks import Remark, Rule, Verdict, Weight, verdict_of
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.oci.manifest import Index, Manifest, parse_manifest
from lading.packages.version_schemes.dpkg import DPKG
from lading.ports.package_mirror import MirroredPackage, PackageMirror
from lading.ports.records.campaigns import Derivation
from lading.ports.records.matches import MatchStatus
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import RecordSet
from lading.ports.records.registry import StoredManifest
from lading.registry.caller import Caller
from lading.workflows.derived_images import MadeImage, RebaseWork, images_of
from lading.workflows.pull_manifest import find_manifest
from lading.workflows.rebase_image import RebasePorts
from lading.workflows.rebase_sides import load_base
from lading.workflows.show_image import find_image
from lading.workflows.sign_image import attach_made

PREDICATE = "urn:lading:patch:v1"
_NOTHING = AppLayers({}, {}, frozenset(), frozenset(), (), (), ())


@dataclass(frozen=True, slots=True)
class PatchPorts:
    """What patching needs."""

    rebasing: RebasePorts
    mirror: PackageMirror


@dataclass(frozen=True, slots=True)
class PatchRequest:
    """What is asked for; without ``packages`` those that have a finding."""

    repository: str
    reference: str
    packages: tuple[str, ...] = ()
    tag: str = ""
    dry_run: bool = False
    scripts: bool = False  # let packages pass whose scripts are not run
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Patched:
    """What came of it; ``digest`` is None where nothing was pushed."""

    repository: str
    image: Digest
    verdict: Verdict
    platforms: tuple[tuple[str, Patch], ...]
    digest: Digest | None = None
    tag: str = ""


@dataclass(frozen=True, slots=True)
class _Platform:
    image: Digest
    manifest: Manifest
    platform: str
    listed: Platform | None = field(default=None)


def patch_image(ports: PatchPorts, caller: Caller, request: PatchRequest, now: datetime) -> Patched:
    """Patch by the numbered steps above; look at ``verdict`` for what became of it."""
    signing = ports.rebasing.signing
    records = signing.push.records
    # Step 1.
    for verb in (Verb.PULL, *(() if request.dry_run else (Verb.PUSH, Verb.SIGN))):
        caller.require(verb, request.repository)
    named = find_image(records, caller, request.repository, request.reference)
    # Step 2.
    with records.read() as kept:
        earlier = kept.campaigns.derivation(request.repository, named)
    image = earlier.made_from if earlier is not None and earlier.method == "patch" else named
    stored = find_manifest(records, caller, request.repository, image)
    with records.read() as kept:
        parsed = parse_manifest(stored.raw, stored.media_type)
        listed = {entry.digest: entry.platform for entry in getattr(parsed, "manifests", ())}
        platforms = [
            _Platform(digest, manifest, platform, listed.get(digest))
            for digest, manifest, platform in images_of(kept, request.repository, image)
        ]
    if not platforms:
        raise NotFound("image-unknown", f"{request.repository}@{image} lists no image")
    # Steps 3 and 4.
    patches = tuple((each.platform, _patch(ports, request, each)) for each in platforms)
    verdict = verdict_of(remark for _, patch in patches for remark in patch.remarks)
    outcome = Patched(request.repository, named, verdict, patches)
    if request.dry_run or not verdict.allows:
        return outcome
    # Step 5.
    return _carry_out(
        RebaseWork(signing, caller, request.repository, now), request, stored, platforms, outcome
    )


def _carry_out(
    work: RebaseWork,
    request: PatchRequest,
    stored: StoredManifest,
    platforms: Sequence[_Platform],
    outcome: Patched,
) -> Patched:
    layers = [fix_layer(patch.fixes, epoch=int(work.now.timestamp())) for _, patch in outcome.platforms]
    images = [
        _make(work, each, patch, layer)
        for each, (_, patch), layer in zip(platforms, outcome.platforms, layers, strict=True)
    ]
    parsed = parse_manifest(stored.raw, stored.media_type)
    index = rebased_index(parsed, stored.digest, images) if isinstance(parsed, Index) else b""
    image = work.made(index or images[0].raw)
    claims = work.vouch(image, PREDICATE, _predicate(work, request, outcome, stored.digest))
    for layer in layers:  # which may be large, and are no image by themselves
        work.push_blob(layer.content)

    def push(pushing: RebaseWork) -> str:
        tag = pushing.free_tag(stored, request.tag)
        pushing.push_images(images, index, tag)
        for claim in claims:
            attach_made(pushing.signing, pushing.caller, image, claim, work.now)
        _note(pushing, request, replace(outcome, digest=image.digest, tag=tag), stored.digest)
        return tag

    return replace(outcome, digest=image.digest, tag=work.at_once(push))


def mending(mirror: PackageMirror, name: str, architecture: str, fixed_in: str) -> MirroredPackage | None:
    """The newest version in the mirror, if it is at least the one that mends."""
    known = [(key, each) for each in mirror.versions(name, architecture) if (key := DPKG.key(each.version))]
    newest = max(known, key=lambda one: one[0], default=None)
    least = DPKG.key(fixed_in) if fixed_in else b""
    return newest[1] if newest is not None and least is not None and newest[0] >= least else None


def _patch(ports: PatchPorts, request: PatchRequest, each: _Platform) -> Patch:
    push = ports.rebasing.signing.push
    side, stack = load_base(push.records, push.blobs, ports.rebasing.pairs, "the image", each.image)
    if side.unreadable:
        why = f"the image is not wholly known: {side.unreadable}"
        return Patch((), (), (Remark(Rule.READABLE, Weight.UNKNOWN, "", why),))
    with push.records.read() as kept:
        wanted = _wanted(kept, each.image, request.packages)
    chosen: dict[str, MirroredPackage] = {}
    for name, architecture, fixed_in in wanted:
        found = mending(ports.mirror, name, architecture, fixed_in)
        if found is not None:
            chosen[name] = found
    packages = [read_deb(ports.mirror.read(package)) for package in chosen.values()]
    return make_patch(Over(_NOTHING, stack), packages, scripts=request.scripts)


def _wanted(kept: RecordSet, image: Digest, named: tuple[str, ...]) -> Iterable[tuple[str, str, str]]:
    """Step 3: name, architecture and the version that mends; empty for any newer one."""
    wanted: dict[tuple[str, str], str] = {}
    if named:
        for installed in kept.contents.image_packages(image, limit=MAX_LIMIT).items:
            package = installed.package
            if package.type == "deb" and package.name in named:
                wanted[package.name, package.arch] = ""
    else:
        for finding in kept.matches.image_findings(image, limit=MAX_LIMIT).items:
            package, match = finding.installed.package, finding.match
            if package.type == "deb" and match.fixed_in and match.status is MatchStatus.AFFECTED:
                wanted.setdefault((package.name, package.arch), "")
    return [(name, architecture, fixed_in) for (name, architecture), fixed_in in wanted.items()]


def _make(work: RebaseWork, each: _Platform, patch: Patch, layer: FixLayer) -> MadeImage:
    config = work.read_config(each.manifest.config.digest)
    text = ", ".join(f"{name} {after}" for name, _, after in patch.upgraded)
    history = [
        *(config.get("history") or ()),
        {"created": rfc3339(work.now), "created_by": f"lading patch {text}"},
    ]
    rootfs = config["rootfs"]
    changed = {
        **config,
        "created": rfc3339(work.now),
        "history": history,
        "rootfs": {**rootfs, "diff_ids": [*rootfs["diff_ids"], str(layer.diff_id)]},
    }
    raw_config = strict_json.encode_canonical(changed)
    raw = patched_manifest(each.manifest, raw_config, layer, image=each.image)
    return MadeImage(raw, (raw_config,), each.listed)


def _predicate(work: RebaseWork, request: PatchRequest, outcome: Patched, made_from: Digest) -> bytes:
    return strict_json.encode_canonical(
        {
            "from": {"repository": request.repository, "digest": str(made_from)},
            "by": str(work.caller.principal),
            "at": rfc3339(work.now),
            "reason": request.reason,
            "verdict": str(outcome.verdict),
            "upgraded": [
                {"package": name, "from": before, "to": after} for name, before, after in _upgraded(outcome)
            ],
        }
    )


def _upgraded(outcome: Patched) -> list[tuple[str, str, str]]:
    return sorted({one for _, patch in outcome.platforms for one in patch.upgraded})


def _note(work: RebaseWork, request: PatchRequest, outcome: Patched, made_from: Digest) -> None:
    """Keep what was made from what, and write it into the log."""
    digest, by = outcome.digest, str(work.caller.principal)
    assert digest is not None
    event = work.caller.did(
        "image.patch",
        f"{request.repository}@{digest}",
        work.now,
        patched_from=str(made_from),
        upgraded=[f"{name} {before} to {after}" for name, before, after in _upgraded(outcome)],
        tag=outcome.tag,
        reason=request.reason,
    )
    derivation = Derivation(
        request.repository,
        digest,
        made_from,
        method="patch",
        onto="",
        verdict=str(outcome.verdict),
        proof="",
        tag=outcome.tag,
        by=by,
        at=work.now,
    )
    with work.signing.push.records.write() as kept:
        kept.campaigns.save_derivation(derivation)
        kept.audit.append(event)
