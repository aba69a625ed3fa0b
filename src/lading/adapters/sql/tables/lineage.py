"""Which images stand on which layers.

``lineage_prefix`` has a row for each image and each prefix of its layers: what stands on a stack of layers is
one stretch of it, however many that are, and an image is placed without looking at any other.
"""

import sqlalchemy as sa

from lading.adapters.sql.columns import ROW_ID, AnyText, DigestText, Json
from lading.adapters.sql.tables.metadata import METADATA

LINEAGE_IMAGE = sa.Table(
    "lineage_image",
    METADATA,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("manifest", DigestText, nullable=False),
    sa.Column("top", sa.LargeBinary, nullable=False),  # chain id of all layers; empty without layers
    sa.Column("depth", sa.Integer, nullable=False),
    sa.Column("chains", sa.LargeBinary, nullable=False),  # of every prefix, 32 bytes each
    sa.Column("platform", AnyText, nullable=False),
    sa.Column("created", AnyText, nullable=False),
    sa.Column("trailing", Json, nullable=False),
    sa.Column("declared_name", AnyText, nullable=False),
    sa.Column("declared_digest", AnyText, nullable=False),
    sa.UniqueConstraint("manifest"),
    sa.Index(None, "top"),
)

LINEAGE_PREFIX = sa.Table(
    "lineage_prefix",
    METADATA,
    sa.Column("chain", sa.LargeBinary, primary_key=True),
    sa.Column("image_id", sa.ForeignKey(LINEAGE_IMAGE.c.id), primary_key=True),
    sa.Index(None, "image_id"),
    sqlite_with_rowid=False,
)

CATALOGUE_ENTRY = sa.Table(
    "catalogue_entry",
    METADATA,
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("document", Json, nullable=False),
)
