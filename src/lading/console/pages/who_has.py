"""The search box: who has this flaw or this package?"""

from lading.console.answers import Answer, Page
from lading.console.formats.sentences import whole_sentence
from lading.console.frame import Section
from lading.console.views.who_has import WhoHasView, exploited_rows, who_has_view
from lading.console.visit import Visit
from lading.foundation.errors import Malformed, NotFound, OverLimit
from lading.matching.question import MAX_QUESTION
from lading.workflows.survey import exploited_flaws
from lading.workflows.who_has import who_has

ROWS = 100


def show(visit: Visit) -> Answer:
    """Answer a question, or say what can be asked."""
    asked, after = visit.asked("q", limit=MAX_QUESTION), visit.asked("after", limit=1000)
    if not asked:
        exploited = exploited_flaws(visit.services.records, visit.caller)
        return _page(WhoHasView(asked="", exploited=exploited_rows(exploited)))
    try:
        answer = who_has(visit.services.records, visit.caller, asked, after=after, limit=ROWS)
    except (Malformed, NotFound, OverLimit) as error:
        return _page(
            WhoHasView(asked, problem=whole_sentence(error.message), hint=whole_sentence(error.hint)),
            status=400,
        )
    return _page(who_has_view(asked, answer, after=after, now=visit.now))


def _page(view: WhoHasView, status: int = 200) -> Page:
    title = f"Who has {view.asked}" if view.asked else "Who has"
    return Page("who_has.html", title, Section.WHO_HAS, view, status=status, search=view.asked)
