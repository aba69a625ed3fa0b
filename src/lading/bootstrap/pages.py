"""The console."""

import secrets
from datetime import timedelta

from lading.bootstrap.directories import directory_services
from lading.bootstrap.events import event_ports
from lading.bootstrap.gates import environment_of_host, gate_ports
from lading.bootstrap.installation import Installation, clock, longest_token, new_token
from lading.bootstrap.keeping import collect_ports, retain_ports, scrub_ports
from lading.console.services import ConsoleServices
from lading.ports.jobs import Jobs
from lading.workflows.bindings_in_force import BindingsInForce
from lading.workflows.run_mirrors import MirrorPorts


def console_services(installation: Installation, jobs: Jobs, mirrors: MirrorPorts) -> ConsoleServices:
    """What the pages need."""
    return ConsoleServices(
        gate=gate_ports(installation),
        jobs=jobs,
        collect=collect_ports(installation, lambda: jobs),
        retain=retain_ports(installation, lambda: jobs),
        scrub=scrub_ports(installation, lambda: jobs),
        mirrors=mirrors,
        events=event_ports(installation),
        environment_of_host=environment_of_host(installation),
        passwords=installation.accounts.passwords,
        factors=installation.accounts.factors,
        bindings=BindingsInForce(installation.records),
        clock=clock,
        new_token=new_token,
        new_bytes=secrets.token_bytes,
        address=installation.address,
        tls=installation.address.startswith("https:"),
        directories=directory_services(installation),
        subscribed=installation.settings.feeds.subscribe,
        longest_token=longest_token(installation.settings.access),
        feed_max_age=timedelta(hours=installation.settings.feeds.max_age_hours),
    )
