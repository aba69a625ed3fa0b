"""The list of repositories."""

from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.links import list_link
from lading.console.views.repositories import RepositoriesView, repository_line
from lading.console.visit import Visit
from lading.workflows.survey import list_owned_repositories

ROWS = 100


def show(visit: Visit) -> Answer:
    """Show a page of the list."""
    unowned, after = visit.asked("owner") == "none", visit.asked("after")
    page = list_owned_repositories(
        visit.services.records, visit.caller, only_unowned=unowned, after=after, limit=ROWS
    )
    owner = "none" if unowned else ""
    view = RepositoriesView(
        only_unowned=unowned,
        rows=tuple(repository_line(owned, visit.now) for owned in page.items),
        next_link=list_link("/repositories", owner=owner, after=page.next) if page.next else "",
        first_link=list_link("/repositories", owner=owner) if after else "",
        registry=visit.services.registry,
    )
    return Page("repositories.html", "Repositories", Section.REPOSITORIES, view)
