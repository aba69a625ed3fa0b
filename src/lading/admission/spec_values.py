"""Members of a workload spec that anybody may have written: of the expected type, or Malformed."""

from collections.abc import Iterator, Mapping
from typing import Any

from lading.admission.spec_documents import Path
from lading.foundation.errors import Malformed


def member(parent: Mapping[str, Any], name: str, at: Path) -> Mapping[str, Any]:
    """Give an object; an absent one is empty."""
    value = parent.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _wrong((*at, name), "an object")
    return value


def flag(parent: Mapping[str, Any], name: str, at: Path) -> bool | None:
    """Give a truth value; None where it is absent."""
    value = parent.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise _wrong((*at, name), "true or false")


def text(parent: Mapping[str, Any], name: str, at: Path) -> str:
    """Give a text; an absent one is empty."""
    value = parent.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise _wrong((*at, name), "a text")


def scalar(parent: Mapping[str, Any], name: str) -> str:
    """Give a text, number or truth value as text; anything else is empty."""
    value = parent.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def number(parent: Mapping[str, Any], name: str, at: Path) -> int | None:
    """Give a whole number; None where it is absent."""
    value = parent.get(name)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _wrong((*at, name), "a whole number")


def texts(parent: Mapping[str, Any], name: str, at: Path) -> tuple[str, ...]:
    """Give a list of texts; an absent one is empty."""
    value = parent.get(name)
    if value is None:
        return ()
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise _wrong((*at, name), "a list of texts")


def objects(parent: Mapping[str, Any], name: str, at: Path) -> Iterator[tuple[Mapping[str, Any], Path]]:
    """Iterate over a list of objects, each with its place."""
    value = parent.get(name)
    if value is None:
        return
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise _wrong((*at, name), "a list of objects")
    for index, one in enumerate(value):
        yield one, (*at, name, index)


def show_path(path: Path) -> str:
    """Write a place for people: ``spec.containers[0].image``."""
    shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return shown.removeprefix(".")


def _wrong(path: Path, what: str) -> Malformed:
    return Malformed(
        "workload-invalid", f"{show_path(path)} must be {what}", details={"path": show_path(path)}
    )
