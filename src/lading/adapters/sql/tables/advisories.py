"""Advisories, their names, the packages they speak of, and what matching found."""

import sqlalchemy as sa

from lading.adapters.sql.columns import PLAIN_TEXT, ROW_ID, AnyText, Instant, Json
from lading.adapters.sql.tables.contents import PACKAGE
from lading.adapters.sql.tables.metadata import METADATA

FEED = sa.Table(
    "feed",
    METADATA,
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("imported_at", Instant, nullable=False),
    sa.Column("published_at", Instant),
    sa.Column("digest", AnyText, nullable=False),
    sa.Column("advisories", sa.Integer, nullable=False),
)

# The last time that a feed was fetched, or was tried to.
FEED_FETCH = sa.Table(
    "feed_fetch",
    METADATA,
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("url", AnyText, nullable=False),
    sa.Column("attempted_at", Instant, nullable=False),
    sa.Column("succeeded_at", Instant),
    sa.Column("problem", AnyText, nullable=False),  # empty where it went well
)

EXPLOIT_SCORE = sa.Table(
    "exploit_score",
    METADATA,
    sa.Column("flaw", AnyText, primary_key=True),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("percentile", sa.Float, nullable=False),
    sqlite_with_rowid=False,
)

ADVISORY = sa.Table(
    "advisory",
    METADATA,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("feed", AnyText, nullable=False),
    sa.Column("advisory_id", AnyText, nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False),  # all but what it says of packages
    sa.Column("document_digest", sa.LargeBinary, nullable=False),  # tells whether an import changed it
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    sa.Column("known_exploited", sa.Boolean, nullable=False),
    sa.Column("rating", AnyText, nullable=False),  # the severity that it gives to its flaw
    # Gone from its feed; the row stays while a match rests on it, until that package is matched again.
    sa.Column("removed", sa.Boolean, nullable=False),
    sa.UniqueConstraint("feed", "advisory_id"),
)

ADVISORY_NAME = sa.Table(
    "advisory_name",
    METADATA,
    sa.Column("advisory", sa.ForeignKey(ADVISORY.c.id), primary_key=True),
    sa.Column("name", AnyText, primary_key=True),
    sa.Index(None, "name"),
)

# Keys are those of ``package_name``.
ADVISORY_PACKAGE = sa.Table(
    "advisory_package",
    METADATA,
    sa.Column("advisory", sa.ForeignKey(ADVISORY.c.id), primary_key=True),
    sa.Column("key", PLAIN_TEXT, primary_key=True),
    sa.Column("affected", sa.LargeBinary, nullable=False),  # what the advisory says of it
    sa.Index(None, "key"),
)

# Of how many packages each feed says something, by realm. It is kept as advisories come and go: to count them
# anew would read all that is said.
FEED_REALM = sa.Table(
    "feed_realm",
    METADATA,
    sa.Column("feed", AnyText, primary_key=True),
    sa.Column("type", AnyText, primary_key=True),
    sa.Column("release", AnyText, primary_key=True),  # empty for ecosystems
    sa.Column("statements", sa.Integer, nullable=False),
)

# Verdicts about packages that had one before: what somebody may want to be told.
VERDICT_CHANGE = sa.Table(
    "verdict_change",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("package_id", sa.ForeignKey(PACKAGE.c.id), nullable=False),
    sa.Column("flaw", AnyText, nullable=False),
    sa.Column("severity", AnyText, nullable=False),
    sa.Column("before", AnyText, nullable=False),  # empty where there was no finding
    sa.Column("after", AnyText, nullable=False),  # empty where there is none any more
    sa.Column("fixed_in", AnyText, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index(None, "package_id"),
    sa.Index(None, "flaw"),
)

# Who has taken note of a change, in their words.
VERDICT_ACKNOWLEDGEMENT = sa.Table(
    "verdict_acknowledgement",
    METADATA,
    sa.Column("change", sa.ForeignKey(VERDICT_CHANGE.c.sequence), primary_key=True, autoincrement=False),
    sa.Column("word", AnyText, nullable=False),
    sa.Column("acknowledged_by", AnyText, nullable=False),
    sa.Column("acknowledged_at", Instant, nullable=False),
)

PACKAGE_MATCH = sa.Table(
    "package_match",
    METADATA,
    sa.Column("package_id", sa.ForeignKey(PACKAGE.c.id), primary_key=True),
    sa.Column("flaw", AnyText, primary_key=True),
    sa.Column("advisory", sa.ForeignKey(ADVISORY.c.id), nullable=False),
    sa.Column("status", AnyText, nullable=False),
    sa.Column("severity", AnyText, nullable=False),
    sa.Column("fixed_in", AnyText, nullable=False),
    sa.Column("reason", Json, nullable=False),
    sa.Index(None, "flaw"),
    sa.Index(None, "advisory"),
    sqlite_with_rowid=False,  # a package's matches stand together
)
