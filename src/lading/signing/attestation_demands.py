"""What a rule demands of attestations: a type, who must have signed it, and what it must say.

Conditions are about provenance, whichever version of SLSA it was written in. Of other types a demand may ask
who signed, how old it may be, and what stands at a place in the predicate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lading.foundation.errors import LadingError
from lading.signing.provenance import Provenance, provenance_of
from lading.signing.signers import TrustedSigner
from lading.signing.statement import Statement
from lading.signing.text_pattern import TextPattern


@dataclass(frozen=True, slots=True)
class AttestationDemand:
    """One attestation that a rule wants. Empty lists of patterns ask nothing."""

    type: str
    signers: tuple[TrustedSigner, ...]
    need: int = 1
    builders: tuple[TextPattern, ...] = ()
    sources: tuple[TextPattern, ...] = ()
    branches: tuple[TextPattern, ...] = ()
    build_types: tuple[TextPattern, ...] = ()
    materials: tuple[TextPattern, ...] = ()  # every material must match one of them
    max_age: timedelta | None = None
    fields: Mapping[str, TextPattern] | None = None  # dotted path in the predicate: what must stand there

    def refusal(self, statement: Statement, signed_at: datetime | None, now: datetime) -> str:
        """Say why a statement is not what is demanded, or nothing."""
        if self.max_age is not None:
            if signed_at is None:
                return "nothing proves when it was signed, and the rule limits its age"
            if now - signed_at > self.max_age:
                return f"it was signed more than {_words(self.max_age)} ago"
        for path, pattern in (self.fields or {}).items():
            found = _at(statement.predicate, path)
            if not isinstance(found, str | int | bool) or not pattern.matches(_text(found)):
                return f"{path} must be {pattern.text}, and is {_short(found)}"
        if not self._asks_about_builds:
            return ""
        try:
            provenance = provenance_of(statement)
        except LadingError as error:
            return error.message
        return self._refused_build(provenance)

    @property
    def _asks_about_builds(self) -> bool:
        return any((self.builders, self.sources, self.branches, self.build_types, self.materials))

    def _refused_build(self, provenance: Provenance) -> str:
        asked = (
            ("builder", self.builders, provenance.builder),
            ("source repository", self.sources, provenance.source),
            ("branch", self.branches, provenance.branch),
            ("build type", self.build_types, provenance.build_type),
        )
        for what, patterns, value in asked:
            if patterns and not _any(patterns, value):
                wanted = " or ".join(pattern.text for pattern in patterns)
                return f"the {what} must be {wanted}, and is {value or 'not stated'}"
        for material in provenance.materials:
            if self.materials and not _any(self.materials, material.uri):
                return f"the material {material.uri or 'without a name'} is not among those that are allowed"
        if self.materials and not provenance.materials:
            return "it names no materials, and the rule says which are allowed"
        return ""


def _any(patterns: tuple[TextPattern, ...], value: str) -> bool:
    return any(pattern.matches(value) for pattern in patterns)


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _text(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _short(value: Any) -> str:
    if value is None:
        return "not there"
    return repr(value)[:160] if isinstance(value, str | int | bool) else "not a text"


def _words(span: timedelta) -> str:
    hours = span // timedelta(hours=1)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
