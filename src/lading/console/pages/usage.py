"""What single images keep, and what bases save: asked for by itself, since it sums over everything."""

from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.views.usage import usage_view
from lading.console.visit import Visit
from lading.workflows.storage_use import list_base_usage, list_image_usage

IMAGES, BASES = 50, 20


def show(visit: Visit) -> Answer:
    """Show the heaviest images, of one project or of all, and the bases that most images stand on."""
    records, project = visit.services.records, visit.asked("project")
    images = list_image_usage(records, visit.caller, project=project, limit=IMAGES)
    bases = () if project else list_base_usage(records, visit.caller, limit=BASES)
    return Page("usage.html", "Images and bases on disk", Section.STORAGE, usage_view(project, images, bases))
