"""Repositories, manifests, tags and blob membership."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, DigestText, Instant, Json

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of the registry."""
    op.create_table(
        "manifest",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("kind", AnyText, nullable=False),
        sa.Column("subject", DigestText, nullable=True),
        sa.Column("artifact_type", AnyText, nullable=False),
        sa.Column("annotations", Json, nullable=False),
        sa.Column("blob_bytes", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_manifest"),
        sa.UniqueConstraint("digest", name="uq_manifest_digest"),
    )
    op.create_index("ix_manifest_subject_digest", "manifest", ["subject", "digest"])
    op.create_table(
        "repository",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("created_by", AnyText, nullable=False),
        sa.Column("owner", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_repository"),
        sa.UniqueConstraint("name", name="uq_repository_name"),
    )
    op.create_table(
        "manifest_blob",
        sa.Column("manifest_id", ROW_ID, nullable=False),
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["manifest_id"], ["manifest.id"], name="fk_manifest_blob_manifest_id"),
        sa.PrimaryKeyConstraint("manifest_id", "digest", name="pk_manifest_blob"),
    )
    op.create_index("ix_manifest_blob_digest", "manifest_blob", ["digest"])
    op.create_table(
        "manifest_child",
        sa.Column("manifest_id", ROW_ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("platform", AnyText, nullable=False),
        sa.ForeignKeyConstraint(["manifest_id"], ["manifest.id"], name="fk_manifest_child_manifest_id"),
        sa.PrimaryKeyConstraint("manifest_id", "position", name="pk_manifest_child"),
    )
    op.create_index("ix_manifest_child_digest", "manifest_child", ["digest"])
    op.create_table(
        "repository_blob",
        sa.Column("repository_id", ROW_ID, nullable=False),
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("linked_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name="fk_repository_blob_repository_id"
        ),
        sa.PrimaryKeyConstraint("repository_id", "digest", name="pk_repository_blob"),
    )
    op.create_index("ix_repository_blob_digest", "repository_blob", ["digest"])
    op.create_table(
        "repository_manifest",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("repository_id", ROW_ID, nullable=False),
        sa.Column("manifest_id", ROW_ID, nullable=False),
        sa.Column("media_type", AnyText, nullable=False),
        sa.Column("pushed_at", Instant, nullable=False),
        sa.Column("pushed_by", AnyText, nullable=False),
        sa.ForeignKeyConstraint(["manifest_id"], ["manifest.id"], name="fk_repository_manifest_manifest_id"),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name="fk_repository_manifest_repository_id"
        ),
        sa.PrimaryKeyConstraint("sequence", name="pk_repository_manifest"),
        sa.UniqueConstraint(
            "repository_id", "manifest_id", name="uq_repository_manifest_repository_id_manifest_id"
        ),
    )
    op.create_index("ix_repository_manifest_manifest_id", "repository_manifest", ["manifest_id"])
    op.create_index(
        "ix_repository_manifest_repository_id_sequence", "repository_manifest", ["repository_id", "sequence"]
    )
    op.create_table(
        "tag_event",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("repository_id", ROW_ID, nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.Column("before", DigestText, nullable=True),
        sa.Column("after", DigestText, nullable=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", AnyText, nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name="fk_tag_event_repository_id"),
        sa.PrimaryKeyConstraint("sequence", name="pk_tag_event"),
    )
    op.create_index(
        "ix_tag_event_repository_id_name_sequence", "tag_event", ["repository_id", "name", "sequence"]
    )
    op.create_table(
        "tag",
        sa.Column("repository_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.Column("manifest_id", ROW_ID, nullable=False),
        sa.Column("moved_at", Instant, nullable=False),
        sa.Column("moved_by", AnyText, nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id", "manifest_id"],
            ["repository_manifest.repository_id", "repository_manifest.manifest_id"],
            name="fk_tag_repository_id_manifest_id",
        ),
        sa.PrimaryKeyConstraint("repository_id", "name", name="pk_tag"),
    )
    op.create_index("ix_tag_repository_id_manifest_id", "tag", ["repository_id", "manifest_id"])
