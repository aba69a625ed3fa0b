"""The shipped rules as whole policies: a profile chooses rules and says how strictly each holds.

A profile is text, so that what is put in force can be read, kept and changed: the rules' own lines, with the
line ``profiles:`` replaced by the effect that the profile gives.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lading.foundation.errors import NotFound
from lading.policy.rollout import Mode

DEFAULT_PROFILE = "default"
PROFILES: Mapping[str, str] = MappingProxyType(
    {
        DEFAULT_PROFILE: "What is in force until an installation chooses: the path of an image, and no more.",
        "small": "A team that begins: what is certainly wrong is denied, the rest is shown.",
        "enterprise": "Many teams: denied where it counts, warned of in development.",
        "regulated": "Who has to show it to others: denied everywhere, with evidence for each image.",
    }
)
# The words of the library for how strictly a rule holds, as effects of a policy file.
_EFFECTS: Mapping[str, str] = MappingProxyType(
    {
        "strict": "deny",
        "deny": "{default: deny, dev: warn}",
        "mild": "{default: deny, dev: warn, test: warn}",
        "late": "{default: warn, prod: deny}",
        "warn": "warn",
        "watch": "allow",
    }
)
_RULE = re.compile(r"^  - id: ([a-z0-9-]+)$", re.MULTILINE)
_PROFILES = re.compile(r"^    profiles: \{(.*)\}\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LibraryRule:
    """A rule of the library: its lines, and a word for each profile that has it."""

    id: str
    text: str
    profiles: Mapping[str, str]


def iter_library(files: Iterable[str]) -> Iterator[LibraryRule]:
    """Iterate over the rules of the library's files, in their order."""
    for content in files:
        starts = list(_RULE.finditer(content))
        ends = [start.start() for start in starts[1:]] + [len(content)]
        for start, end in zip(starts, ends, strict=True):
            text = content[start.start() : end].rstrip() + "\n"
            given = _PROFILES.search(text)
            pairs = (pair.split(":") for pair in (given.group(1) if given else "").split(",") if pair.strip())
            yield LibraryRule(start.group(1), text, {name.strip(): word.strip() for name, word in pairs})


def compose_profile(files: Iterable[str], name: str, known: frozenset[str] | None = None) -> str:
    """Write a profile as a policy file; raise NotFound for one that there is not.

    ``known`` are rules that are in force already: all others are only observed at first. None knows them all.
    """
    if name not in PROFILES:
        raise NotFound(
            "profile-unknown", f"there is no profile {name[:80]!r}", hint=f"one of {', '.join(PROFILES)}"
        )
    parts = [_head(name)]
    for rule in iter_library(files):
        if word := rule.profiles.get(name):
            mode = "" if known is None or rule.id in known else f"    mode: {Mode.OBSERVE}\n"
            parts.append(_PROFILES.sub(f"    effect: {_EFFECTS[word]}\n{mode}", rule.text))
    return "\n".join(parts)


def _head(name: str) -> str:
    return (
        f"# The profile {name!r} of the rules that Lading ships. {PROFILES[name]}\n"
        "# docs/reference/evidence.md lists the facts that rules read; every rule carries its own examples.\n"
        f"policy: {name}\nrules:\n"
    ).rstrip("\n")
