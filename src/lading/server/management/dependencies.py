"""`/api/v1/image/why`: what needs a package of an image, and what it needs."""

from typing import Annotated

from fastapi import APIRouter, Query

from lading.api.dependencies import WhyAnswer
from lading.server.management.asking import Asking, Services
from lading.server.management.dependency_lines import why_line
from lading.server.management.images import Ref, own_reference
from lading.workflows.why_here import why_here

router = APIRouter(tags=["images"])

Name = Annotated[str, Query(max_length=300, description="as packages are listed, with or without its scope")]


@router.get("/image/why")
def get_why(services: Services, caller: Asking, ref: Ref, package: Name) -> WhyAnswer:
    """Tell why packages of a name are in an image: the shortest ways to them from what nothing needs."""
    reference = own_reference(services, ref)
    digest, found = why_here(services.records, caller, reference.repository, reference.tag_or_digest, package)
    return WhyAnswer(digest=str(digest), packages=[why_line(each) for each in found])
