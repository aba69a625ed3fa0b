"""Other registries, the caches of them, and what is held of the tags of one."""

from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.links import list_link
from lading.console.views.caches import CachesView, cache_row, cached_tag_row, upstream_row
from lading.console.visit import Visit
from lading.workflows.upstream_accounts import list_cached_tags, list_caches, list_upstreams

ROWS = 100
_PATH = "/registry/caches"


def show(visit: Visit) -> Answer:
    """Show upstreams and caches, and the tags of the cache that is asked for or of the first."""
    records, caller = visit.services.records, visit.caller
    upstreams = list_upstreams(records, caller, visit.now)
    caches = list_caches(records, caller)
    prefix, after = (
        visit.asked("cache") or (caches[0].prefix if caches else ""),
        visit.asked("after", limit=400),
    )
    page = list_cached_tags(records, caller, prefix, after=after, limit=ROWS)
    view = CachesView(
        upstreams=tuple(upstream_row(each, visit.now) for each in upstreams),
        caches=tuple(cache_row(each, shown=prefix) for each in caches),
        prefix=prefix,
        tags=tuple(cached_tag_row(each, visit.now) for each in page.items),
        next_link=list_link(_PATH, cache=prefix, after=page.next) if page.next else "",
        first_link=list_link(_PATH, cache=prefix) if after else "",
    )
    return Page("caches.html", "Caches", Section.CACHES, view)
