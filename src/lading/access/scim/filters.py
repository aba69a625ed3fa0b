"""Filters (RFC 7644, section 3.4.2.2), as far as identity providers ask: ``userName eq "ann" and …``.

Everything else that the grammar knows is refused, never half understood: an answer to another question would
have a provider change the wrong people.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lading.access.scim.faults import fault

MAX_FILTER = 1000  # characters
_MAX_TERMS = 10
_EXACT = frozenset({"id", "externalid"})  # caseExact, by RFC 7643, section 3.1
# Possessive, so that what does not end is looked at once.
_TERM = re.compile(
    r'\s*+([A-Za-z][\w.:$-]*+)\s++([A-Za-z]++)\s++("(?:[^"\\]|\\.)*+"|true|false)\s*+', re.IGNORECASE
)
_AND = re.compile(r"and\s++", re.IGNORECASE)

Value: TypeAlias = str | bool


@dataclass(frozen=True, slots=True)
class Term:
    """One attribute, in lower case, that is to have a value."""

    attribute: str
    value: Value

    def holds(self, resource: Mapping[str, object]) -> bool:
        """Whether a resource, by attributes in lower case, has it."""
        has = resource.get(self.attribute)
        if isinstance(has, str) and isinstance(self.value, str) and self.attribute not in _EXACT:
            return has.casefold() == self.value.casefold()
        return type(has) is type(self.value) and has == self.value


def parse_filter(text: str, known: Collection[str]) -> tuple[Term, ...]:
    """Read a filter about ``known`` attributes (in lower case); empty text asks for everything."""
    if len(text) > MAX_FILTER:
        raise fault("invalidFilter", f"a filter has at most {MAX_FILTER} characters")
    terms: list[Term] = []
    at = 0
    while text.strip():
        found = _TERM.match(text, at)
        if found is None or len(terms) == _MAX_TERMS:
            raise _not_understood(known)
        terms.append(_term(found[1].casefold(), found[2].casefold(), found[3], known))
        at = found.end()
        if at == len(text):
            break
        joined = _AND.match(text, at)
        if joined is None or not text[at - 1].isspace():
            raise _not_understood(known)
        at = joined.end()
    return tuple(terms)


def all_hold(terms: Sequence[Term], resource: Mapping[str, object]) -> bool:
    """Whether a resource, by attributes in lower case, is asked for."""
    return all(term.holds(resource) for term in terms)


def wanted_text(terms: Sequence[Term], attribute: str) -> str | None:
    """The text that an attribute has to have; None where it is not asked about."""
    values = (term.value for term in terms if term.attribute == attribute and isinstance(term.value, str))
    return next(values, None)


def _term(attribute: str, operator: str, literal: str, known: Collection[str]) -> Term:
    if operator != "eq" or attribute not in known:
        raise _not_understood(known)
    if literal[0] != '"':
        return Term(attribute, literal.casefold() == "true")
    try:
        value = str(json.loads(literal))
    except ValueError as error:
        raise _not_understood(known) from error
    if not value.isprintable():  # also what no database takes: NUL, lone surrogates
        raise _not_understood(known)
    return Term(attribute, value)


def _not_understood(known: Collection[str]) -> Exception:
    names = ", ".join(sorted(known))
    return fault("invalidFilter", f"a filter here is made of eq and and, about {names}")
