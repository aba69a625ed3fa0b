"""What is done without anybody waiting for it: jobs that something asks for, and those that come round."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.adapters.after_a_lull import AfterALull
from lading.adapters.analyser_process import ProcessAnalyser, WorkerLimits
from lading.adapters.analyser_workers import Nursery
from lading.adapters.jobs_dbos import DbosJobs
from lading.adapters.starter_feed import starter_content, starter_documents
from lading.adapters.ticker import Ticker
from lading.advisories.all_formats import STARTER_FEED
from lading.advisories.formats.osv import OSV
from lading.bootstrap.campaigns import campaign_ports, overdue_jobs
from lading.bootstrap.directories import directories_jobs, directories_periodic
from lading.bootstrap.feeds import FEED_PERIODIC, feed_jobs
from lading.bootstrap.gates import trust_policy
from lading.bootstrap.governing import GOVERNING_PERIODIC, governing_jobs
from lading.bootstrap.installation import Installation, clock
from lading.bootstrap.keeping import keeping_jobs, keeping_periodic
from lading.bootstrap.mirrors import MIRROR_PERIODIC, mirror_jobs
from lading.bootstrap.registry import push_ports, registry_limits
from lading.image.limits import ReadingLimits
from lading.oci.digest import Digest
from lading.ports.jobs import Jobs
from lading.registry.caller import BoundRights, Caller
from lading.workflows.analyse_image import AnalysisPorts
from lading.workflows.campaigns import STEP as STEP_CAMPAIGNS
from lading.workflows.drop_abandoned_uploads import drop_abandoned_uploads
from lading.workflows.fill_caches import fill_caches
from lading.workflows.import_advisories import FeedArrival, import_advisories
from lading.workflows.local_claims import LocalClaims
from lading.workflows.match_packages import match_packages
from lading.workflows.periodic_work import Periodic, ask_for_turns
from lading.workflows.place_images import place_images_left
from lading.workflows.push_manifest import OnManifestPushed
from lading.workflows.rebuild_overdue import EVERY as OVERDUE_EVERY
from lading.workflows.rebuild_overdue import JOB as REBUILD_OVERDUE
from lading.workflows.reevaluate_trust import reevaluate_trust
from lading.workflows.run_mirrors import MirrorPorts
from lading.workflows.step_campaigns import step_campaign, step_campaigns
from lading.workflows.take_in_image import JOB as TAKE_IN
from lading.workflows.take_in_image import TakeInPorts, ask_for_images_left, take_in_image
from lading.workflows.trust_in_force import REEVALUATE

_DROP_UPLOADS, _FORGET_DONE = "drop-abandoned-uploads", "forget-done-jobs"
_PLACE_IMAGES, _TAKE_IN_LEFT = "place-images", "take-in-left"
_FILL_CACHES = "fill-caches"
PERIODIC = (
    Periodic(_DROP_UPLOADS, every=timedelta(hours=1)),
    Periodic(_FORGET_DONE, every=timedelta(days=1)),
    Periodic(_PLACE_IMAGES, every=timedelta(hours=6)),
    Periodic(STEP_CAMPAIGNS, every=timedelta(minutes=1)),
    Periodic(REBUILD_OVERDUE, every=OVERDUE_EVERY),
    Periodic(_FILL_CACHES, every=timedelta(minutes=1)),
    Periodic(_TAKE_IN_LEFT, every=timedelta(hours=1)),  # of a server that ended before it asked
)
_DONE_JOBS_KEPT = timedelta(days=30)
_LULL, _MOST_WAIT = 0.3, 20.0  # seconds without a push before images are analysed, and with pushes
_TICK = 30.0  # seconds between looks at whether a turn has come


def background_jobs(
    installation: Installation, on_pushed: OnManifestPushed, mirrors: MirrorPorts
) -> DbosJobs:
    """The job engine with everything that it can run."""
    settings = installation.settings
    limits = WorkerLimits(
        seconds=settings.analysis.seconds,
        memory_bytes=settings.analysis.memory_mib << 20,
        reading=ReadingLimits(uncompressed_bytes=settings.analysis.layer_gib << 30),
    )
    analyser = ProcessAnalyser(installation.blobs, limits, complain=_complain, nursery=Nursery())
    ports = TakeInPorts(
        analysis=AnalysisPorts(installation.records, installation.blobs, analyser),
        push=push_ports(installation, on_pushed),
        registry_name=installation.registry,
    )

    def take_in(arguments: Mapping[str, str]) -> None:
        take_in_image(ports, arguments, clock())

    def drop_uploads(_arguments: Mapping[str, str]) -> None:
        limit = registry_limits(settings.registry).abandoned_upload
        drop_abandoned_uploads(installation.blobs, clock(), after=limit)

    claims, shipped = LocalClaims(installation.records, installation.blobs), trust_policy(installation)

    def reevaluate(arguments: Mapping[str, str]) -> None:
        reevaluate_trust(installation.records, claims, shipped, arguments, clock())

    def forget_done(_arguments: Mapping[str, str]) -> None:
        jobs.forget_done(clock() - _DONE_JOBS_KEPT)

    def take_in_left(_arguments: Mapping[str, str]) -> None:
        ask_for_images_left(installation.records, jobs)

    campaigns = campaign_ports(installation, on_pushed)

    def campaign_step(arguments: Mapping[str, str]) -> None:
        if "campaign" in arguments:
            step_campaign(campaigns, arguments["campaign"])
        else:
            step_campaigns(campaigns)

    def fill(_arguments: Mapping[str, str]) -> None:
        fill_caches(mirrors.cache)

    def place_images(_arguments: Mapping[str, str]) -> None:
        place_images_left(installation.records, installation.blobs)

    url = settings.data.jobs_url or f"sqlite:///{installation.folder.jobs}"
    runners = {
        TAKE_IN: take_in,
        _DROP_UPLOADS: drop_uploads,
        _FORGET_DONE: forget_done,
        _PLACE_IMAGES: place_images,
        STEP_CAMPAIGNS: campaign_step,
        _TAKE_IN_LEFT: take_in_left,
        _FILL_CACHES: fill,
        REEVALUATE: reevaluate,
        **directories_jobs(installation),
        **mirror_jobs(mirrors),
        **keeping_jobs(installation, lambda: jobs),
        **governing_jobs(installation),
        **feed_jobs(installation),
        **overdue_jobs(installation),
    }
    jobs = DbosJobs(url, runners, workers=settings.analysis.workers)
    return jobs


def periodic_work(installation: Installation, jobs: Jobs) -> Ticker:
    """What asks for the jobs that come round, in every server."""

    def complain(error: Exception) -> None:
        structlog.get_logger("lading.periodic").error("periodic work was not asked for", said=str(error))

    own = (*keeping_periodic(installation), *directories_periodic(installation))
    periodic = (*PERIODIC, *FEED_PERIODIC, *MIRROR_PERIODIC, *GOVERNING_PERIODIC, *own)
    return Ticker(lambda: ask_for_turns(jobs, periodic, clock()), seconds=_TICK, complain=complain)


def taking_in(ask: Callable[[tuple[str, Digest]], None]) -> AfterALull[tuple[str, Digest]]:
    """What asks for the analysis of images when pushing has paused; a start finds those that were left."""

    def complain(error: Exception) -> None:
        structlog.get_logger("lading.intake").error("an analysis was not asked for", said=str(error))

    return AfterALull(ask, lull=_LULL, most=_MOST_WAIT, complain=complain)


def import_starter_set(installation: Installation) -> None:
    """Bring the shipped advisories up to those of this version."""
    digest = str(Digest.of(starter_content()))
    with installation.records.read() as kept:
        held = {feed.name: feed.digest for feed in kept.advisories.feeds()}
    if held.get(STARTER_FEED) != digest:
        arrival = FeedArrival(STARTER_FEED, OSV, starter_documents(), digest)
        caller = Caller(SYSTEM, BoundRights(NO_BINDINGS))
        import_advisories(installation.records, caller, arrival, clock(), force=True)
        for _ in match_packages(installation.records):
            pass


def _complain(text: str) -> None:
    structlog.get_logger("lading.analyser").error("an analysis process failed", said=text)
