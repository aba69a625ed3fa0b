"""`/api/v1/images`, `/api/v1/image`: what is known of images."""

import contextlib
from typing import Annotated

from fastapi import APIRouter, Query, Response

from lading.api.images import ImageDetails, ImageLine, SbomComparisonLine
from lading.api.message import Listing
from lading.foundation.errors import NotFound
from lading.oci.reference import Reference, parse_reference
from lading.ports.records.page import MAX_LIMIT
from lading.server.management.asking import Asking, Services
from lading.server.management.image_lines import comparison_line, details, listed_line
from lading.server.management.services import ManagementServices
from lading.workflows.compare_sboms import compare_sboms
from lading.workflows.list_images import ImageFilter, list_images
from lading.workflows.show_image import find_image, show_image

router = APIRouter(tags=["images"])

Ref = Annotated[str, Query(max_length=600, description="repository[:tag][@digest], with or without the host")]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]


def own_reference(services: ManagementServices, text: str) -> Reference:
    """Read a reference to an image of this registry. Raises NotFound for another registry's."""
    reference = parse_reference(text, default_registry=services.registry)
    if reference.registry != services.registry:
        raise NotFound(
            "image-elsewhere",
            f"{reference} is an image of {reference.registry}, and this registry is {services.registry}",
        )
    return reference


@router.get("/images")
def get_images(
    services: Services,
    caller: Asking,
    repository: str = "",
    containing: str = "",
    after: str = "",
    limit: Limit = 100,
) -> Listing[ImageLine]:
    """List images, newest first."""
    wanted = ImageFilter(repository, containing)
    page = list_images(services.records, caller, wanted=wanted, after=after, limit=limit)
    return Listing(items=[listed_line(listed) for listed in page.items], next=page.next)


@router.get("/image")
def get_image(services: Services, caller: Asking, ref: Ref) -> ImageDetails:
    """Show one image with everything that is known of it."""
    reference = own_reference(services, ref)
    return details(show_image(services.records, caller, reference.repository, reference.tag_or_digest))


@router.get("/image/sbom", response_class=Response)
def get_sbom(
    services: Services,
    caller: Asking,
    ref: Ref,
    form: Annotated[str, Query(alias="format", pattern="^(cyclonedx|spdx|spdx-3)$")] = "cyclonedx",
) -> Response:
    """Download a bill of materials, byte for byte as it is attached to the image."""
    reference = own_reference(services, ref)
    shown = show_image(services.records, caller, reference.repository, reference.tag_or_digest)
    for sbom in shown.sboms:
        if sbom.format.startswith(form):
            with contextlib.closing(services.blobs.read(sbom.document)) as stream:
                return Response(b"".join(stream), media_type="application/json")
    raise NotFound(
        "sbom-unknown",
        f"{reference} has no {form} bill of materials",
        hint="it is made when the image has been analysed; look at its analysis with `lading image`",
    )


@router.get("/image/sbom/comparisons")
def get_sbom_comparisons(services: Services, caller: Asking, ref: Ref) -> Listing[SbomComparisonLine]:
    """Compare bills of materials that others attached or attested with what was found in the image."""
    reference = own_reference(services, ref)
    digest = find_image(services.records, caller, reference.repository, reference.tag_or_digest)
    claims = services.gate.sources.claims
    compared = compare_sboms(services.records, claims, reference.repository, digest)
    return Listing(items=[comparison_line(each) for each in compared])
