"""What the server's first words tell people to type works in their shell."""

import pytest

from lading.cli.serving import own_command


@pytest.mark.parametrize(
    ("started_as", "on_path", "typed"),
    [
        (".venv/bin/lading", None, ".venv/bin/lading"),
        ("/opt/lading/bin/lading", "/opt/lading/bin/lading", "lading"),
        ("/usr/lib/python3/site-packages/lading/__main__.py", None, "lading"),
    ],
)
def test_a_command_that_no_shell_finds_is_given_by_its_path(
    started_as: str, on_path: str | None, typed: str
) -> None:
    assert own_command(started_as, on_path) == typed
