"""What every test suite shares."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.records import PostgresDatabases, serve_databases

# How fast examples are drawn says something about the machine, and nothing about the code.
settings.register_profile("lading", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lading")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real public data that lies beside the project where it is developed; never needed to pass."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no ../shared/data beside the project")
    return SHARED_DATA


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    """Databases on one private PostgreSQL server for the whole run; skips where there can be none."""
    yield from serve_databases()
