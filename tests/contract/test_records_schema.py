"""The schema that migrations make, over every adapter, and what happens to schemas of other times."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from lading.adapters.sql.engine import SqlRecords, open_postgresql, open_sqlite
from lading.adapters.sql.schema import upgrade
from lading.adapters.sql.tables import METADATA
from lading.foundation.errors import Conflict
from tests.support.records import PostgresDatabases


class Place:
    """A database that is not open yet."""

    def __init__(self, url: str, open_records: Callable[[], SqlRecords]) -> None:
        self.engine = sa.create_engine(url)
        self.open_records = open_records

    def run(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement))

    def tables(self) -> set[str]:
        return set(sa.inspect(self.engine).get_table_names())


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        path = tmp_path / "lading.db"
        made = Place(f"sqlite:///{path}", lambda: open_sqlite(path))
    else:
        databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
        url = databases.create()
        made = Place(url.replace("postgresql:", "postgresql+psycopg:"), lambda: open_postgresql(url))
    yield made
    made.engine.dispose()


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", "lading.adapters.sql:migrations")
    config.set_main_option("path_separator", "os")
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def test_migrations_make_exactly_the_tables_that_the_statements_are_written_for(place: Place) -> None:
    upgrade(place.engine)
    with place.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_revisions_are_one_line_of_numbers() -> None:
    found = revisions()
    assert found == [f"{number:04}" for number in range(1, len(found) + 1)]


def test_a_database_of_any_older_migration_is_brought_up_to_date_with_what_it_holds(place: Place) -> None:
    upgrade(place.engine, revisions()[0])
    assert "repository" not in place.tables()
    place.run("INSERT INTO server_state (key, value) VALUES ('server.installation', 'old')")
    for revision in revisions()[1:]:
        upgrade(place.engine, revision)
        records = place.open_records()
        with records.read() as view:
            assert view.state.value("server.installation") == "old"
        records.close()
    assert set(METADATA.tables) <= place.tables()


def test_a_database_of_the_first_migration_opens_at_once(place: Place) -> None:
    upgrade(place.engine, revisions()[0])
    place.run("INSERT INTO server_state (key, value) VALUES ('server.installation', 'old')")
    records = place.open_records()
    with records.write() as written:
        assert written.state.value("server.installation") == "old"
        assert written.registry.repositories().items == ()
    records.close()
    assert set(METADATA.tables) <= place.tables()


def test_a_database_that_a_newer_lading_migrated_is_refused_and_left_as_it_is(place: Place) -> None:
    place.open_records().close()
    place.run("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Conflict) as refused:
        place.open_records()
    assert refused.value.code == "schema-newer"
    assert "9999" in refused.value.message
    assert revisions()[-1] in refused.value.message
    assert "newer" in refused.value.hint
    with place.engine.connect() as connection:
        kept = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()
    assert kept == "9999"
