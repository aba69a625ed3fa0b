"""Each way of having a private PostgreSQL server works where its programs are."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from lading.adapters.sql.engine import open_postgresql
from tests.support import postgres


@pytest.mark.parametrize("source", [postgres.system_binaries, postgres.bundled_binaries])
def test_a_server_of_these_programs_keeps_records_and_is_gone_afterwards(
    source: Callable[[], Path | None],
) -> None:
    binaries = source()
    if binaries is None:
        pytest.skip(f"no {source.__name__.replace('_', ' ')} of PostgreSQL here")
    try:
        with postgres.running_server(binaries) as url:
            records = open_postgresql(url.format(database="postgres"))
            with records.write() as written:
                written.state.keep("a.b", "1")
            with records.read() as view:
                assert view.state.value("a.b") == "1"
            records.close()
            folder = Path(url.partition("host=")[2])
            assert folder.is_dir()
    except postgres.Unavailable as error:
        pytest.skip(str(error))
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url.format(database="postgres")).close()
