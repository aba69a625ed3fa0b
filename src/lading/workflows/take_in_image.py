"""Take in an image that was pushed: analyse it, match what is new in it, make its bills of materials.

1. A push asks for a job under a key that names repository, digest and analyser, so that it is taken once.
2. The job analyses the image (``analyse_image``), places it among all others by its layers, and matches the
   packages that no image brought before.
3. Its bills of materials are attached to it, by the server itself.
4. That it is done, or cannot be done, is written into the audit log.

A crash between a push and its job, or in a job, loses nothing: at every start, ``images_left`` gives all
images that are not done.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.cataloging.layer import ANALYSER
from lading.oci.digest import Digest
from lading.ports.jobs import Job, Jobs, JobState
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import Records
from lading.registry.caller import BoundRights, Caller
from lading.workflows.analyse_image import AnalysedImage, AnalysisPorts, analyse_image
from lading.workflows.attach_claim import PushPorts
from lading.workflows.attach_sboms import attach_sboms
from lading.workflows.match_packages import match_packages
from lading.workflows.place_images import place_image

JOB = "take-in"
_MOST_TRIES = 5  # keys for one image; each was tried several times by the job engine itself


@dataclass(frozen=True, slots=True)
class TakeInPorts:
    """What taking in needs."""

    analysis: AnalysisPorts
    push: PushPorts
    registry_name: str  # host[:port] by which images name this registry

    @property
    def records(self) -> Records:
        """Where all of it is kept."""
        return self.analysis.records


def ask_for_take_in(records: Records, jobs: Jobs, repository: str, manifest: Digest) -> None:
    """Enqueue what a push makes necessary; nothing for indexes, signatures and other artifacts."""
    with records.read() as kept:
        stored = kept.registry.manifest(repository, manifest)
    if stored is not None and stored.kind == "image":
        jobs.enqueue(_job(repository, manifest))


def ask_for_images_left(records: Records, jobs: Jobs) -> int:
    """Enqueue every image that is not done; return how many. A job that failed before is taken on again."""
    count = 0
    for repository, manifest in _images_left(records):
        for attempt in range(_MOST_TRIES):
            job = _job(repository, manifest, attempt)
            if jobs.state(job.key) is not JobState.FAILED:
                jobs.enqueue(job)
                count += 1
                break
    return count


def take_in_image(ports: TakeInPorts, arguments: Mapping[str, str], now: datetime) -> AnalysedImage | None:
    """Do the job, by the numbered steps above; None where the image is gone."""
    repository, manifest = arguments["repository"], Digest.parse(arguments["manifest"])
    # Step 2.
    analysed = analyse_image(ports.analysis, repository, manifest, now)
    if analysed is None:
        return None
    place_image(ports.records, ports.analysis.blobs, manifest)
    packages = sum(batch.packages for batch in match_packages(ports.records, now))
    # Step 3.
    if analysed.contents is not None:
        name = ports.registry_name
        attach_sboms(ports.push, repository, analysed.image, analysed.contents, now, registry_name=name)
    # Step 4.
    caller = Caller(SYSTEM, BoundRights(NO_BINDINGS))
    event = caller.did(
        "image.analyse",
        f"{repository}@{manifest}",
        now,
        analyser=ANALYSER,
        layers_read=analysed.new_layers,
        packages=len(analysed.contents.packages) if analysed.contents else 0,
        packages_matched=packages,
        failed=analysed.reason,
    )
    with ports.records.write() as kept:
        kept.audit.append(event)
    return analysed


def _job(repository: str, manifest: Digest, attempt: int = 0) -> Job:
    again = f"/{attempt}" if attempt else ""
    return Job(
        name=JOB,
        key=f"{JOB}/{repository}@{manifest}/{ANALYSER}{again}",
        arguments={"repository": repository, "manifest": str(manifest)},
    )


def _images_left(records: Records) -> Iterator[tuple[str, Digest]]:
    after = ""
    while True:
        with records.read() as kept:
            page = kept.contents.images_to_analyse(ANALYSER, after=after, limit=MAX_LIMIT)
        yield from ((image.repository, image.manifest) for image in page.items)
        after = page.next
        if not after:
            return
