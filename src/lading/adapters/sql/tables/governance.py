"""Policies, waivers, decisions, environments, promotions, verifications."""

import sqlalchemy as sa

from lading.adapters.sql.columns import ROW_ID, AnyText, DigestText, Instant, Json
from lading.adapters.sql.tables.metadata import METADATA

POLICY = sa.Table(
    "policy",
    METADATA,
    sa.Column("digest", DigestText, primary_key=True),
    sa.Column("text", AnyText, nullable=False),
)

# The newest activation is in force.
POLICY_ACTIVATION = sa.Table(
    "policy_activation",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("policy", sa.ForeignKey(POLICY.c.digest), nullable=False),
    sa.Column("set_at", Instant, nullable=False),
    sa.Column("set_by", AnyText, nullable=False),
    sa.Column("envelope", AnyText, nullable=False, server_default=""),
    sa.Index(None, "policy"),
)

GATE_SIGHTING = sa.Table(
    "gate_sighting",
    METADATA,
    sa.Column("gate", AnyText, primary_key=True),
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("policy", AnyText, nullable=False),
    sa.Column("version", AnyText, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
)

WAIVER = sa.Table(
    "waiver",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("id", AnyText, nullable=False, unique=True),
    sa.Column("repositories", AnyText, nullable=False),
    sa.Column("rules", Json, nullable=False),
    sa.Column("vulnerabilities", Json, nullable=False),
    sa.Column("digest", DigestText),
    sa.Column("environments", Json, nullable=False),
    sa.Column("reason", AnyText, nullable=False),
    sa.Column("ticket", AnyText, nullable=False),
    sa.Column("requester", AnyText, nullable=False),
    sa.Column("requested_at", Instant, nullable=False),
    sa.Column("expires", Instant, nullable=False),
    sa.Column("approver", AnyText, nullable=False),
    sa.Column("approved_at", Instant),
    sa.Column("revoked_by", AnyText, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Column("kind", AnyText, nullable=False, server_default=""),
    sa.Column("risk", AnyText, nullable=False, server_default=""),
    sa.Column("control", AnyText, nullable=False, server_default=""),
    sa.Column("renews", AnyText, nullable=False, server_default=""),
    sa.Column("only", Json, nullable=False, server_default="[]"),
    sa.Column("renewals", sa.Integer, nullable=False, server_default="0"),
    sa.Index(None, "expires"),
)

APPROVAL = sa.Table(
    "approval",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("id", AnyText, nullable=False, unique=True),
    sa.Column("kind", AnyText, nullable=False),
    sa.Column("subject", AnyText, nullable=False),
    sa.Column("title", AnyText, nullable=False),
    sa.Column("requester", AnyText, nullable=False),
    sa.Column("requester_person", AnyText, nullable=False),
    sa.Column("requested_at", Instant, nullable=False),
    sa.Column("deadline", Instant, nullable=False),
    sa.Column("quorum", sa.Integer, nullable=False),
    sa.Column("ticket", AnyText, nullable=False),
    sa.Column("evidence", Json, nullable=False),
    sa.Column("votes", Json, nullable=False),
    sa.Column("state", AnyText, nullable=False),
    sa.Column("concluded_at", Instant),
    sa.Index(None, "kind", "subject"),
    sa.Index(None, "state", "sequence"),
)

DELEGATION = sa.Table(
    "delegation",
    METADATA,
    sa.Column("id", AnyText, primary_key=True),
    sa.Column("giver", AnyText, nullable=False),
    sa.Column("taker", AnyText, nullable=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("reason", AnyText, nullable=False),
    sa.Column("given_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Index(None, "taker"),
)

EVIDENCE = sa.Table(
    "evidence",
    METADATA,
    sa.Column("digest", DigestText, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),  # deflated
)

DECISION = sa.Table(
    "decision",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("id", AnyText, nullable=False, unique=True),
    sa.Column("image", AnyText, nullable=False),  # a digest, empty where the image is not known
    sa.Column("gate", AnyText, nullable=False),
    sa.Column("environment", AnyText, nullable=False),
    sa.Column("outcome", AnyText, nullable=False),
    sa.Column("policy", AnyText, nullable=False),
    sa.Column("evidence", AnyText, nullable=False),
    sa.Column("waivers", DigestText, nullable=False),
    sa.Column("reference", AnyText, nullable=False),
    sa.Column("by", AnyText, nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False),  # the whole decision as JSON, deflated
    sa.Index(None, "evidence", "policy", "waivers", "sequence"),
    sa.Index(None, "image", "sequence"),
    sa.Index(None, "outcome", "sequence"),
)

ENVIRONMENT = sa.Table(
    "environment",
    METADATA,
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("after", Json, nullable=False),
    sa.Column("needs_approval", sa.Boolean, nullable=False),
    sa.Column("description", AnyText, nullable=False),
    sa.Column("platforms", Json, nullable=False),
)

PROMOTION = sa.Table(
    "promotion",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("id", AnyText, nullable=False, unique=True),
    sa.Column("kind", AnyText, nullable=False),
    sa.Column("repository", AnyText, nullable=False),
    sa.Column("digest", DigestText, nullable=False),
    sa.Column("source", AnyText, nullable=False),
    sa.Column("target", AnyText, nullable=False),
    sa.Column("state", AnyText, nullable=False),
    sa.Column("reason", AnyText, nullable=False),
    sa.Column("ticket", AnyText, nullable=False),
    sa.Column("requester", AnyText, nullable=False),
    sa.Column("requested_at", Instant, nullable=False),
    sa.Column("decision", AnyText, nullable=False),
    sa.Column("previous", DigestText),
    sa.Column("approver", AnyText, nullable=False),
    sa.Column("concluded_at", Instant),
    sa.Column("platforms", Json, nullable=False),  # [platform, outcome, id of the decision] of each
    sa.Index(None, "repository", "target", "sequence"),
)

POINTER = sa.Table(
    "pointer",
    METADATA,
    sa.Column("environment", AnyText, primary_key=True),
    sa.Column("repository", AnyText, primary_key=True),
    sa.Column("digest", DigestText, nullable=False),
    sa.Column("moved_at", Instant, nullable=False),
    sa.Column("moved_by", AnyText, nullable=False),
    sa.Index(None, "digest"),
)

VERIFICATION = sa.Table(
    "verification",
    METADATA,
    sa.Column("repository", AnyText, primary_key=True),
    sa.Column("subject", DigestText, primary_key=True),
    sa.Column("trust_policy", DigestText, primary_key=True),
    sa.Column("environment", AnyText, primary_key=True),
    sa.Column("claims", DigestText, nullable=False),
    sa.Column("outcome", Json, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index(None, "subject"),
)
