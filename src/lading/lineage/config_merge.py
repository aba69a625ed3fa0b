"""What an image is configured to do, over another base: a three-way merge of configs, by these rules.

1. What the application left as the old base had it becomes what the new base has.
2. What the application set stays. Environment variables, labels, ports and volumes count one by one.
3. A variable that the application made from the base's (``/app/bin:$PATH``) is made from the new base's.
4. An entry point that the application set takes the base's arguments away, as a build does.
5. It is refused where it cannot be told what a build would do: a directory relative to one that changed, an
   entry point that changed under arguments that were given for it, triggers (``ONBUILD``) that changed.
6. History is the new base's, then the application's steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from lading.lineage.remarks import Findings, Rule

Config: TypeAlias = Mapping[str, Any]

# "container" and its like are what classic builders left behind.
_MADE_ANEW = frozenset(
    {"config", "rootfs", "history", "created", "container", "container_config", "id", "parent"}
)
_BY_KEY = ("ExposedPorts", "Volumes", "Labels")  # objects
_WHOLE = ("User", "StopSignal", "Healthcheck", "Shell", "ArgsEscaped", "StopTimeout", "MacAddress")


@dataclass(frozen=True, slots=True)
class ConfigSides:
    """Three decoded configs of images, all of them."""

    old: Config
    app: Config
    new: Config


def merge_config(
    sides: ConfigSides, *, created: str, note: str, fixed: bool, findings: Findings
) -> dict[str, Any]:
    """Merge by the rules above; ``note`` is the last step of the history."""
    old, app, new = (_execution(side) for side in (sides.old, sides.app, sides.new))
    execution: dict[str, Any] = {}
    known = {"Env", "Entrypoint", "Cmd", "WorkingDir", "OnBuild", *_BY_KEY, *_WHOLE}
    for name in (*_WHOLE, *sorted((set(app) | set(new)) - known)):
        _keep(execution, name, _three_way(old.get(name), app.get(name), new.get(name)))
    for name in _BY_KEY:
        _keep(execution, name, _by_key(_object(old, name), _object(app, name), _object(new, name)))
    _keep(execution, "Env", _environment(old, app, new, findings))
    _commands(execution, old, app, new, findings)
    _directory(execution, old, app, new, findings)
    _triggers(execution, old, app, new, findings)
    merged: dict[str, Any] = {
        name: value
        for name, value in sides.app.items()
        if name
        not in {"config", "rootfs", "history", "created", "container", "container_config", "id", "parent"}
    }
    for name in ("os", "architecture", "variant", "os.version", "os.features"):
        merged.pop(name, None)
        _keep(merged, name, sides.new.get(name))
    history = _history(sides, findings)
    if history is not None:
        history.append({"created": created, "created_by": note, "empty_layer": not fixed})
        if not fixed:
            history[-1]["comment"] = "nothing but layers was changed"
        merged["history"] = history
    return {**merged, "created": created, "config": execution}


def environment_of(config: Config) -> dict[str, str]:
    """The variables of a config; one without "=" is empty."""
    found: dict[str, str] = {}
    for line in _execution(config).get("Env") or ():
        name, _, value = str(line).partition("=")
        found[name] = value
    return found


def _environment(old: Config, app: Config, new: Config, findings: Findings) -> list[str]:
    """Rules 1 to 3. The order is the new base's, then the application's."""
    before, mine, theirs = (environment_of({"config": side}) for side in (old, app, new))
    result = dict(theirs)
    for name, value in mine.items():
        base = before.get(name)
        if value == base:
            continue
        if base and base in value and name in theirs:
            result[name] = value.replace(base, theirs[name])
            if theirs[name] != base:
                findings.note(Rule.CONFIG, "", f"{name} is made from the new base's {theirs[name]!r}")
            continue
        if name in theirs and theirs[name] not in (base, value):
            findings.note(
                Rule.CONFIG, "", f"{name} stays {value!r} as the application set it; the base changed it"
            )
        result[name] = value
    for name, value in before.items():
        if name not in mine and theirs.get(name, value) == value:
            result.pop(name, None)
    for name in sorted(set(before) | set(theirs)):
        if before.get(name) != theirs.get(name) and mine.get(name) == before.get(name):
            findings.note(
                Rule.CONFIG, "", f"{name} changes from {before.get(name)!r} to {theirs.get(name)!r}"
            )
    return [f"{name}={value}" for name, value in result.items()]


def _commands(execution: dict[str, Any], old: Config, app: Config, new: Config, findings: Findings) -> None:
    """Rules 1, 2, 4 and 5."""
    own_entry = app.get("Entrypoint") != old.get("Entrypoint")
    own_arguments = app.get("Cmd") != old.get("Cmd")
    if own_entry:
        _keep(execution, "Entrypoint", app.get("Entrypoint"))
        _keep(execution, "Cmd", app.get("Cmd"))
        return
    _keep(execution, "Entrypoint", new.get("Entrypoint"))
    _keep(execution, "Cmd", app.get("Cmd") if own_arguments else new.get("Cmd"))
    if new.get("Entrypoint") != old.get("Entrypoint"):
        if own_arguments:
            findings.refuse(
                Rule.CONFIG,
                "",
                "the base's entry point changed, under arguments that were given for the old one",
            )
        else:
            findings.note(Rule.CONFIG, "", "the entry point is the new base's")
    if not own_arguments and new.get("Cmd") != old.get("Cmd"):
        findings.note(Rule.CONFIG, "", "the command is the new base's")


def _directory(execution: dict[str, Any], old: Config, app: Config, new: Config, findings: Findings) -> None:
    """Rules 1, 2 and 5."""
    before, mine, theirs = (str(side.get("WorkingDir") or "") for side in (old, app, new))
    if mine != before and before not in ("", "/") and theirs != before and mine.startswith(f"{before}/"):
        findings.refuse(
            Rule.CONFIG,
            "",
            f"the work directory {mine} may be relative to {before}, which is now {theirs or '/'}",
        )
    _keep(execution, "WorkingDir", theirs if mine == before else mine)


def _triggers(execution: dict[str, Any], old: Config, app: Config, new: Config, findings: Findings) -> None:
    """Rule 5: triggers of the base ran when the application was built, and left no mark."""
    if (old.get("OnBuild") or None) != (new.get("OnBuild") or None):
        findings.refuse(Rule.CONFIG, "", "ONBUILD triggers of the base changed, and only a build runs them")
    _keep(execution, "OnBuild", app.get("OnBuild"))


def _history(sides: ConfigSides, findings: Findings) -> list[dict[str, Any]] | None:
    """Rule 6; None where the application's history does not account for its layers."""
    old, app, new = (
        [step for step in side.get("history") or () if isinstance(step, dict)]
        for side in (sides.old, sides.app, sides.new)
    )
    layers = [
        len((side.get("rootfs") or {}).get("diff_ids") or ()) for side in (sides.old, sides.app, sides.new)
    ]
    for history, count in zip((old, app, new), layers, strict=True):
        if sum(not step.get("empty_layer") for step in history) != count:
            findings.note(Rule.CONFIG, "", "a history does not account for its layers, and is left out")
            return None
    if app[: len(old)] == old:
        return [dict(step) for step in (*new, *app[len(old) :])]
    made = 0
    at = 0
    while made < layers[0]:
        made += not app[at].get("empty_layer")
        at += 1
    return [dict(step) for step in (*new, *app[at:])]


def _three_way(old: Any, app: Any, new: Any) -> Any:
    """Rules 1 and 2."""
    return new if app == old else app


def _by_key(old: Config, app: Config, new: Config) -> dict[str, Any]:
    result = dict(new)
    for key, value in app.items():
        if key not in old or old[key] != value:
            result[key] = value
    for key in old:
        if key not in app:
            result.pop(key, None)
    return result


def _execution(config: Config) -> Config:
    found = config.get("config")
    return found if isinstance(found, Mapping) else {}


def _object(config: Config, name: str) -> Config:
    found = config.get(name)
    return found if isinstance(found, Mapping) else {}


def _keep(result: dict[str, Any], name: str, value: Any) -> None:
    if value not in (None, "", [], {}):
        result[name] = value
