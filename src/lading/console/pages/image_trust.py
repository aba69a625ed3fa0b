"""Signatures and attachments of one image, and its bills of materials to download."""

from collections.abc import Iterator

from lading.console.answers import Answer, Download, Page
from lading.console.frame import Section
from lading.console.pages.image_context import header_of, look
from lading.console.views.image_header import Part
from lading.console.views.trust import (
    TrustView,
    build_view,
    proof_badge,
    proof_rows,
    proof_says,
    referrer_rows,
    sbom_links,
)
from lading.console.visit import Visit
from lading.foundation.errors import NotFound
from lading.ports.blob_store import BlobStream
from lading.signing.claims import Subject
from lading.workflows.show_image import ShownImage
from lading.workflows.verify_image import ImageVerification

_SBOM_TYPES = {"cyclonedx": "application/vnd.cyclonedx+json", "spdx": "application/spdx+json"}


def trust(visit: Visit) -> Answer:
    """Show what signatures and attestations say, each verified, rejected, or undetermined."""
    shown = look(visit)
    verification = verification_of(visit, shown)
    view = TrustView(
        header=header_of(visit, shown, Part.TRUST),
        badge=proof_badge(verification.signatures, good="Signed"),
        says=proof_says(verification.signatures),
        through=str(verification.through or ""),
        trust_policy=str(verification.trust_policy),
        rows=proof_rows(verification),
        build=build_view(verification),
        sboms=sbom_links(shown.sboms, shown.stored.repository, visit.now),
        referrers=referrer_rows(shown.referrers),
    )
    return Page("image_trust.html", f"Signatures of {shown.stored.repository}", Section.IMAGES, view)


def sbom(visit: Visit) -> Answer:
    """Hand out a bill of materials."""
    shown = look(visit)
    wanted = visit.place["format"]
    document = next((each for each in shown.sboms if each.format == wanted), None)
    size = visit.services.blobs.stat(document.document) if document else None
    if document is None or size is None:
        raise NotFound("sbom-unknown", f"there is no bill of materials {wanted[:40]} of this image")
    name = wanted.partition("-")[0]
    return Download(
        name=f"{shown.stored.repository.replace('/', '-')}-{shown.stored.digest.short}.{name}.json",
        media_type=_SBOM_TYPES.get(name, "application/json"),
        chunks=_iter_closing(visit.services.blobs.read(document.document)),
        size=size,
    )


def verification_of(visit: Visit, shown: ShownImage) -> ImageVerification:
    """What the trust policy says of the image."""
    subject = Subject(shown.stored.repository, shown.stored.digest)
    return visit.services.gate.sources.verdicts.verify(subject, visit.now)


def _iter_closing(stream: BlobStream) -> Iterator[bytes]:
    try:
        yield from stream
    finally:
        stream.close()
