"""A console over a fleet, shared by the tests that only read."""

import pytest

from tests.support.console import Browser, ConsoleUnderTest, build_console
from tests.support.sample_fleet import Fleet, build_fleet


@pytest.fixture(scope="package")
def fleet() -> Fleet:
    """The fleet: tests do not change it."""
    return build_fleet()


@pytest.fixture(scope="package")
def fleet_console(fleet: Fleet) -> ConsoleUnderTest:
    """A console over the fleet, with an administrator."""
    console = build_console(fleet=fleet)
    console.add_person("ann", admin=True)
    return console


@pytest.fixture(scope="package")
def ann(fleet_console: ConsoleUnderTest) -> Browser:
    """An administrator's browser."""
    browser = Browser(fleet_console)
    assert browser.sign_in("ann").status_code == 303
    return browser
