"""What findings rest on: feeds of advisories and how they stand, and what is stated about findings."""

from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.views.feeds import KnowledgeView, feed_standing_row, statement_rows
from lading.console.visit import Visit
from lading.workflows.feed_standing import feed_gaps, feed_reports

ROWS = 200


def show(visit: Visit) -> Answer:
    """Show the feeds, those to be alarmed about first, and the statements."""
    services = visit.services
    reports = feed_reports(services.records, services.subscribed, services.feed_max_age, visit.now)
    with services.records.read() as kept:
        page = kept.vex.statements(limit=ROWS)
    rows = sorted(
        (feed_standing_row(each, visit.now) for each in reports), key=lambda row: row.badge.tone != "bad"
    )
    view = KnowledgeView(
        tuple(rows), feed_gaps(services.records), statement_rows(page.items, visit.now), bool(page.next)
    )
    return Page("feeds.html", "Feeds", Section.FEEDS, view)
