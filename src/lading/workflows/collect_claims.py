"""Collect what is claimed about an image: its signatures and attestations, wherever cosign puts them.

A place that could not be looked into is written down as such, and so is a place with more in it than is
worth reading: neither may end as "there is nothing".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lading.foundation.errors import LadingError
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest, parse_manifest
from lading.ports.claim_source import ClaimSource
from lading.signing import cosign
from lading.signing.cosign import ArtifactKind
from lading.signing.dsse import MAX_ENVELOPE_BYTES
from lading.signing.verification import ClaimedAttestation, ClaimedSignature, FailedLookup

MAX_REFERRERS = 1000  # manifests of one kind that refer to one image


@dataclass(frozen=True, slots=True)
class FoundClaims:
    """The manifests that gather claims of one kind, and the places that could not be looked into."""

    kind: ArtifactKind
    layers: tuple[Descriptor, ...]
    failed: tuple[FailedLookup, ...]


def find_claims(source: ClaimSource, repository: str, digest: Digest, kind: ArtifactKind) -> FoundClaims:
    """Find the claims of a kind about an image by tag and by referrers, without reading any of them."""
    failed: list[FailedLookup] = []
    layers: dict[tuple[Digest, str], Descriptor] = {}
    for manifest in _iter_manifests(source, repository, digest, kind, failed):
        try:
            found = cosign.layers_of(manifest, kind)
        except LadingError as error:
            failed.append(FailedLookup(f"{kind} manifest of {digest}", error.message))
            continue
        for layer in found:
            layers.setdefault((layer.digest, layer.annotations.get(cosign.SIGNATURE_ANNOTATION, "")), layer)
    return FoundClaims(kind, tuple(layers.values()), tuple(failed))


def read_signatures(
    source: ClaimSource, repository: str, found: FoundClaims
) -> tuple[list[ClaimedSignature], list[FailedLookup]]:
    """Read the payloads of signatures that were found."""
    failed = list(found.failed)
    claims = []
    for layer in found.layers:
        content = _read(source, repository, layer, cosign.MAX_PAYLOAD_BYTES)
        if isinstance(content, FailedLookup):
            failed.append(content)
        else:
            claims.append(ClaimedSignature(content, layer.annotations.get(cosign.SIGNATURE_ANNOTATION, "")))
    return claims, failed


def read_attestations(
    source: ClaimSource, repository: str, found: FoundClaims
) -> tuple[list[ClaimedAttestation], list[FailedLookup]]:
    """Read the envelopes of attestations that were found."""
    failed = list(found.failed)
    claims = []
    for layer in found.layers:
        content = _read(source, repository, layer, MAX_ENVELOPE_BYTES)
        if isinstance(content, FailedLookup):
            failed.append(content)
        else:
            claims.append(ClaimedAttestation(content))
    return claims, failed


def _iter_manifests(
    source: ClaimSource, repository: str, digest: Digest, kind: ArtifactKind, failed: list[FailedLookup]
) -> Iterator[Manifest]:
    tag = cosign.artifact_tag(digest, kind)
    try:
        raw = source.tagged_manifest(repository, tag)
        if raw is not None and isinstance(manifest := parse_manifest(raw), Manifest):
            yield manifest
    except (LadingError, OSError) as error:
        failed.append(FailedLookup(f"tag {tag}", str(error)))
    try:
        referrers = source.referrers(repository, digest, kind.artifact_type, MAX_REFERRERS + 1)
    except (LadingError, OSError) as error:
        failed.append(FailedLookup(f"referrers of {digest}", str(error)))
        return
    if len(referrers) > MAX_REFERRERS:
        failed.append(FailedLookup(f"referrers of {digest}", f"there are more than {MAX_REFERRERS}"))
    for referrer in referrers[:MAX_REFERRERS]:
        try:
            raw = source.manifest(repository, referrer.digest)
            if raw is not None and isinstance(manifest := parse_manifest(raw), Manifest):
                yield manifest
        except (LadingError, OSError) as error:
            failed.append(FailedLookup(f"manifest {referrer.digest}", str(error)))


def _read(
    source: ClaimSource, repository: str, layer: Descriptor, max_bytes: int
) -> bytes | FailedLookup | None:
    """The content; None where it is too large to be worth fetching."""
    if layer.size > max_bytes:
        return None
    try:
        content = source.blob(repository, layer.digest, max_bytes)
    except (LadingError, OSError) as error:
        return FailedLookup(f"blob {layer.digest}", str(error))
    if content is None:
        return FailedLookup(f"blob {layer.digest}", "a manifest names it, and it is not there")
    return content
