"""Credentials that are in no file: in the environment, the labels, and the history of an image.

A history shows every build argument that a step used, and every command as it was written: whoever has the
image reads them with `docker history`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lading.cataloging.analysis import Secret
from lading.cataloging.secrets.checks import is_placeholder
from lading.cataloging.secrets.kind import NAMED_SECRET
from lading.cataloging.secrets.searching import iter_secrets
from lading.oci.config import ImageConfig

_NAMES = re.compile(
    r"(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY(?:_ID)?|SECRET_?KEY(?:_BASE)?|PRIVATE_?KEY"
    r"|CREDENTIALS?|_PWD|_PAT|CONNECTION_?STRING)\Z",
    re.IGNORECASE,
)
_NOT_VALUES = re.compile(r"/|https?:|\$|%|<|\{|true\Z|false\Z|yes\Z|no\Z|file:|\d{1,5}\Z", re.IGNORECASE)
_ASSIGNMENT = re.compile(
    r"(?<![\w.-])([A-Za-z_][A-Za-z0-9_]{1,80})=(\"[^\"]{1,500}\"|'[^']{1,500}'|[^\s\"';&|]{1,500})"
)
_ARGUMENTS = re.compile(r"(?:RUN )?\|\d+ (.*?)/bin/(?:ba|da|a)?sh -\w*c", re.DOTALL)
_LEAST = 6  # characters of a value that may be one


@dataclass(frozen=True, slots=True)
class ConfigSecret:
    """A credential in the configuration. ``place`` says where, in words: ``environment DB_PASSWORD``.

    ``step`` is the number of the history's step that has it, 0 for the first, and -1 where it is none.
    """

    kind: str
    place: str
    step: int
    excerpt: str
    example: str = ""


def iter_config_secrets(config: ImageConfig) -> Iterator[ConfigSecret]:
    """Yield each credential once for each place, in the order of the configuration."""
    for setting in config.env:
        name, _, value = setting.partition("=")
        yield from _in_setting(name, value, f"environment {name}", -1)
    for name, value in sorted(config.labels.items()):
        yield from _in_setting(name, value, f"label {name}", -1)
    for place, words in (("entry point", config.entrypoint), ("command", config.cmd)):
        yield from _in_text(" ".join(words), place, -1)
    for number, step in enumerate(config.history):
        yield from _in_step(step.created_by, number)
        yield from _in_text(step.comment, f"comment of step {number}", number)


def _in_step(text: str, number: int) -> Iterator[ConfigSecret]:
    seen: set[str] = set()
    arguments = _ARGUMENTS.match(text)
    for found in _ASSIGNMENT.finditer(text):
        name, value = found[1], found[2].strip("\"'")
        is_argument = text.startswith("ARG ") or (arguments is not None and found.start() < arguments.end(1))
        what = "build argument" if is_argument else "history"
        for one in _in_setting(name, value, f"{what} {name} (step {number})", number):
            seen.add(value)
            yield one
    rest = text
    for value in seen:
        rest = rest.replace(value, "")
    yield from _in_text(rest, f"history, step {number}", number)


def _in_setting(name: str, value: str, place: str, step: int) -> Iterator[ConfigSecret]:
    found = list(_in_text(value, place, step))
    if not found:
        found = list(_in_text(f"{name}={value}\n", place, step))
    yield from found
    if not found and _NAMES.search(name) and _is_meant(value):
        yield ConfigSecret(NAMED_SECRET, place, step, f"{name} = … ({len(value)} characters)")


def _in_text(text: str, place: str, step: int) -> Iterator[ConfigSecret]:
    content = text.encode("utf-8", "replace")
    for secret in iter_secrets("", (content,)) if content else ():
        yield _placed(secret, place, step)


def _placed(secret: Secret, place: str, step: int) -> ConfigSecret:
    return ConfigSecret(secret.kind, place, step, secret.excerpt, secret.example)


def _is_meant(value: str) -> bool:
    return (
        len(value) >= _LEAST
        and not _NOT_VALUES.match(value)
        and not is_placeholder(value.encode("utf-8", "replace"))
    )
