"""The list of images."""

from lading.console.answers import Answer, Page, Redirect
from lading.console.frame import Section
from lading.console.links import image_link
from lading.console.views.images import ImagesFilter, ImagesView, image_row, images_link
from lading.console.visit import Visit
from lading.workflows.list_images import list_images
from lading.workflows.show_image import find_image

ROWS = 50


def show(visit: Visit) -> Answer:
    """Show a page of the list."""
    wanted = ImagesFilter(
        search=visit.asked("q"),
        repository=visit.asked("repository"),
        verdict=visit.asked("verdict"),
        severity=visit.asked("severity"),
        analysis=visit.asked("analysis"),
        running=visit.asked("running"),
    )
    after = visit.asked("after")
    page = list_images(
        visit.services.records,
        visit.caller,
        wanted=wanted.to_filter(),
        after=after,
        limit=ROWS,
    )
    view = ImagesView(
        wanted=wanted,
        rows=tuple(image_row(listed, visit.now) for listed in page.items),
        next_link=images_link(wanted, page.next) if page.next else "",
        first_link=images_link(wanted) if after else "",
        registry=visit.services.registry,
    )
    return Page("images.html", "Images", Section.IMAGES, view)


def by_tag(visit: Visit) -> Answer:
    """Lead from a tag to the image that it means now."""
    repository, tag = visit.place["repository"], visit.place["tag"]
    digest = find_image(visit.services.records, visit.caller, repository, tag)
    return Redirect(image_link(repository, str(digest)))
