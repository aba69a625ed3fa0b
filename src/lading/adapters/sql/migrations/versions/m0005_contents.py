"""What layers and images hold."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import PLAIN_TEXT, ROW_ID, AnyText, DigestText, Instant, Json, Packed

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables of contents."""
    op.create_table(
        "image",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("manifest", DigestText, nullable=False),
        sa.Column("config", DigestText, nullable=False),
        sa.Column("os", AnyText, nullable=False),
        sa.Column("architecture", AnyText, nullable=False),
        sa.Column("variant", AnyText, nullable=False),
        sa.Column("os_version", AnyText, nullable=False),
        sa.Column("user", AnyText, nullable=False),
        sa.Column("created", AnyText, nullable=False),
        sa.Column("labels", Json, nullable=False),
        sa.Column("distro", Json, nullable=True),
        sa.Column("analysis_state", AnyText, nullable=False),
        sa.Column("analyser", AnyText, nullable=False),
        sa.Column("analysis_changed_at", Instant, nullable=False),
        sa.Column("analysis_reason", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_image"),
        sa.UniqueConstraint("manifest", name="uq_image_manifest"),
    )
    op.create_index(
        "ix_image_analysis_state_analyser_manifest", "image", ["analysis_state", "analyser", "manifest"]
    )
    op.create_index("ix_image_config", "image", ["config"])
    op.create_table(
        "layer",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("diff_id", DigestText, nullable=False),
        sa.Column("analyser", AnyText, nullable=False),
        sa.Column("placed_on", AnyText, nullable=False),
        sa.Column("blob", AnyText, nullable=False),
        sa.Column("facts", Packed, nullable=False),
        sa.Column("secrets", sa.Integer, nullable=False),
        sa.Column("unreadable", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_layer"),
        sa.UniqueConstraint(
            "diff_id", "analyser", "placed_on", "blob", name="uq_layer_diff_id_analyser_placed_on_blob"
        ),
    )
    op.create_table(
        "package",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("type", AnyText, nullable=False),
        sa.Column("namespace", AnyText, nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.Column("version", AnyText, nullable=False),
        sa.Column("arch", AnyText, nullable=False),
        sa.Column("distro", AnyText, nullable=False),
        sa.Column("source_name", AnyText, nullable=False),
        sa.Column("source_version", AnyText, nullable=False),
        sa.Column("licenses", Json, nullable=False),
        sa.Column("version_key", sa.LargeBinary, nullable=True),
        sa.Column("matched", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_package"),
        sa.UniqueConstraint("fingerprint", name="uq_package_fingerprint"),
    )
    op.create_index("ix_package_matched_id", "package", ["matched", "id"])
    op.create_index("ix_package_name_type", "package", ["name", "type"])
    op.create_table(
        "sbom_document",
        sa.Column("manifest", DigestText, nullable=False),
        sa.Column("format", AnyText, nullable=False),
        sa.Column("document", DigestText, nullable=False),
        sa.Column("referrer", DigestText, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("manifest", "format", name="pk_sbom_document"),
    )
    op.create_table(
        "image_layer",
        sa.Column("image_id", ROW_ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("diff_id", DigestText, nullable=False),
        sa.Column("blob", DigestText, nullable=False),
        sa.Column("media_type", AnyText, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("step", AnyText, nullable=False),
        sa.Column("layer_id", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_image_layer_image_id"),
        sa.ForeignKeyConstraint(["layer_id"], ["layer.id"], name="fk_image_layer_layer_id"),
        sa.PrimaryKeyConstraint("image_id", "position", name="pk_image_layer"),
    )
    op.create_index("ix_image_layer_layer_id", "image_layer", ["layer_id"])
    op.create_table(
        "package_name",
        sa.Column("package_id", ROW_ID, nullable=False),
        sa.Column("key", PLAIN_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], name="fk_package_name_package_id"),
        sa.PrimaryKeyConstraint("package_id", "key", name="pk_package_name"),
    )
    op.create_index("ix_package_name_key_package_id", "package_name", ["key", "package_id"])
    op.create_table(
        "package_source",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("layer_id", ROW_ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("path", AnyText, nullable=False),
        sa.Column("cataloger", AnyText, nullable=False),
        sa.ForeignKeyConstraint(["layer_id"], ["layer.id"], name="fk_package_source_layer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_package_source"),
        sa.UniqueConstraint("layer_id", "position", name="uq_package_source_layer_id_position"),
    )
    op.create_table(
        "image_hidden_source",
        sa.Column("image_id", ROW_ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("source_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_image_hidden_source_image_id"),
        sa.ForeignKeyConstraint(
            ["source_id"], ["package_source.id"], name="fk_image_hidden_source_source_id"
        ),
        sa.PrimaryKeyConstraint("image_id", "position", "source_id", name="pk_image_hidden_source"),
    )
    op.create_table(
        "image_introduction",
        sa.Column("image_id", ROW_ID, nullable=False),
        sa.Column("source_id", ROW_ID, nullable=False),
        sa.Column("package_id", ROW_ID, nullable=False),
        sa.Column("layer", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_image_introduction_image_id"),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], name="fk_image_introduction_package_id"),
        sa.ForeignKeyConstraint(["source_id"], ["package_source.id"], name="fk_image_introduction_source_id"),
        sa.PrimaryKeyConstraint("image_id", "source_id", "package_id", name="pk_image_introduction"),
    )
    op.create_table(
        "source_package",
        sa.Column("source_id", ROW_ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("package_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], name="fk_source_package_package_id"),
        sa.ForeignKeyConstraint(["source_id"], ["package_source.id"], name="fk_source_package_source_id"),
        sa.PrimaryKeyConstraint("source_id", "position", name="pk_source_package"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_source_package_package_id_source_id", "source_package", ["package_id", "source_id"])
