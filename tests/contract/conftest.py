"""Fixtures of the contract suites."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.adapters.sql.engine import SqlRecords
from tests.support.object_store import s3_server
from tests.support.records import KINDS, PostgresDatabases, lend_records


@pytest.fixture(params=KINDS)
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlRecords]:
    """Empty records, once for each adapter."""

    def databases() -> PostgresDatabases:
        found = request.getfixturevalue("postgres_databases")
        assert isinstance(found, PostgresDatabases)
        return found

    with lend_records(request.param, tmp_path, databases) as lent:
        yield lent


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an S3 server for the whole run; skips where there can be none."""
    with s3_server(tmp_path_factory.mktemp("s3")) as url:
        yield url
