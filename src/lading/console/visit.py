"""One request of a browser, decoded: what pages are given instead of HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lading.console.services import ConsoleServices
from lading.foundation.errors import Malformed
from lading.registry.caller import Caller

MAX_TEXT = 300  # characters of one query field: longer than every name there is
MAX_LONG_TEXT = 4_000  # characters of a form's text area


@dataclass(frozen=True, slots=True)
class Visit:
    """A request by somebody who is signed in.

    ``place`` holds what the path names, ``query`` and ``form`` their fields, the first of each name.
    ``form_token`` goes into every form of the answer.
    """

    services: ConsoleServices
    caller: Caller
    now: datetime
    address: str  # of the browser, as far as the server knows
    path: str
    place: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    form_token: str
    must_change: bool = False  # the password was given to the person, not chosen

    def asked(self, name: str, *, limit: int = MAX_TEXT) -> str:
        """A field of the query, trimmed; empty where it is absent. Raises Malformed for absurd ones."""
        return _text(self.query, name, limit)

    def written(self, name: str, *, limit: int = MAX_TEXT) -> str:
        """A field of the form, likewise."""
        return _text(self.form, name, limit)

    def secret(self, name: str) -> str:
        """A field of the form as it was typed; white space counts."""
        return self.form.get(name, "")


def _text(fields: Mapping[str, str], name: str, limit: int) -> str:
    text = fields.get(name, "").strip()
    if len(text) > limit:
        raise Malformed("text-too-long", f"{name} has more than {limit} characters")
    return text
