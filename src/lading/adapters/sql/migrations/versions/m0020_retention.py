"""Rules of retention, legal holds, and what was pulled and deployed."""

import json

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, DigestText, Instant, Json

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Make the tables; what agents have reported so far was deployed."""
    op.create_table(
        "retention_rule",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("id", AnyText, nullable=False),
        sa.Column("repositories", AnyText, nullable=False),
        sa.Column("tags", AnyText, nullable=False),
        sa.Column("conditions", Json, nullable=False),
        sa.Column("reason", AnyText, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("made_by", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_retention_rule"),
        sa.UniqueConstraint("id", name="uq_retention_rule_id"),
    )
    op.create_table(
        "legal_hold",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("id", AnyText, nullable=False),
        sa.Column("repositories", AnyText, nullable=False),
        sa.Column("digest", DigestText, nullable=True),
        sa.Column("reason", AnyText, nullable=False),
        sa.Column("placed_at", Instant, nullable=False),
        sa.Column("placed_by", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_legal_hold"),
        sa.UniqueConstraint("id", name="uq_legal_hold_id"),
    )
    op.create_table(
        "pull",
        sa.Column("repository_id", ROW_ID, nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.Column("last_at", Instant, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name="fk_pull_repository_id"),
        sa.PrimaryKeyConstraint("repository_id", "name", name="pk_pull"),
    )
    deployed = op.create_table(
        "deployed",
        sa.Column("digest", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_deployed"),
    )
    digests: set[str] = set()
    for (text,) in op.get_bind().execute(sa.text("SELECT document FROM running_container")):
        document = json.loads(text)
        digests.add(document["image_id"])
        digests.update(name.rpartition("@")[2] for name in document.get("manifest_digests", ()))
    if digests:
        op.bulk_insert(deployed, [{"digest": digest} for digest in sorted(digests)])
