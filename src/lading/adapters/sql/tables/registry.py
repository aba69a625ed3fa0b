"""Repositories, manifests and their edges, tags and their history, blob membership.

A manifest's bytes and edges are kept once; ``repository_manifest`` says where it was pushed.
"""

import sqlalchemy as sa

from lading.adapters.sql.columns import ROW_ID, AnyText, DigestText, Instant, Json
from lading.adapters.sql.tables.metadata import METADATA

REPOSITORY = sa.Table(
    "repository",
    METADATA,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("name", AnyText, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", AnyText, nullable=False),
    sa.Column("owner", AnyText, nullable=False),
    sa.UniqueConstraint("name"),
)

MANIFEST = sa.Table(
    "manifest",
    METADATA,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("digest", DigestText, nullable=False),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("kind", AnyText, nullable=False),
    sa.Column("subject", DigestText),
    sa.Column("artifact_type", AnyText, nullable=False),
    sa.Column("annotations", Json, nullable=False),
    sa.Column("blob_bytes", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("digest"),
    sa.Index(None, "subject", "digest"),
)

REPOSITORY_MANIFEST = sa.Table(
    "repository_manifest",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("repository_id", sa.ForeignKey(REPOSITORY.c.id), nullable=False),
    sa.Column("manifest_id", sa.ForeignKey(MANIFEST.c.id), nullable=False),
    sa.Column("media_type", AnyText, nullable=False),
    sa.Column("pushed_at", Instant, nullable=False),
    sa.Column("pushed_by", AnyText, nullable=False),
    sa.UniqueConstraint("repository_id", "manifest_id"),
    sa.Index(None, "manifest_id"),
    sa.Index(None, "repository_id", "sequence"),
)

MANIFEST_CHILD = sa.Table(
    "manifest_child",
    METADATA,
    sa.Column("manifest_id", sa.ForeignKey(MANIFEST.c.id), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("digest", DigestText, nullable=False),
    sa.Column("platform", AnyText, nullable=False),
    sa.Index(None, "digest"),
)

MANIFEST_BLOB = sa.Table(
    "manifest_blob",
    METADATA,
    sa.Column("manifest_id", sa.ForeignKey(MANIFEST.c.id), primary_key=True),
    sa.Column("digest", DigestText, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Index(None, "digest"),
)

REPOSITORY_BLOB = sa.Table(
    "repository_blob",
    METADATA,
    sa.Column("repository_id", sa.ForeignKey(REPOSITORY.c.id), primary_key=True),
    sa.Column("digest", DigestText, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("linked_at", Instant, nullable=False),
    # When somebody last relied on it: rule C2 of ``lading.registry.collection``.
    sa.Column("claimed_at", Instant, nullable=False, server_default=""),
    sa.Index(None, "digest"),
)

TAG = sa.Table(
    "tag",
    METADATA,
    sa.Column("repository_id", ROW_ID, primary_key=True, autoincrement=False),
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("manifest_id", ROW_ID, nullable=False),
    sa.Column("moved_at", Instant, nullable=False),
    sa.Column("moved_by", AnyText, nullable=False),
    # A tag can only stand where its manifest does.
    sa.ForeignKeyConstraint(
        ["repository_id", "manifest_id"],
        [REPOSITORY_MANIFEST.c.repository_id, REPOSITORY_MANIFEST.c.manifest_id],
    ),
    sa.Index(None, "repository_id", "manifest_id"),
)

TAG_EVENT = sa.Table(
    "tag_event",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("repository_id", sa.ForeignKey(REPOSITORY.c.id), nullable=False),
    sa.Column("name", AnyText, nullable=False),
    sa.Column("before", DigestText),
    sa.Column("after", DigestText),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", AnyText, nullable=False),
    sa.Index(None, "repository_id", "name", "sequence"),
)
