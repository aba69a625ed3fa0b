"""The table from blame to HTTP status, and the same errors at the other edge: exit codes."""

import pytest

from lading.cli.exit_codes import EXIT_CODES, ExitCode, exit_code
from lading.foundation.errors import LadingError, OverLimit
from lading.registry.caller import NeedsScope
from lading.server.errors import HTTP_STATUS, http_status
from tests.support.registry import ROOT


def _kinds(kind: type[LadingError]) -> list[type[LadingError]]:
    return [each for below in kind.__subclasses__() for each in (below, *_kinds(below))]


@pytest.mark.parametrize("kind", _kinds(LadingError), ids=lambda kind: kind.__name__)
def test_every_kind_of_error_has_a_status_and_an_exit_code(kind: type[LadingError]) -> None:
    assert any(parent in HTTP_STATUS for parent in kind.__mro__)
    assert any(parent in EXIT_CODES for parent in kind.__mro__)


def test_a_kind_of_a_kind_counts_as_what_it_is() -> None:
    error = NeedsScope("pull on shop/app", "repository:shop/app:pull", ROOT.principal)
    assert http_status(error) == 401
    assert exit_code(error) is ExitCode.FORBIDDEN


def test_a_limit_of_rate_is_told_apart_from_a_limit_of_size() -> None:
    assert http_status(OverLimit("json-too-large", "too large", details={"limit": 1})) == 413
    assert http_status(OverLimit("sign-in-wait", "too often", details={"retry_after": 5})) == 429
