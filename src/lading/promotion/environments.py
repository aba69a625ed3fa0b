"""Environments as a graph: where an image may go from where."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType

from lading.foundation.errors import Malformed, NotFound

MAX_ENVIRONMENTS = 50
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z")


@dataclass(frozen=True, slots=True)
class Environment:
    """Where images run.

    An image may enter from any environment in ``after``, and from nowhere where that is empty.
    ``needs_approval`` asks for a second person. ``platforms`` are those that it runs, each of which is
    asked about by itself; empty where it does not say.
    """

    name: str
    after: tuple[str, ...] = ()
    needs_approval: bool = False
    description: str = ""
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentGraph:
    """All environments, each after those that it is entered from. Make one by ``of``."""

    all: tuple[Environment, ...]
    _by_name: Mapping[str, Environment]

    @classmethod
    def of(cls, environments: Iterable[Environment]) -> "EnvironmentGraph":
        """Check and order them; raise Malformed where they contradict each other."""
        listed = tuple(environments)
        by_name = {environment.name: environment for environment in listed}
        if not 0 < len(listed) <= MAX_ENVIRONMENTS:
            raise Malformed("environments-invalid", f"there are 1 to {MAX_ENVIRONMENTS} environments")
        if len(by_name) != len(listed):
            raise Malformed("environments-invalid", "two environments have one name")
        for environment in listed:
            _check(environment, by_name)
        try:
            order = tuple(TopologicalSorter({e.name: e.after for e in listed}).static_order())
        except CycleError as error:
            ring = " → ".join(error.args[1])
            raise Malformed(
                "environments-invalid", f"environments follow each other in a ring: {ring}"
            ) from error
        return cls(tuple(by_name[name] for name in order), MappingProxyType(by_name))

    def named(self, name: str) -> Environment:
        """Give the environment; raise NotFound with the nearest name."""
        if name not in self._by_name:
            known = [environment.name for environment in self.all]
            close = difflib.get_close_matches(name, known, n=1)
            raise NotFound(
                "environment-unknown",
                f"there is no environment {name[:80]!r}",
                hint=f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}",
            )
        return self._by_name[name]


def _check(environment: Environment, known: Mapping[str, Environment]) -> None:
    if not _NAME.match(environment.name):
        raise Malformed(
            "environments-invalid", f"{environment.name[:80]!r} is not the name of an environment"
        )
    for name in environment.after:
        if name not in known:
            raise Malformed(
                "environments-invalid", f"{environment.name} is entered from {name!r}, which is none"
            )


DEFAULT_ENVIRONMENTS = EnvironmentGraph.of(
    (
        Environment("dev", description="where developers try things"),
        Environment("test", after=("dev",), description="where releases are tested"),
        Environment("prod", after=("test",), description="what customers use"),
    )
)
