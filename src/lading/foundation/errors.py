"""Errors, named by whose fault they are.

An error is raised when a request cannot be carried out. Verification, matching and policy do not raise:
their outcomes are values (see design words *undetermined*, *decision*).

    LadingError
    ├── Malformed        the sender: what was sent cannot be understood or contradicts itself
    ├── Unauthenticated  the sender: who they are is not proven
    ├── Forbidden        the sender: known, but may not do this
    ├── NotFound         nobody: the thing named is not here
    ├── Conflict         nobody: the thing is in a state that does not allow this
    ├── OverLimit        the sender: more than a stated limit allows
    └── Upstream         somebody we depend on: did not answer, or answered nonsense

The mapping to HTTP statuses and to exit codes stands in one table at each edge.
"""

from collections.abc import Mapping
from typing import ClassVar


class LadingError(Exception):
    """A request that was not carried out.

    ``code`` is stable, kebab-case and machine-readable; ``message`` says what is wrong and where;
    ``hint`` says what to do about it; ``details`` are small JSON values for programs.
    """

    blame: ClassVar[str] = "unknown"

    def __init__(
        self, code: str, message: str, *, hint: str = "", details: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.details: Mapping[str, object] = dict(details or {})

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class Malformed(LadingError):
    """What was sent cannot be understood, or contradicts itself."""

    blame = "sender"


class Unauthenticated(LadingError):
    """Who is asking is not proven."""

    blame = "sender"


class Forbidden(LadingError):
    """Who is asking is known, and may not do this."""

    blame = "sender"


class NotFound(LadingError):
    """The thing named is not here."""

    blame = "nobody"


class Conflict(LadingError):
    """The thing is in a state that does not allow this."""

    blame = "nobody"


class OverLimit(LadingError):
    """More than a stated limit allows; ``details["limit"]`` is that limit."""

    blame = "sender"


class Upstream(LadingError):
    """A system that we depend on did not answer, or answered nonsense. Trying again may help."""

    blame = "upstream"
