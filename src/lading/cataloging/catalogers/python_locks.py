"""Lock files of Python's package managers: Poetry, uv, PDM, Pipenv, and pylock (PEP 751).

Packages that stand in a folder beside the lock file (the project itself, a workspace) are not named: they are
the application, and nobody publishes advisories for it.
"""

from collections.abc import Iterator
from typing import Any

from lading.cataloging.asking import Asker, Scope, asker, iter_python_needs
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import (
    NotUnderstood,
    named,
    python_name,
    read_json_object,
    read_toml,
    reporting,
    table,
    tables,
)

NAME = "python-lock"
_OF_THE_PROJECT = ("editable", "virtual", "directory")  # uv's and pylock's words for it


def _read_lock(path: str, content: bytes) -> Iterator[Found]:
    if path.endswith("Pipfile.lock"):
        yield from _iter_pipenv(read_json_object(content))
        return
    lock = read_toml(content)
    packages = lock.get("packages" if "pylock." in path else "package", [])
    if not isinstance(packages, list):
        raise NotUnderstood("its packages are no list")
    for package in tables(packages):
        if not _is_of_the_project(package):
            yield from named("pypi", python_name(package.get("name")), package.get("version"))


def _iter_asks(path: str, content: bytes) -> Iterator[Asker]:
    """Poetry names what is needed in a table, PDM as specifiers, uv and pylock as tables with a name."""
    if path.endswith("Pipfile.lock"):
        return  # it says no such thing
    try:
        lock = read_toml(content)
    except NotUnderstood:
        return
    for package in tables(lock.get("packages" if "pylock." in path else "package")):
        stated = package.get("dependencies")
        needs = stated if isinstance(stated, dict | list) else ()
        names = (one.get("name") if isinstance(one, dict) else one for one in needs)
        for found in named("pypi", python_name(package.get("name")), package.get("version")):
            yield asker(found, iter_python_needs(names))


def _is_of_the_project(package: dict[str, Any]) -> bool:
    source = table(package, "source")
    return any(word in source or word in package for word in _OF_THE_PROJECT)


def _iter_pipenv(lock: dict[str, Any]) -> Iterator[Found]:
    for group, packages in lock.items():
        if group == "_meta" or not isinstance(packages, dict):
            continue
        for name, package in packages.items():
            version = table(package).get("version")
            if isinstance(version, str):
                yield from named("pypi", python_name(name), version.lstrip("= "))


CATALOGER = Cataloger(
    name=NAME,
    reads=(
        "**/poetry.lock",
        "**/uv.lock",
        "**/pdm.lock",
        "**/Pipfile.lock",
        "**/pylock.toml",
        "**/pylock.*.toml",
    ),
    parse=reporting(NAME, _read_lock),
    declares=True,
    asks=_iter_asks,
    scope=Scope.FILE,
)
