"""What runs, and how it stands."""

from collections import Counter

from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.links import list_link
from lading.console.views.running import RunningView, flag_counts, host_rows, running_row, shown_flags
from lading.console.visit import Visit
from lading.workflows.list_running import RunningEntry, list_running
from lading.workflows.rights import load_ownership_rules
from lading.workflows.survey import list_hosts

LOOKED_AT = 100  # containers of one page: each distinct image among them is judged once


def show(visit: Visit) -> Answer:
    """Show containers with what is wrong or not known of each."""
    services = visit.services
    host, flag, search = visit.asked("host"), visit.asked("flag"), visit.asked("q")
    after = visit.asked("after", limit=1000)
    page = list_running(
        services.gate,
        visit.caller,
        visit.now,
        environment_of=services.environment_of_host,
        host=host,
        after=after,
        limit=LOOKED_AT,
    )
    found = [entry for entry in page.items if _has_name(entry, search)]
    wanted = [entry for entry in found if not flag or flag in shown_flags(entry.standing)]
    rules = load_ownership_rules(services.records)
    fields = {"host": host, "flag": flag, "q": search}
    view = RunningView(
        host=host,
        flag=flag,
        search=search,
        flags=flag_counts(
            Counter(one for entry in found for one in shown_flags(entry.standing)),
            host=host,
            search=search,
            after=after,
        ),
        rows=tuple(running_row(entry, rules, visit.now) for entry in wanted),
        hosts=host_rows(list_hosts(services.records, visit.caller), visit.now),
        next_link=list_link("/running", **fields, after=page.next) if page.next else "",
        first_link=list_link("/running", **fields) if after else "",
        address=services.address,
    )
    return Page("running.html", "Running", Section.RUNNING, view)


def _has_name(entry: RunningEntry, search: str) -> bool:
    container = entry.seen.container
    names = [container.name, container.image_reference, *container.manifest_digests]
    return any(search in name for name in names)
