import pytest

from lading.advisories.advisory import Severity
from lading.cli.commands.knowledge import alerts


@pytest.mark.parametrize("severity", [each.value for each in Severity])
def test_changes_are_asked_for_by_severity_as_it_is_shown(severity: str) -> None:
    context = alerts.make_context("alerts", ["--severity", severity, "acknowledge"])
    assert context.params["severity"] == severity
