"""The one table from outcomes and errors to exit codes. Scripts depend on it: numbers are never reused."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

from lading.foundation.errors import (
    Conflict,
    Forbidden,
    LadingError,
    Malformed,
    NotFound,
    OverLimit,
    Unauthenticated,
    Upstream,
)


class ExitCode(IntEnum):
    """How the command ended. 2 and 130 are what every command-line program uses for these."""

    DONE = 0
    DENIED = 1
    USAGE = 2
    NOT_FOUND = 3
    UNDETERMINED = 4
    UPSTREAM = 5
    FORBIDDEN = 6
    CONFLICT = 7
    MALFORMED = 8
    OVER_LIMIT = 9
    INTERNAL = 70  # EX_SOFTWARE of sysexits.h
    INTERRUPTED = 130  # 128 + SIGINT


MEANINGS: Mapping[ExitCode, str] = MappingProxyType(
    {
        ExitCode.DONE: "done; of a gate: allowed (also with warnings); of a verification: verified",
        ExitCode.DENIED: "the answer is no: a gate denied, a signature or the audit log did not verify",
        ExitCode.USAGE: "the command was called wrongly; nothing was done",
        ExitCode.NOT_FOUND: "what was named is not there, or you may not see it",
        ExitCode.UNDETERMINED: "it could not be told: something that the answer needs was not available",
        ExitCode.UPSTREAM: "the server, or a system that it needs, could not be reached or did not answer",
        ExitCode.FORBIDDEN: "not signed in, or signed in and not allowed to do this",
        ExitCode.CONFLICT: "the thing is in a state that does not allow this; look again, then decide",
        ExitCode.MALFORMED: "what was sent, or a file that was read, cannot be understood",
        ExitCode.OVER_LIMIT: "more than a limit allows: too large, too many or too often",
        ExitCode.INTERNAL: "a fault of Lading itself; please report it",
        ExitCode.INTERRUPTED: "interrupted from the keyboard",
    }
)

EXIT_CODES: Mapping[type[LadingError], ExitCode] = MappingProxyType(
    {
        Malformed: ExitCode.MALFORMED,
        Unauthenticated: ExitCode.FORBIDDEN,
        Forbidden: ExitCode.FORBIDDEN,
        NotFound: ExitCode.NOT_FOUND,
        Conflict: ExitCode.CONFLICT,
        OverLimit: ExitCode.OVER_LIMIT,
        Upstream: ExitCode.UPSTREAM,
    }
)


def exit_code(error: LadingError) -> ExitCode:
    """The exit code for an error that ended a command."""
    return next(EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES)
