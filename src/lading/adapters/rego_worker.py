"""The process in which Rego modules of others run: standard input to standard output, under limits.

A module may recurse over a large input for ever, and the interpreter is native code: neither may take the
caller with it. Input: ``{"modules": {name: text}, "input": …}``. Output: ``{"deny": […], "warn": […]}`` of
package after package, or ``{"error": …}``.
"""

import json
import os
import re
import resource
import sys
from collections.abc import Iterator
from typing import Any

_PACKAGE = re.compile(r"^\s*package\s+([a-zA-Z_][a-zA-Z0-9_.]*)", re.MULTILINE)
_RULE = re.compile(r"(deny|violation|warn)(_[a-zA-Z0-9_]+)?\Z")
_EFFECTS = {"deny": "deny", "violation": "deny", "warn": "warn"}
SECONDS = 10  # of processor time


def main() -> None:
    """Answer one question."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    asked = json.load(sys.stdin)
    # The interpreter prints what it likes to standard output; the answer goes past it.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        json.dump(_answer(asked["modules"], asked["inputs"]), answers)


def _answer(modules: dict[str, str], inputs: list[Any]) -> dict[str, Any]:
    try:
        from regopy import Interpreter, set_default_log_level  # noqa: PLC0415 - under the limits
    except ImportError:
        return {"error": "the interpreter is not installed: pip install 'lading[rego]'"}
    set_default_log_level("None")
    interpreter = Interpreter()
    packages: list[str] = []
    for name, text in modules.items():
        try:
            interpreter.add_module(name, text)
        except Exception as error:  # noqa: BLE001 - the interpreter raises what it likes; it is told
            return {"error": f"{name}: {_first_error(str(error))}"}
        found = _PACKAGE.search(text)
        if found and found.group(1) not in packages:
            packages.append(found.group(1))
    results = []
    for value in inputs:
        try:
            interpreter.set_input(value)
            results.append([one for package in packages for one in _of_package(interpreter, package)])
        except Exception as error:  # noqa: BLE001
            return {"error": _first_error(str(error))}
    return {"results": results}


def _of_package(interpreter: Any, package: str) -> Iterator[dict[str, str]]:
    document = _value(interpreter.query(f"data.{package}"))
    if not isinstance(document, dict):
        return
    for name, value in document.items():
        rule = _RULE.match(name)
        if rule is None:
            continue
        members = value if isinstance(value, list) else list(value) if isinstance(value, dict) else [value]
        for member in members:
            message = _message(member)
            if message:
                yield {"rule": f"{package}.{name}", "effect": _EFFECTS[rule.group(1)], "message": message}


def _value(output: Any) -> Any:
    try:
        return json.loads(str(output))["expressions"][0]
    except (ValueError, LookupError, TypeError):
        return None


def _message(member: Any) -> str:
    """A text, an object with ``msg``, or, as a member of a set, such an object as text."""
    if isinstance(member, str) and member.startswith("{"):
        try:
            member = json.loads(member)
        except ValueError:
            return str(member)
    if isinstance(member, dict):
        member = member.get("msg", "")
    return member if isinstance(member, str) else ""


def _first_error(text: str) -> str:
    found = re.search(r"errormsg \d+:(.*?)\)", text)
    return found.group(1) if found else text.splitlines()[0][:300] if text else "it failed"


if __name__ == "__main__":
    main()
