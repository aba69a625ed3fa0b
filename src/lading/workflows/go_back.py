"""Go back from an image that was made without a build to the one that it was made from.

1. The caller may pull the image and push to its repository.
2. The image was rebased or patched here; what it was made from is still here. Bytes cannot have changed:
   both are named by digest.
3. Every tag that names the image is moved back, but for the one that it was given when it was made: that
   keeps naming what it names. Rules on tags hold (``push_manifest``), and all tags move or none.
4. What still runs of the image is counted: moving tags stops no container.
"""

from dataclasses import dataclass
from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation.errors import Conflict
from lading.oci.digest import Digest
from lading.registry.caller import Caller
from lading.workflows.attach_claim import PushPorts
from lading.workflows.derived_images import images_of
from lading.workflows.pull_manifest import find_manifest
from lading.workflows.push_manifest import ManifestUpload, push_manifest
from lading.workflows.push_together import together
from lading.workflows.show_image import find_image


@dataclass(frozen=True, slots=True)
class WentBack:
    """Where it went back to. ``tags`` were moved; ``containers`` still run of the image."""

    repository: str
    image: Digest
    made_from: Digest
    method: str  # "rebase" or "patch"
    tags: tuple[str, ...]
    containers: int


def go_back(
    ports: PushPorts, caller: Caller, repository: str, reference: str, now: datetime, *, reason: str = ""
) -> WentBack:
    """Go back by the numbered steps above.

    Raises Forbidden, NotFound, Conflict ``not-derived`` for an image that was built, and as pushing does.
    """
    # Step 1.
    caller.require(Verb.PULL, repository)
    caller.require(Verb.PUSH, repository)
    image = find_image(ports.records, caller, repository, reference)
    # Step 2.
    with ports.records.read() as kept:
        derivation = kept.campaigns.derivation(repository, image)
        tags = kept.registry.tags_of(repository, image)
        running = kept.lineage.running_counts()
        images = {image, *(digest for digest, _, _ in images_of(kept, repository, image))}
    if derivation is None:
        raise Conflict(
            "not-derived",
            f"{repository}@{image} was not rebased or patched here, so there is nothing to go back to",
            hint="the history of a tag is in `lading tags history`",
        )
    before = find_manifest(ports.records, caller, repository, derivation.made_from)
    # Step 3.
    moved = tuple(tag for tag in tags if tag != derivation.tag)
    with together(ports) as push:
        if moved:
            expected: dict[str, Digest | None] = dict.fromkeys(moved, image)
            upload = ManifestUpload(repository, before.digest, moved, before.media_type, before.raw, expected)
            push_manifest(push.records, caller, upload, now, limits=push.limits, on_pushed=push.on_pushed)
        event = caller.did(
            "image.go-back",
            f"{repository}@{image}",
            now,
            made_from=str(before.digest),
            method=derivation.method,
            tags=list(moved),
            reason=reason,
        )
        with push.records.write() as kept:
            kept.audit.append(event)
    # Step 4.
    containers = sum(running.get(each, 0) for each in images)
    return WentBack(repository, image, before.digest, derivation.method, moved, containers)
