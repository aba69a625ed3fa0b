"""How a running container stands to what the registry knows: a set of flags, each with its reason.

1. The container's image came from our registry under a digest that we hold: *known*. Otherwise *unknown*,
   and nothing else can be said.
2. A known image without a signature that the trust policy accepts is *unsigned*.
3. A known image that the policy refuses for the container's environment is *failed*.
4. Where signature or policy could not be asked, or the engine does not say which image it runs, the container
   is *undetermined*: this is never shown as fine.
5. A container started by a tag that now points to another digest has a *modified tag*: starting it again
   would start something else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from lading.foundation.errors import LadingError
from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.oci.reference import Reference, parse_reference


class Flag(StrEnum):
    """One thing that is to be said of a running container."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    UNSIGNED = "unsigned"
    FAILED = "failed"
    UNDETERMINED = "undetermined"
    MODIFIED_TAG = "modified-tag"


@dataclass(frozen=True, slots=True)
class Remark:
    """A flag and why."""

    flag: Flag
    reason: str


Standing: TypeAlias = tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class RunningImage:
    """The image of a container, found in our registry: a repository and the digest it was pulled by."""

    repository: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class ImageKnowledge:
    """What is known of a running image now.

    ``signed`` and ``passes`` are None where it could not be told, with the reason beside them. ``tag`` is the
    tag that the container was started by, ``tag_now`` where it points now: both None where it was started by
    digest.
    """

    signed: bool | None
    signed_reason: str
    passes: bool | None
    passes_reason: str
    tag: str | None = None
    tag_now: Digest | None = None


def candidates(container: RunningContainer, registries: Iterable[str]) -> tuple[RunningImage, ...]:
    """Give the places in our registry that the container's image may have come from, as the engine says.

    ``registries`` are the host names under which our registry is known. What cannot be read names no place.
    """
    ours = frozenset(registries)
    found: dict[RunningImage, None] = {}
    for text in (*container.manifest_digests, container.image_reference):
        reference = read_reference(text)
        if reference is not None and reference.digest is not None and reference.registry in ours:
            found[RunningImage(reference.repository, reference.digest)] = None
    return tuple(found)


def config_of(container: RunningContainer) -> Digest | None:
    """Give the digest of the image's configuration, None where the engine names none that can be one."""
    try:
        return Digest.parse(container.image_id)
    except LadingError:
        return None


def started_by(container: RunningContainer, registries: Iterable[str]) -> Reference | None:
    """Give the name in our registry by which the container was started, None where it was another."""
    reference = read_reference(container.image_reference)
    return reference if reference is not None and reference.registry in frozenset(registries) else None


def standing_of(
    container: RunningContainer, image: RunningImage | None, known: ImageKnowledge | None
) -> Standing:
    """Say how a container stands; ``image`` and ``known`` are None where the registry does not hold it."""
    # Step 1.
    if image is None or known is None:
        return (_unknown(container),)
    remarks = [Remark(Flag.KNOWN, f"{image.repository}@{image.digest} is in this registry")]
    # Steps 2 and 4.
    if known.signed is None:
        remarks.append(Remark(Flag.UNDETERMINED, known.signed_reason))
    elif not known.signed:
        remarks.append(Remark(Flag.UNSIGNED, known.signed_reason))
    # Steps 3 and 4.
    if known.passes is None:
        remarks.append(Remark(Flag.UNDETERMINED, known.passes_reason))
    elif not known.passes:
        remarks.append(Remark(Flag.FAILED, known.passes_reason))
    # Step 5.
    if known.tag is not None and known.tag_now != image.digest:
        now = f"points to {known.tag_now} now" if known.tag_now else "is no longer there"
        remarks.append(Remark(Flag.MODIFIED_TAG, f"it was started by the tag {known.tag}, which {now}"))
    return tuple(remarks)


def read_reference(text: str) -> Reference | None:
    """Read what an engine calls an image; a bare image id or nonsense names nothing."""
    if not text or text.startswith("sha256:"):
        return None
    try:
        return parse_reference(text)
    except LadingError:
        return None


def _unknown(container: RunningContainer) -> Remark:
    if container.manifest_digests:
        return Remark(Flag.UNKNOWN, f"{container.manifest_digests[0]} is not in this registry")
    name = container.image_reference or container.image_id or "its image"
    return Remark(Flag.UNKNOWN, f"{name} never came from a registry: it was built or loaded on the host")
