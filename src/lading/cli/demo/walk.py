"""Walking the path: numbered steps, each with what was typed, what came of it, and how long it took."""

import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from lading.foundation.errors import LadingError

_COMMAND_SECONDS = 120


class StepFailed(Exception):
    """A step did not do what it says."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One step, done."""

    title: str
    result: str
    seconds: float
    done: bool


@dataclass(slots=True)
class Walk:
    """A server to walk against, and what has come of the steps so far."""

    environment: Mapping[str, str]
    stream: TextIO
    outcomes: list[Outcome] = field(default_factory=list)
    _passwords: dict[str, str] = field(default_factory=dict)

    def step(self, title: str, work: Callable[[], str]) -> bool:
        """Do one step and print it; a failed one is remembered, and the walk goes on to show the rest."""
        number = len(self.outcomes) + 1
        self._print(f"\n{number:2}. {title}")
        started = time.perf_counter()
        try:
            result, done = work(), True
        except (StepFailed, LadingError) as failure:
            result, done = str(failure), False
        seconds = time.perf_counter() - started
        mark = "ok" if done else "FAILED"
        for line in result.splitlines():
            self._print(f"      {line}")
        self._print(f"    {mark} in {seconds:.2f} s")
        self.outcomes.append(Outcome(title, result, seconds, done))
        return done

    def lading(self, *arguments: str, expect: int | None = 0) -> str:
        """Run one `lading` command as a user would, and return what it printed.

        ``expect`` is the exit code that it should end with; None lets it end as it will.
        """
        self._print(f"    $ lading {' '.join(_quoted(argument) for argument in arguments)}")
        return self.quiet(*arguments, expect=expect)

    def lading_json(self, *arguments: str, expect: int | None = 0) -> Any:
        """Run one command for its JSON."""
        return json.loads(self.lading(*arguments, "--format", "json", expect=expect))

    def quiet(self, *arguments: str, expect: int | None = None) -> str:
        """Run one command without printing it: to wait for something, or to compare."""
        done = subprocess.run(  # noqa: S603 - this program itself, with arguments of the demo
            [sys.executable, "-m", "lading", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=dict(self.environment),
            timeout=_COMMAND_SECONDS,
        )
        if expect is not None and done.returncode != expect:
            raise StepFailed(f"exit code {done.returncode}, not {expect}:\n{done.stderr or done.stdout}")
        return done.stdout

    def quiet_json(self, *arguments: str) -> Any:
        """Run one command without printing it, for its JSON."""
        return json.loads(self.quiet(*arguments, "--format", "json", expect=0))

    def make_user(self, name: str, role: str) -> None:
        """Make a user with a role everywhere."""
        password = secrets.token_urlsafe(16)
        self._passwords[name] = password
        self.quiet("users", "add", name, "--password", password, expect=0)
        self.lading("access", "grant", role, f"person:{name}")

    def as_user(self, name: str) -> "Walk":
        """The same walk as a user that was made on it."""
        return self.signed_in_as(name, self._passwords[name])

    def signed_in_as(self, name: str, password: str) -> "Walk":
        """The same walk as somebody else; what they type is printed in the same place."""
        environment = {**self.environment, "LADING_USER": name, "LADING_PASSWORD": password}
        return Walk(environment, self.stream)

    def say(self, text: str) -> None:
        """Tell how far a long step is."""
        self._print(f"      {text}")

    def summary(self) -> bool:
        """Print what came of it all; return whether every step did what it says."""
        failed = [outcome for outcome in self.outcomes if not outcome.done]
        seconds = sum(outcome.seconds for outcome in self.outcomes)
        self._print("\n" + "─" * 72)
        for number, outcome in enumerate(self.outcomes, start=1):
            mark = "ok    " if outcome.done else "FAILED"
            self._print(f"{number:2}. {mark} {outcome.seconds:6.2f} s  {outcome.title}")
        self._print(
            f"{len(self.outcomes) - len(failed)} of {len(self.outcomes)} steps did what they say, "
            f"in {seconds:.1f} s"
        )
        return not failed

    def _print(self, text: str) -> None:
        self.stream.write(text + "\n")
        self.stream.flush()


def require(condition: object, otherwise: str) -> None:
    """Fail the step unless the condition holds."""
    if not condition:
        raise StepFailed(otherwise)


def until(ask: Callable[[], Any], good: Callable[[Any], bool], *, seconds: float, what: str) -> Any:
    """Ask again until the answer is good; fail the step when it is not in time."""
    limit = time.monotonic() + seconds
    while True:
        answer = ask()
        if good(answer):
            return answer
        if time.monotonic() > limit:
            raise StepFailed(f"{what} did not come within {seconds:.0f} s; the last answer was {answer!r}")
        time.sleep(0.1)


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def indented(lines: Sequence[str], most: int = 6) -> str:
    """Some lines, and how many more there are."""
    shown = list(lines[:most])
    if len(lines) > most:
        shown.append(f"… and {len(lines) - most} more")
    return "\n".join(shown)


def _quoted(argument: str) -> str:
    return f"'{argument}'" if set(argument) & set(" *$") else argument
