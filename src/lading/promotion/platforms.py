"""Which images of an index an environment would run, and which it lacks.

1. Platforms are compared as engines compare them: ``arm64/v8`` is ``arm64``, ``arm`` is ``arm/v7``, and
   ``aarch64`` and ``x86_64`` are names of other tools for the same (containerd/platforms, database.go).
2. What an image's own configuration says counts. An index that says something else of it is refused: an
   engine would choose by the index, and a listed image must be judged for the platform that it is pulled for.
3. Every entry of a platform is judged with the others of it: which of two is taken is the engine's choice.
4. Attestations (``unknown/unknown``) are for no platform.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lading.foundation.errors import Conflict, Malformed
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.policy.decision import Outcome

MAX_PLATFORMS = 20  # that one environment runs
_PART = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}\Z")
_ARCHITECTURES = {"aarch64": "arm64", "x86_64": "amd64", "x86-64": "amd64"}
_USUAL_VARIANT = {("arm64", "v8"): "", ("arm64", "8"): "", ("amd64", "v1"): "", ("arm", ""): "v7"}


@dataclass(frozen=True, slots=True)
class ListedImage:
    """An image as its index lists it, and what it says of itself.

    ``listed_as`` is None where the index says nothing; ``is_for`` is None where the image could not be read.
    """

    digest: Digest
    listed_as: Platform | None
    is_for: Platform | None


@dataclass(frozen=True, slots=True)
class PlatformOutcome:
    """What the gate said of one platform, by the id of the decision."""

    platform: str
    outcome: Outcome
    decision: str


@dataclass(frozen=True, slots=True)
class ChosenPlatforms:
    """The images by each platform that the environment runs, and the platforms that nobody asks about."""

    run: tuple[tuple[str, tuple[Digest, ...]], ...]
    not_run: tuple[str, ...]


def parse_platforms(texts: Iterable[str]) -> tuple[str, ...]:
    """Read ``os/architecture[/variant]``, each once, as rule 1 writes it; raise Malformed."""
    found: dict[str, None] = {}
    for text in texts:
        parts = text.strip().split("/")
        if not 2 <= len(parts) <= 3 or not all(map(_PART.match, parts)) or parts[0] == "unknown":
            raise Malformed(
                "platform-invalid", f"{text[:80]!r} is no platform", hint="for example linux/arm64"
            )
        found[usual_name(Platform(*parts))] = None
        if len(found) > MAX_PLATFORMS:
            raise Malformed("platforms-too-many", f"an environment runs at most {MAX_PLATFORMS} platforms")
    return tuple(found)


def usual_name(platform: Platform) -> str:
    """Name a platform as rule 1 says."""
    architecture = platform.architecture.lower()
    architecture = _ARCHITECTURES.get(architecture, architecture)
    variant = platform.variant.lower()
    variant = _USUAL_VARIANT.get((architecture, variant), variant)
    return str(Platform(platform.os.lower(), architecture, variant))


def choose(
    environment: str, runs: Iterable[str], image: str, listed: Iterable[ListedImage]
) -> ChosenPlatforms:
    """Give what is to be judged; raise Conflict where a platform is lacking or an image is listed falsely."""
    by_platform: dict[str, list[Digest]] = {}
    for each in listed:
        by_platform.setdefault(_platform_of(each, image), []).append(each.digest)
    wanted = tuple(runs)
    lacking = [name for name in wanted if name not in by_platform]
    if lacking:
        has = ", ".join(sorted(by_platform)) or "no image for any platform"
        raise Conflict(
            "platform-lacking",
            f"no {', no '.join(lacking)} for {environment}: {image} has {has}",
            hint=f"build for {', '.join(wanted)} and push them as one index (docker buildx build --platform "
            f"{','.join(wanted)} --push), or say what it runs: lading environments platforms {environment}",
        )
    return ChosenPlatforms(
        tuple((name, tuple(by_platform[name])) for name in wanted),
        tuple(sorted(name for name in by_platform if name not in wanted)),
    )


def _platform_of(each: ListedImage, image: str) -> str:
    """Rule 2. An index may leave the variant out, and so may an image."""
    says = usual_name(each.is_for) if each.is_for is not None else ""
    if each.is_for is None:
        said = usual_name(each.listed_as) if each.listed_as is not None else "no platform"
        raise Conflict(
            "platform-unknown",
            f"{image} lists {each.digest} ({said}), which cannot be read here",
            hint="push all images of the index, or an index without it",
        )
    if each.listed_as is None:
        return says
    listed = usual_name(each.listed_as)
    same = (each.listed_as.os, listed.split("/")[1:2]) == (each.is_for.os, says.split("/")[1:2])
    if not same or (each.listed_as.variant and each.is_for.variant and listed != says):
        raise Conflict(
            "platform-untrue",
            f"{image} lists {each.digest} as {listed}, and its configuration says {says}",
            hint="build it again for the platform that the index says, and push both",
        )
    return listed if each.listed_as.variant else says
