"""What Alembic runs: migrations on the connection and in the transaction that ``schema.upgrade`` opened."""

from alembic import context

from lading.adapters.sql.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
