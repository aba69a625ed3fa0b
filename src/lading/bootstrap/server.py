"""The whole server as one application."""

from lading.bootstrap.background import background_jobs, import_starter_set, periodic_work, taking_in
from lading.bootstrap.directories import provisioning_services
from lading.bootstrap.events import EventSending, show_event_metrics
from lading.bootstrap.installation import Installation, clock
from lading.bootstrap.keeping import pull_writer
from lading.bootstrap.management import management_services
from lading.bootstrap.mirrors import mirror_ports
from lading.bootstrap.pages import console_services
from lading.bootstrap.registry import distribution_services
from lading.bootstrap.upstreams import Remotes, cache_ports, known_caches
from lading.bootstrap.webhook import admission_services
from lading.console.app import console_app, fault_page
from lading.foundation.errors import LadingError
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.server.admission import admission_app
from lading.server.app import Readiness, ServerParts, server_app
from lading.server.asgi import AsgiApp
from lading.server.distribution.app import distribution_app
from lading.server.management.app import management_app
from lading.server.provisioning.app import provisioning_app
from lading.server.telemetry import ServerMetrics
from lading.workflows.note_pulls import note_pulls
from lading.workflows.take_in_image import ask_for_images_left, ask_for_take_in


def server_application(installation: Installation) -> AsgiApp:
    """The whole server, with its background work."""
    metrics = ServerMetrics()

    def on_pushed(repository: str, digest: Digest, media_type: str) -> None:
        if media_type in media_types.MANIFESTS:
            intake.note((repository, digest))

    intake = taking_in(lambda pushed: ask_for_take_in(installation.records, jobs, *pushed))
    remotes = Remotes(installation)
    cache = cache_ports(installation, remotes, on_pushed)
    mirrors = mirror_ports(installation, cache, lambda: jobs)
    jobs = background_jobs(installation, on_pushed, mirrors)
    periodic = periodic_work(installation, jobs)
    events = EventSending(installation)
    pulls = pull_writer(installation, installation.pulls)

    def start() -> None:
        jobs.start()
        import_starter_set(installation)
        ask_for_images_left(installation.records, jobs)
        periodic.start()
        events.start()
        pulls.start()
        intake.start()

    def stop() -> None:
        remotes.close()
        intake.stop()
        periodic.stop()
        events.stop()
        pulls.stop()
        note_pulls(installation.records, installation.pulls, clock())
        jobs.stop()

    def refresh_metrics() -> None:
        for state, count in jobs.counts().items():
            metrics.jobs.labels(str(state)).set(count)
        show_event_metrics(installation, metrics)

    return server_app(
        ServerParts(
            distribution=distribution_app(
                distribution_services(
                    installation, on_pushed, cache, known_caches(installation), mirrors.gate
                )
            ),
            admission=admission_app(admission_services(installation)),
            provisioning=provisioning_app(provisioning_services(installation)),
            management=management_app(management_services(installation, on_pushed, jobs, mirrors)),
            console=console_app(console_services(installation, jobs, mirrors)),
            fault_page=fault_page,
            metrics=metrics,
            readiness=lambda: _readiness(installation),
            refresh_metrics=refresh_metrics,
            start=start,
            stop=stop,
        )
    )


def _readiness(installation: Installation) -> Readiness:
    """Ready when the database answers; without it nothing here can be done."""
    try:
        with installation.records.read() as kept:
            kept.state.value("installation.id")
    except LadingError as error:
        return Readiness(ready=False, reason=str(error))
    return Readiness(ready=True)
