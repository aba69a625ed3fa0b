"""Compare bills of materials that others attached to an image with what was found in it.

1. Referrers of the usual types, and what cosign attested under the tag that stands for the image.
2. Our own documents are left out: they say what was found.
3. What cannot be read is said to be, and compared with nothing. Whether it is signed is another question.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lading.foundation import strict_json
from lading.foundation.errors import LadingError
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest, parse_manifest
from lading.packages.package import Package
from lading.ports.claim_source import ClaimSource
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import Records
from lading.sbom.comparison import SbomDifferences, compare
from lading.sbom.reading import MAX_BYTES, read_sbom
from lading.signing.dsse import parse_envelope

MOST = 20  # documents that are looked at
_TYPES = (
    media_types.CYCLONEDX_JSON,
    media_types.SPDX_JSON,
    "application/vnd.cyclonedx+xml",
    "application/vnd.syft+json",
)
_PREDICATES = ("https://cyclonedx.org/bom", "https://spdx.dev/Document", "https://syft.dev/bom")


@dataclass(frozen=True, slots=True)
class ComparedSbom:
    """One document of others. ``differences`` is None where ``reason`` says why it could not be read."""

    origin: Digest  # of the manifest that brought it
    format: str
    attested: bool  # in a signed statement
    differences: SbomDifferences | None
    reason: str = ""


def compare_sboms(
    records: Records, claims: ClaimSource, repository: str, image: Digest
) -> tuple[ComparedSbom, ...]:
    """Compare every document that is there; none where nobody attached one, or the image is not analysed."""
    with records.read() as kept:
        own = {document.referrer for document in kept.contents.sboms(image)}
        found: list[Package] = []
        after = ""
        while True:
            page = kept.contents.image_packages(image, after=after, limit=MAX_LIMIT)
            found += [installed.package for installed in page.items]
            after = page.next
            if not after:
                break
    documents = [
        *_attached(claims, repository, image, own),
        *_attested(claims, repository, image),
    ]
    return tuple(_compared(*document, found) for document in documents[:MOST])


def _compared(origin: Digest, content: bytes | None, attested: bool, found: list[Package]) -> ComparedSbom:
    if content is None:
        return ComparedSbom(origin, "", attested, None, "its content is not in this registry")
    try:
        sbom = read_sbom(content)
    except LadingError as error:
        return ComparedSbom(origin, "", attested, None, error.message)
    declared = [one.package for one in sbom.declared]
    return ComparedSbom(origin, sbom.format, attested, compare(declared, found, sbom.unnamed))


def _attached(
    claims: ClaimSource, repository: str, image: Digest, own: set[Digest]
) -> Iterator[tuple[Digest, bytes | None, bool]]:
    for type_ in _TYPES:
        for referrer in claims.referrers(repository, image, (type_,), MOST + len(own)):
            if referrer.digest not in own:
                raw = claims.manifest(repository, referrer.digest)
                for content in _layers(claims, repository, raw):
                    yield referrer.digest, content, False


def _attested(
    claims: ClaimSource, repository: str, image: Digest
) -> Iterator[tuple[Digest, bytes | None, bool]]:
    raw = claims.tagged_manifest(repository, f"{image.algorithm}-{image.hex}.att")
    for content in _layers(claims, repository, raw):
        document = None if content is None else _predicate(content)
        if document is not None:
            yield Digest.of(raw or b""), document, True


def _layers(claims: ClaimSource, repository: str, raw: bytes | None) -> Iterator[bytes | None]:
    manifest = None if raw is None else parse_manifest(raw)
    if isinstance(manifest, Manifest):
        for layer in manifest.layers[:MOST]:
            yield claims.blob(repository, layer.digest, MAX_BYTES)


def _predicate(envelope: bytes) -> bytes | None:
    """The bill of materials that an attestation states; None where it states something else."""
    try:
        payload = parse_envelope(envelope).payload
        statement = strict_json.decode_object(payload, what="statement", max_bytes=MAX_BYTES)
    except LadingError:
        return None
    predicate = statement.get("predicate")
    if not str(statement.get("predicateType", "")).startswith(_PREDICATES) or not isinstance(predicate, dict):
        return None
    # cosign wraps documents of some types in an object of its own.
    inner = predicate.get("Data") if set(predicate) <= {"Data", "Timestamp"} else predicate
    return inner.encode() if isinstance(inner, str) else strict_json.encode_canonical(inner)
