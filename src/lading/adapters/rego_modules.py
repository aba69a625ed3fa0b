"""Rego modules (conftest style) asked about parsed files, in a process of their own under limits."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lading.advisories.advisory import Severity
from lading.foundation.errors import Malformed, OverLimit
from lading.policy.decision import Outcome, RuleResult, Verdict, Violation
from lading.policy.template import printable

MAX_MODULES = 500
MAX_BYTES = 8 << 20  # of all modules together
MEMORY = 1 << 30  # bytes that the worker may hold
_SECONDS = 15.0
_LOOK = 0.1  # seconds between looks at what it holds


def read_modules(places: Sequence[Path]) -> dict[str, str]:
    """Read ``.rego`` files, and those below folders; tests of modules (``_test.rego``) are left out."""
    files = [
        file
        for place in places
        for file in (sorted(place.rglob("*.rego")) if place.is_dir() else [place])
        if not file.name.endswith("_test.rego")
    ]
    if not files or len(files) > MAX_MODULES or sum(file.stat().st_size for file in files) > MAX_BYTES:
        raise Malformed("rego-modules", f"give 1 to {MAX_MODULES} Rego modules of at most {MAX_BYTES} bytes")
    try:
        return {str(file): file.read_text("utf-8") for file in files}
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed("rego-modules", f"a module cannot be read: {error}") from error


def ask_modules(modules: dict[str, str], inputs: Sequence[Any]) -> list[tuple[RuleResult, ...]]:
    """Ask about each input; raise Malformed for a wrong module, OverLimit for one that does not end."""
    question = json.dumps({"modules": modules, "inputs": list(inputs)}).encode()
    answered = _run_bounded([sys.executable, "-I", "-m", "lading.adapters.rego_worker"], question)
    try:
        answer = json.loads(answered)
    except ValueError as error:
        raise OverLimit("rego-endless", "the Rego modules took more than they may have") from error
    if "error" in answer:
        raise Malformed("rego-invalid", f"a Rego module cannot be used: {printable(answer['error'])}")
    return [_results(found) for found in answer["results"]]


def _run_bounded(command: list[str], question: bytes) -> bytes:
    """Run the worker; end it when it takes too long or too much.

    The interpreter's allocator reserves more address space than a limit on that could ever allow, so what it
    really holds is looked at from here.
    """
    # Our own interpreter and module; what is untrusted comes in by standard input.
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as worker:
        asked: bytes | None = question
        ends = time.monotonic() + _SECONDS
        while True:
            try:
                return worker.communicate(asked, timeout=_LOOK)[0]
            except subprocess.TimeoutExpired as error:
                asked = None
                if time.monotonic() < ends and _held(worker.pid) < MEMORY:
                    continue
                worker.kill()
                worker.communicate()
                raise OverLimit(
                    "rego-endless", "the Rego modules took more time or memory than they may have"
                ) from error


def _held(pid: int) -> int:
    """Bytes that a process holds; 0 where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * 4096
    except (OSError, LookupError, ValueError):
        return 0


def _results(found: list[dict[str, str]]) -> tuple[RuleResult, ...]:
    by_rule: dict[tuple[str, str], list[str]] = {}
    for one in found:
        by_rule.setdefault((one["rule"], one["effect"]), []).append(one["message"])
    return tuple(
        RuleResult(
            rule=f"rego:{rule}",
            title=f"Rego rule {rule}",
            why="A rule in Rego that was given with the question.",
            severity=Severity.HIGH if effect == Outcome.DENY else Severity.MEDIUM,
            verdict=Verdict.FAIL,
            effect=Outcome(effect),
            violations=tuple(Violation(printable(message), "") for message in messages[:20]),
            standing=len(messages),
        )
        for (rule, effect), messages in by_rule.items()
    )
