"""Rego modules (conftest style) asked about parsed files, in a process of their own under limits."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lading.advisories.advisory import Severity
from lading.foundation.errors import Malformed, OverLimit
from lading.policy.decision import Outcome, RuleResult, Verdict, Violation
from lading.policy.template import printable

MAX_MODULES = 500
MAX_BYTES = 8 << 20  # of all modules together
_SECONDS = 15.0


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
    command = [sys.executable, "-I", "-m", "lading.adapters.rego_worker"]
    try:
        # Our own interpreter and module; what is untrusted comes in by standard input.
        answered = subprocess.run(  # noqa: S603
            command, input=question, capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise OverLimit(
            "rego-endless", f"the Rego modules did not end within {_SECONDS:.0f} seconds"
        ) from error
    try:
        answer = json.loads(answered.stdout)
    except ValueError as error:
        raise OverLimit(
            "rego-endless", "the Rego modules took more memory or time than they may have"
        ) from error
    if "error" in answer:
        raise Malformed("rego-invalid", f"a Rego module cannot be used: {printable(answer['error'])}")
    return [_results(found) for found in answer["results"]]


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
