"""Collect what is claimed about an image: its signatures and attestations, wherever cosign puts them.

Up to its version 2 that is under a tag, or as manifests that refer to the image; from version 3 on it is in
Sigstore bundles, each in a manifest that refers to the image, and so are signatures of the Notary Project.

A place that could not be looked into is written down as such, and so is a place with more in it than is
worth reading: neither may end as "there is nothing".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lading.foundation.errors import LadingError
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest, parse_manifest
from lading.ports.claim_source import ClaimSource
from lading.signing import cosign, notary, sigstore_bundle
from lading.signing.claims import (
    ClaimedAttestation,
    ClaimedNotarySignature,
    ClaimedSignature,
    FailedLookup,
)
from lading.signing.cosign import ArtifactKind
from lading.signing.dsse import MAX_ENVELOPE_BYTES
from lading.signing.verification import SignatureClaim

MAX_REFERRERS = 1000  # manifests of one type that refer to one image
_TYPES = (*(kind.artifact_type for kind in ArtifactKind), sigstore_bundle.BUNDLE_TYPE, notary.ARTIFACT_TYPE)


@dataclass(frozen=True, slots=True)
class FoundLayers:
    """Layers that hold claims of one kind, and the places that could not be looked into."""

    layers: tuple[Descriptor, ...]
    failed: tuple[FailedLookup, ...]


@dataclass(frozen=True, slots=True)
class FoundClaims:
    """All that is claimed about one image, not yet read.

    Bundles are sorted by what stands beside them, which nobody signed: it only saves reading some.
    """

    signatures: FoundLayers
    attestations: FoundLayers
    signature_bundles: FoundLayers
    attestation_bundles: FoundLayers
    notary: FoundLayers


def find_claims(source: ClaimSource, repository: str, digest: Digest) -> FoundClaims:
    """Find the claims about an image, by tag and by referrers."""
    try:
        with source.at_once() as looking:
            image = _Image(looking, repository, digest)
            referring = _find_referring(image)
            return FoundClaims(
                _find_layers(image, ArtifactKind.SIGNATURES, referring),
                _find_layers(image, ArtifactKind.ATTESTATIONS, referring),
                *_find_bundles(referring[sigstore_bundle.BUNDLE_TYPE]),
                _find_notary(referring[notary.ARTIFACT_TYPE]),
            )
    except (LadingError, OSError) as error:
        nothing = FoundLayers((), (FailedLookup(f"claims about {digest}", str(error)),))
        return FoundClaims(nothing, nothing, nothing, nothing, nothing)


def read_signatures(
    source: ClaimSource, repository: str, found: FoundClaims
) -> tuple[list[SignatureClaim], list[FailedLookup]]:
    """Read the signatures that were found."""
    contents, failed = _read_all(source, repository, found.signatures, cosign.MAX_PAYLOAD_BYTES)
    claims: list[SignatureClaim] = [_signature(layer, content) for layer, content in contents]
    contents, more = _read_all(source, repository, found.signature_bundles, MAX_ENVELOPE_BYTES)
    claims += [ClaimedAttestation(content, in_bundle=True) for _, content in contents]
    contents, others = _read_all(source, repository, found.notary, notary.MAX_ENVELOPE_BYTES)
    claims += [
        ClaimedNotarySignature(content, in_cose=layer.media_type == notary.COSE_TYPE)
        for layer, content in contents
    ]
    return claims, failed + more + others


def read_attestations(
    source: ClaimSource, repository: str, found: FoundClaims
) -> tuple[list[ClaimedAttestation], list[FailedLookup]]:
    """Read the attestations that were found."""
    contents, failed = _read_all(source, repository, found.attestations, MAX_ENVELOPE_BYTES)
    claims = [ClaimedAttestation(content) for _, content in contents]
    contents, more = _read_all(source, repository, found.attestation_bundles, MAX_ENVELOPE_BYTES)
    claims += [ClaimedAttestation(content, in_bundle=True) for _, content in contents]
    return claims, failed + more


@dataclass(frozen=True, slots=True)
class _Image:
    source: ClaimSource
    repository: str
    digest: Digest


@dataclass(slots=True)
class _Referring:
    """Manifests of one type that refer to the image, and what of them could not be looked into."""

    manifests: list[Manifest] = field(default_factory=list)
    failed: list[FailedLookup] = field(default_factory=list)


def _find_referring(image: _Image) -> Mapping[str, _Referring]:
    """What refers to the image, by type: asked for once, and only where that is too much type by type."""
    referring = {artifact_type: _Referring() for artifact_type in _TYPES}
    listed = _listed(image, _TYPES, referring)
    if len(listed) > MAX_REFERRERS:
        listed = []
        for artifact_type in _TYPES:
            of_type = _listed(image, (artifact_type,), referring)
            if len(of_type) > MAX_REFERRERS:
                place = f"referrers of {image.digest}"
                failed = FailedLookup(place, f"there are more than {MAX_REFERRERS}")
                referring[artifact_type].failed.append(failed)
            listed += of_type[:MAX_REFERRERS]
    for referrer in listed:
        _read_referrer(image, referrer, referring[referrer.artifact_type])
    return referring


def _listed(
    image: _Image, artifact_types: Sequence[str], referring: Mapping[str, _Referring]
) -> Sequence[Descriptor]:
    try:
        return image.source.referrers(image.repository, image.digest, artifact_types, MAX_REFERRERS + 1)
    except (LadingError, OSError) as error:
        for artifact_type in artifact_types:
            failed = FailedLookup(f"referrers of {image.digest}", str(error))
            referring[artifact_type].failed.append(failed)
        return ()


def _read_referrer(image: _Image, referrer: Descriptor, into: _Referring) -> None:
    place = f"manifest {referrer.digest}"
    try:
        raw = image.source.manifest(image.repository, referrer.digest)
        manifest = parse_manifest(raw) if raw is not None else None
    except (LadingError, OSError) as error:
        into.failed.append(FailedLookup(place, str(error)))
        return
    if manifest is None:
        into.failed.append(FailedLookup(place, "it is listed, and it is not there"))
    elif isinstance(manifest, Manifest):
        into.manifests.append(manifest)


def _find_layers(image: _Image, kind: ArtifactKind, referring: Mapping[str, _Referring]) -> FoundLayers:
    referrers = referring[kind.artifact_type]
    failed = list(referrers.failed)
    layers: dict[tuple[Digest, str], Descriptor] = {}
    tagged = _tagged(image, cosign.artifact_tag(image.digest, kind), failed)
    for manifest in (*tagged, *referrers.manifests):
        try:
            found = cosign.layers_of(manifest, kind)
        except LadingError as error:
            failed.append(FailedLookup(f"{kind} manifest of {image.digest}", error.message))
            continue
        for layer in found:
            layers.setdefault((layer.digest, layer.annotations.get(cosign.SIGNATURE_ANNOTATION, "")), layer)
    return FoundLayers(tuple(layers.values()), tuple(failed))


def _find_bundles(referring: _Referring) -> tuple[FoundLayers, FoundLayers]:
    """Bundles of signatures, and of attestations; one that does not say which is taken for both."""
    failed = tuple(referring.failed)
    signatures, attestations = [], []
    for manifest in referring.manifests:
        layers = [layer for layer in manifest.layers if layer.media_type == sigstore_bundle.BUNDLE_TYPE]
        if len(layers) != 1:  # cosign writes and reads exactly one to a manifest
            continue
        announced = manifest.annotations.get(sigstore_bundle.PREDICATE_TYPE_ANNOTATION, "")
        if announced in {"", sigstore_bundle.COSIGN_SIGN}:
            signatures += layers
        if announced != sigstore_bundle.COSIGN_SIGN:
            attestations += layers
    return FoundLayers(tuple(signatures), failed), FoundLayers(tuple(attestations), failed)


def _find_notary(referring: _Referring) -> FoundLayers:
    """Signatures of the Notary Project: each a manifest of its own that refers to the image."""
    layers: list[Descriptor] = []
    for manifest in referring.manifests:
        envelopes = [
            layer for layer in manifest.layers if layer.media_type in {notary.JWS_TYPE, notary.COSE_TYPE}
        ]
        if len(envelopes) == 1:  # signature specification, "Storage": exactly one to a manifest
            layers += envelopes
    return FoundLayers(tuple(layers), tuple(referring.failed))


def _signature(layer: Descriptor, content: bytes | None) -> ClaimedSignature:
    beside = layer.annotations
    return ClaimedSignature(
        content,
        beside.get(cosign.SIGNATURE_ANNOTATION, ""),
        certificate=beside.get(cosign.CERTIFICATE_ANNOTATION, ""),
        log_entry=beside.get(cosign.LOG_ENTRY_ANNOTATION, ""),
        timestamp=beside.get(cosign.TIMESTAMP_ANNOTATION, ""),
    )


def _tagged(image: _Image, tag: str, failed: list[FailedLookup]) -> Sequence[Manifest]:
    try:
        raw = image.source.tagged_manifest(image.repository, tag)
        manifest = parse_manifest(raw) if raw is not None else None
    except (LadingError, OSError) as error:
        failed.append(FailedLookup(f"tag {tag}", str(error)))
        return ()
    return (manifest,) if isinstance(manifest, Manifest) else ()


def _read_all(
    source: ClaimSource, repository: str, found: FoundLayers, max_bytes: int
) -> tuple[list[tuple[Descriptor, bytes | None]], list[FailedLookup]]:
    """The contents; None for one that is too large to be worth fetching."""
    contents: list[tuple[Descriptor, bytes | None]] = []
    failed = list(found.failed)
    for layer in found.layers:
        if layer.size > max_bytes:
            contents.append((layer, None))
            continue
        try:
            content = source.blob(repository, layer.digest, max_bytes)
        except (LadingError, OSError) as error:
            failed.append(FailedLookup(f"blob {layer.digest}", str(error)))
            continue
        if content is None:
            failed.append(FailedLookup(f"blob {layer.digest}", "a manifest names it, and it is not there"))
        else:
            contents.append((layer, content))
    return contents, failed
