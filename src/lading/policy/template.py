"""Texts for people with computed values: ``upgrade {{ finding.package_name }} to {{ finding.fix }}``."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lading.policy.evidence_types import ListOf, Nullable, Scalar, show_type
from lading.policy.expressions.expression import Expression, Member, NotEvaluable, compile_expression
from lading.policy.expressions.tree import ExpressionError

MAX_TEMPLATE = 1_000  # characters
MAX_VALUE = 300  # characters of one computed value
_SLOT = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NOT_KNOWN = "(not known)"


@dataclass(frozen=True, slots=True)
class Template:
    """Fixed texts and expressions, in order; ``text`` is how it was written, in one line."""

    text: str
    parts: tuple[str | Expression, ...]

    def render(self, value_of: Callable[[Expression], object]) -> str:
        """Fill the slots; where ``value_of`` raises NotEvaluable, what stands there is not known."""
        return "".join(part if isinstance(part, str) else _fill(part, value_of) for part in self.parts)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The slots."""
        return tuple(part for part in self.parts if isinstance(part, Expression))


def compile_template(text: str, member: Member | None = None) -> Template:
    """Read a text with slots; raise ExpressionError with the offset in ``text`` of what is wrong."""
    if len(text) > MAX_TEMPLATE:
        raise ExpressionError(f"a text has at most {MAX_TEMPLATE} characters", 0)
    parts: list[str | Expression] = []
    at = 0
    for slot in _SLOT.finditer(text):
        parts.append(text[at : slot.start()])
        parts.append(_compile_slot(slot, member))
        at = slot.end()
    parts.append(text[at:])
    return Template(" ".join(text.split()), tuple(part for part in parts if part != ""))


def printable(text: str, limit: int = MAX_VALUE) -> str:
    """Make text from an image safe to show: no control or direction characters, and not too long.

    Labels and package names are chosen by whoever built the image; escape sequences in them would otherwise
    reach the terminal of the person who reads the message.
    """
    if len(text) <= limit and text.isprintable():
        return text
    shown = "".join(
        character if unicodedata.category(character)[0] != "C" or character == " " else "\ufffd"
        for character in text[: limit + 1]
    )
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def show_value(value: object) -> str:
    """Write a value of evidence for people."""
    match value:
        case None:
            return _NOT_KNOWN
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.date().isoformat()
        case list() | tuple():
            return printable(", ".join(show_value(member) for member in value[:20]) or "none")
        case _:
            return printable(str(value))


def _compile_slot(slot: re.Match[str], member: Member | None) -> Expression:
    try:
        expression = compile_expression(slot.group(1), member)
    except ExpressionError as error:
        raise ExpressionError(error.message, slot.start(1) + error.at, error.hint) from error
    of = expression.type.element if isinstance(expression.type, ListOf) else expression.type
    if not isinstance(of, Scalar | Nullable):
        raise ExpressionError(f"{show_type(expression.type)} cannot stand in a text", slot.start(1))
    return expression


def _fill(slot: Expression, value_of: Callable[[Expression], object]) -> str:
    try:
        return show_value(value_of(slot))
    except NotEvaluable:
        return _NOT_KNOWN


def covers(path: str, read: str) -> bool:
    """Whether not knowing the fact at ``path`` means not knowing what is read at ``read``."""
    return read == path or read.startswith(path + ".")
