"""Where the Dockerfile of an image is kept, so that a change of its base can be proposed there.

Written ``github:OWNER/PROJECT:PATH@BRANCH`` or ``gitlab:GROUP/PROJECT:PATH@BRANCH``.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lading.access.repository_pattern import RepositoryPattern
from lading.campaigns.campaign import Campaign, Item
from lading.foundation.errors import Malformed

_PLACE = re.compile(
    r"(github|gitlab):([\w.-]+(?:/[\w.-]+)+):((?!/)(?:(?!\.\.?/)[\w.@+-]+/)*(?!\.\.?@)[\w.+-]+)@([\w./-]{1,200})\Z"
)
_MAX_DIFF = 20_000  # characters


class Forge(StrEnum):
    """The kind of server that keeps sources, by its API."""

    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """A file on a branch of a project."""

    forge: Forge
    project: str
    path: str
    branch: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change to one file, for people to look at. ``branch`` names it: the same change has the same one."""

    branch: str
    title: str
    body: str
    before: bytes
    after: bytes


def parse_place(text: str) -> SourcePlace:
    """Read one; raise Malformed ``source-invalid``."""
    found = _PLACE.match(text)
    if found is None or len(text) > 1_000:
        raise Malformed(
            "source-invalid",
            f"{text[:100]!r} does not say where a Dockerfile is",
            hint="github:owner/project:path/Dockerfile@main",
        )
    return SourcePlace(Forge(found[1]), found[2], found[3], found[4])


def place_of(repository: str, sources: Mapping[RepositoryPattern, SourcePlace]) -> SourcePlace | None:
    """The place of the most specific pattern that matches."""
    matching = [pattern for pattern in sources if pattern.matches(repository)]
    return sources[max(matching, key=lambda pattern: pattern.specificity)] if matching else None


def proposal_of(campaign: Campaign, item: Item, place: SourcePlace, before: bytes, after: bytes) -> Proposal:
    """Say what is changed, why, and in which campaign."""
    diff = "".join(
        difflib.unified_diff(
            before.decode().splitlines(keepends=True),
            after.decode().splitlines(keepends=True),
            f"a/{place.path}",
            f"b/{place.path}",
        )
    )
    reason = f"{campaign.reason}\n\n" if campaign.reason else ""
    body = (
        f"{reason}{item.repository} is in the campaign “{campaign.title}” ({campaign.id}): {item.why}.\n"
        f"The base to build on is `{item.onto}`. {_date(campaign)}\n\n"
        f"```diff\n{diff[:_MAX_DIFF].replace('```', '` ` `')}\n```\n"
    )
    safe = re.sub(r"[^a-z0-9]+", "-", item.repository)
    return Proposal(
        f"lading/{campaign.id}/{safe[:100]}",
        f"Build {item.repository} on {item.onto.rpartition('/')[2]}",
        body,
        before,
        after,
    )


def _date(campaign: Campaign) -> str:
    begins = campaign.deadlines.begins()
    return f"The first date after which gates mind is {begins[0][1]}." if begins else ""
