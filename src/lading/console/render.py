"""Templates: view models in, HTML out. Autoescape is on for every template, whatever its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from lading.console.formats.digests import short_digest
from lading.console.formats.numbers import count, counted
from lading.console.formats.principals import who
from lading.console.formats.sizes import exact_size, size
from lading.console.frame import Area, Frame
from lading.console.links import FILTERS
from lading.console.static_files import StaticFiles


@dataclass(frozen=True, slots=True)
class Renderer:
    """Compiled templates and the addresses of static files."""

    environment: Environment

    def page(self, template: str, frame: Frame, view: object) -> str:
        """Render a page from its view model, which the template knows as ``view``."""
        return self.environment.get_template(template).render(frame=frame, view=view)


def make_renderer(static: StaticFiles) -> Renderer:
    """Prepare the templates. A name that a view does not have is an error, never empty text."""
    environment = Environment(
        loader=PackageLoader("lading.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    formats: Mapping[str, Any] = {
        "count": count,
        "counted": counted,
        "size": size,
        "exact_size": exact_size,
        "short": short_digest,
        "who": who,
        **FILTERS,
    }
    environment.filters.update(formats)
    environment.globals.update(areas=tuple(area for area in Area if area.sections), static=static.addresses)
    return Renderer(environment)
