"""Bringing a database's schema up to date, by Alembic, before anything else uses it."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from lading.adapters.sql.connection import WRITING
from lading.foundation.errors import Conflict

# Held while migrating, so that of several servers that start together one migrates and the others wait.
_MIGRATION_LOCK = int.from_bytes(b"lading-m")


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Run every migration up to ``revision`` in one transaction; all of them happen or none.

    Raises Conflict ``schema-newer`` when a newer Lading has migrated the database.
    """
    with engine.connect() as connection:
        connection.execution_options(**{WRITING: True})
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            _upgrade(connection, revision)


def _upgrade(connection: sa.Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", "lading.adapters.sql:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and not _is_known(scripts, current):
        raise Conflict(
            "schema-newer",
            f"the database has schema {current}, which this version of Lading does not know; "
            f"the newest it knows is {scripts.get_current_head()}",
            hint="start the version of Lading that wrote it or a newer one, or restore an older backup",
        )
    if revision != "head" or current != scripts.get_current_head():
        command.upgrade(config, revision)


def _is_known(scripts: ScriptDirectory, revision: str) -> bool:
    try:
        return scripts.get_revision(revision) is not None
    except CommandError:
        return False
