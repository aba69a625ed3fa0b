"""Which environment a Kubernetes namespace belongs to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lading.foundation.errors import Malformed

_PATTERN = re.compile(r"[a-z0-9*](?:[a-z0-9*-]{0,61}[a-z0-9*])?\Z")


@dataclass(frozen=True, slots=True)
class NamespaceRule:
    """Namespaces that match ``pattern`` (``*`` stands for any characters) are of this environment."""

    pattern: str
    environment: str

    def matches(self, namespace: str) -> bool:
        """Whether the rule is about this namespace."""
        # Atomic groups: a pattern of many stars must not take exponential time.
        first, *rest = (re.escape(piece) for piece in self.pattern.split("*"))
        if not rest:
            return namespace == self.pattern
        *inner, last = rest
        expression = first + "".join(f"(?>.*?{piece})" for piece in inner) + f".*{last}"
        return re.fullmatch(expression, namespace) is not None


@dataclass(frozen=True, slots=True)
class NamespaceMap:
    """Rules in order, the first that matches counts; ``default`` is for namespaces that none matches.

    The default is best the strictest environment: a namespace that nobody thought of is then guarded.
    """

    rules: tuple[NamespaceRule, ...]
    default: str

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], default: str) -> "NamespaceMap":
        """Make one from (pattern, environment) pairs; raise Malformed for a pattern no namespace has."""
        rules = tuple(NamespaceRule(pattern, environment) for pattern, environment in pairs)
        for rule in rules:
            if not _PATTERN.match(rule.pattern):
                raise Malformed(
                    "namespace-pattern-invalid", f"{rule.pattern[:80]!r} cannot match a namespace"
                )
        return cls(rules, default)

    def environment_of(self, namespace: str) -> str:
        """Give the environment of a namespace."""
        for rule in self.rules:
            if rule.matches(namespace):
                return rule.environment
        return self.default
