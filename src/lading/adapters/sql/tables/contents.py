"""What layers and images hold.

Packages are kept once for each distinct version, layers once for each analysis; an image is a list of layers
and the package sources that higher ones hide. So a second image with the same layers adds a row for itself,
one for each layer and one for each hidden source, whatever the layers hold.
"""

import sqlalchemy as sa

from lading.adapters.sql.columns import PLAIN_TEXT, ROW_ID, AnyText, DigestText, Instant, Json, Packed
from lading.adapters.sql.tables.metadata import METADATA

PACKAGE = sa.Table(
    "package",
    METADATA,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),  # SHA-256 of all that tells packages apart
    sa.Column("type", AnyText, nullable=False),
    sa.Column("namespace", AnyText, nullable=False),
    sa.Column("name", AnyText, nullable=False),
    sa.Column("version", AnyText, nullable=False),
    sa.Column("arch", AnyText, nullable=False),
    sa.Column("distro", AnyText, nullable=False),
    sa.Column("source_name", AnyText, nullable=False),
    sa.Column("source_version", AnyText, nullable=False),
    sa.Column("licenses", Json, nullable=False),
    sa.Column("version_key", sa.LargeBinary),  # orders versions of one scheme bytewise; null: not comparable
    sa.Column("name_key", PLAIN_TEXT, nullable=False, server_default=""),  # of its first name
    sa.Column("matched", sa.Boolean, nullable=False),  # against advisories, at least once
    sa.Column(
        "ever_matched", sa.Boolean, nullable=False, server_default=sa.false()
    ),  # stays when it is to be again
    sa.Column("owner", AnyText, nullable=False, server_default=""),  # the system's package that ships it
    sa.UniqueConstraint("fingerprint"),
    sa.Index(None, "name", "type"),
    sa.Index(None, "source_name"),
    sa.Index(None, "type", "distro", "owner"),  # what tells which advisories a package needs
)
# What waits to be matched is little beside what is; versions of one name stand together in it.
sa.Index(
    "ix_package_waiting",
    PACKAGE.c.name_key,
    PACKAGE.c.id,
    sqlite_where=PACKAGE.c.matched.is_(False),
    postgresql_where=PACKAGE.c.matched.is_(False),
)

# Packages that a distribution ships and that are not its own are few; they are matched again when advisories
# for it come or go.
sa.Index(
    "ix_package_owned",
    PACKAGE.c.distro,
    sqlite_where=PACKAGE.c.owner != "",
    postgresql_where=PACKAGE.c.owner != "",
)

# The names under which advisories may speak of a package, as ``name_key`` writes them.
PACKAGE_NAME = sa.Table(
    "package_name",
    METADATA,
    sa.Column("package_id", sa.ForeignKey(PACKAGE.c.id), primary_key=True),
    sa.Column("key", PLAIN_TEXT, primary_key=True),
    sa.Index(None, "key", "package_id"),
)

LAYER = sa.Table(
    "layer",
    METADATA,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("diff_id", DigestText, nullable=False),
    sa.Column("analyser", AnyText, nullable=False),
    sa.Column("placed_on", AnyText, nullable=False),
    sa.Column("blob", AnyText, nullable=False),  # empty where the analysis is whole: true of any blob
    sa.Column("facts", Packed, nullable=False),  # all of the analysis but its package sources
    sa.Column("secrets", sa.Integer, nullable=False),
    sa.Column("unreadable", sa.Integer, nullable=False),
    sa.UniqueConstraint("diff_id", "analyser", "placed_on", "blob"),
)

# Apart from ``layer``: long, rarely asked for, and the same wherever the packages of the layer are placed.
LAYER_FILES = sa.Table(
    "layer_files",
    METADATA,
    sa.Column("diff_id", DigestText, primary_key=True),
    sa.Column("analyser", AnyText, primary_key=True),
    sa.Column("blob", AnyText, primary_key=True),  # as in ``layer``
    sa.Column("files", sa.LargeBinary, nullable=False),  # as ``lading.image.file_list`` packs them
)

# In which layers a content may be: the first eight bytes of its SHA-256 as a number. What is found is looked
# up in the layer's files, so a layer that is gone, or another content that begins alike, does no harm.
FILE_DIGEST = sa.Table(
    "file_digest",
    METADATA,
    sa.Column("beginning", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("layer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# Of layers that were read to their end only: what may be put in another's place must be wholly known.
# The last part of a path, and what is before it; ``id`` is of the text itself (``contents_paths.number_of``).
FILE_NAME = sa.Table(
    "file_name",
    METADATA,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", AnyText, nullable=False),
    sa.Index(None, "name"),
)

FILE_FOLDER = sa.Table(
    "file_folder",
    METADATA,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("path", AnyText, nullable=False),
)

LAYER_PATH = sa.Table(
    "layer_path",
    METADATA,
    sa.Column("name_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("folder_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("layer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

LAYER_BINDINGS = sa.Table(
    "layer_bindings",
    METADATA,
    sa.Column("diff_id", DigestText, primary_key=True),
    sa.Column("analyser", AnyText, primary_key=True),
    sa.Column("bindings", sa.LargeBinary, nullable=False),  # as ``lading.cataloging.layer_bindings`` packs it
)

PACKAGE_SOURCE = sa.Table(
    "package_source",
    METADATA,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("layer_id", sa.ForeignKey(LAYER.c.id), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("path", AnyText, nullable=False),
    sa.Column("cataloger", AnyText, nullable=False),
    sa.UniqueConstraint("layer_id", "position"),
)

SOURCE_PACKAGE = sa.Table(
    "source_package",
    METADATA,
    sa.Column("source_id", sa.ForeignKey(PACKAGE_SOURCE.c.id), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("package_id", sa.ForeignKey(PACKAGE.c.id), nullable=False),
    sa.Index(None, "package_id", "source_id"),
    sqlite_with_rowid=False,  # by far the longest table: a row is its own key
)

IMAGE = sa.Table(
    "image",
    METADATA,
    sa.Column("id", ROW_ID, primary_key=True),
    sa.Column("manifest", DigestText, nullable=False),
    sa.Column("config", DigestText, nullable=False),
    sa.Column("os", AnyText, nullable=False),
    sa.Column("architecture", AnyText, nullable=False),
    sa.Column("variant", AnyText, nullable=False),
    sa.Column("os_version", AnyText, nullable=False),
    sa.Column("user", AnyText, nullable=False),
    sa.Column("created", AnyText, nullable=False),
    sa.Column("labels", Json, nullable=False),
    sa.Column("distro", Json),
    sa.Column("analysis_state", AnyText, nullable=False),
    sa.Column("analyser", AnyText, nullable=False),
    sa.Column("analysis_changed_at", Instant, nullable=False),
    sa.Column("analysis_reason", AnyText, nullable=False),
    sa.UniqueConstraint("manifest"),
    sa.Index(None, "config"),
    sa.Index(None, "analysis_state", "analyser", "manifest"),
)

IMAGE_LAYER = sa.Table(
    "image_layer",
    METADATA,
    sa.Column("image_id", sa.ForeignKey(IMAGE.c.id), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("diff_id", DigestText, nullable=False),
    sa.Column("blob", DigestText, nullable=False),
    sa.Column("media_type", AnyText, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("step", AnyText, nullable=False),
    sa.Column("layer_id", sa.ForeignKey(LAYER.c.id)),  # null until the image's analysis is done
    sa.Index(None, "layer_id", "image_id", "position"),
)

IMAGE_HIDDEN_SOURCE = sa.Table(
    "image_hidden_source",
    METADATA,
    sa.Column("image_id", sa.ForeignKey(IMAGE.c.id), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("source_id", sa.ForeignKey(PACKAGE_SOURCE.c.id), primary_key=True),
)

# Packages of a visible source that are left out of an image, because they are in it by another source too.
IMAGE_REPEATED_PACKAGE = sa.Table(
    "image_repeated_package",
    METADATA,
    sa.Column("image_id", sa.ForeignKey(IMAGE.c.id), primary_key=True),
    sa.Column("source_id", sa.ForeignKey(PACKAGE_SOURCE.c.id), primary_key=True),
    sa.Column("package_id", sa.ForeignKey(PACKAGE.c.id), primary_key=True),
)

# The layer that first brought a package, where it is not the lowest that has it at this path: it was taken
# out and put in again. Few images have such packages.
IMAGE_INTRODUCTION = sa.Table(
    "image_introduction",
    METADATA,
    sa.Column("image_id", sa.ForeignKey(IMAGE.c.id), primary_key=True),
    sa.Column("source_id", sa.ForeignKey(PACKAGE_SOURCE.c.id), primary_key=True),
    sa.Column("package_id", sa.ForeignKey(PACKAGE.c.id), primary_key=True),
    sa.Column("layer", sa.Integer, nullable=False),
)

IMAGE_INSPECTION = sa.Table(
    "image_inspection",
    METADATA,
    sa.Column("image_id", sa.ForeignKey(IMAGE.c.id), primary_key=True),
    sa.Column("inspection", Packed, nullable=False),
)

SBOM_DOCUMENT = sa.Table(
    "sbom_document",
    METADATA,
    sa.Column("manifest", DigestText, primary_key=True),
    sa.Column("format", AnyText, primary_key=True),
    sa.Column("document", DigestText, nullable=False),
    sa.Column("referrer", DigestText, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
)
