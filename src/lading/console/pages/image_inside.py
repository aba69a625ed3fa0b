"""Layers and secrets of one image."""

from collections import Counter

from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.pages.image_context import header_of, is_analysed, look, part_link, ranked
from lading.console.views.image_header import Part
from lading.console.views.layers import LayersView, SecretsView, layer_rows, secret_rows, unreadable_rows
from lading.console.visit import Visit


def layers(visit: Visit) -> Answer:
    """Show layers with what each brought, and what could not be read."""
    shown = look(visit)
    repository, digest = shown.stored.repository, str(shown.stored.digest)
    view = LayersView(
        header=header_of(visit, shown, Part.LAYERS),
        rows=layer_rows(
            shown.image.layers if shown.image else (),
            repository=repository,
            digest=digest,
            packages=Counter(installed.layer for installed in shown.packages),
            findings=ranked(shown),
            secrets=shown.secrets,
        ),
        unreadable=unreadable_rows(shown.unreadable),
        secrets_link=part_link(shown, Part.SECRETS),
    )
    return Page("image_layers.html", f"Layers of {repository}", Section.IMAGES, view)


def secrets(visit: Visit) -> Answer:
    """Show secrets of all layers."""
    shown = look(visit)
    repository, digest = shown.stored.repository, str(shown.stored.digest)
    view = SecretsView(
        header=header_of(visit, shown, Part.SECRETS),
        rows=secret_rows(
            shown.secrets,
            shown.inspection.secrets if shown.inspection else (),
            shown.image.layers if shown.image else (),
            repository,
            digest,
        ),
        unknown=not is_analysed(shown),
    )
    return Page("image_secrets.html", f"Secrets of {repository}", Section.IMAGES, view)
