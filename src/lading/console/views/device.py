"""The page that signs a command in."""

from dataclasses import dataclass

from lading.console.formats.instants import Instant
from lading.console.views.notices import Notice


@dataclass(frozen=True, slots=True)
class AskingView:
    """A command that asks. ``asking`` is what it says of itself."""

    code: str
    asking: str
    address: str
    since: Instant


@dataclass(frozen=True, slots=True)
class DeviceView:
    """The form for a code, or, where one is known, what asks by it."""

    code: str = ""
    problem: str = ""
    hint: str = ""
    asking: AskingView | None = None
    notice: Notice | None = None
