"""The schema's history, for Alembic. A migration that was released is never changed."""
