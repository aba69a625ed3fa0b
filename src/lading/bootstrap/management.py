"""The management API."""

from lading.adapters.feed_files import open_feed_file
from lading.adapters.mirror_folder import FolderMirror
from lading.bootstrap.campaigns import team_days
from lading.bootstrap.directories import directory_rules
from lading.bootstrap.events import event_ports
from lading.bootstrap.feeds import feed_services
from lading.bootstrap.gates import environment_of_host, gate_ports
from lading.bootstrap.installation import Installation, clock, longest_token, new_id, new_token
from lading.bootstrap.keeping import collect_ports, retain_ports, scrub_ports
from lading.bootstrap.registry import push_ports
from lading.bootstrap.signing import signing_ports
from lading.campaigns.cadence import parse_limits
from lading.ports.jobs import Jobs
from lading.server.management.services import ManagementServices
from lading.workflows.bindings_in_force import BindingsInForce
from lading.workflows.push_manifest import OnManifestPushed
from lading.workflows.run_mirrors import MirrorPorts


def management_services(
    installation: Installation, on_pushed: OnManifestPushed, jobs: Jobs, mirrors: MirrorPorts
) -> ManagementServices:
    """What the management API needs."""
    records, patching = installation.records, installation.settings.patching
    push = push_ports(installation, on_pushed)
    return ManagementServices(
        records=records,
        blobs=installation.blobs,
        jobs=jobs,
        collect=collect_ports(installation, lambda: jobs),
        retain=retain_ports(installation, lambda: jobs),
        scrub=scrub_ports(installation, lambda: jobs),
        accounts=installation.accounts,
        signing=signing_ports(installation, push),
        gate=gate_ports(installation),
        environment_of_host=environment_of_host(installation),
        bindings=BindingsInForce(records),
        feeds=feed_services(installation),
        events=event_ports(installation),
        cache=mirrors.cache,
        mirrors=mirrors,
        secrets=installation.secrets,
        open_feed=open_feed_file,
        clock=clock,
        new_token=new_token,
        new_id=new_id,
        registry=installation.registry,
        address=installation.address,
        longest_token=longest_token(installation.settings.access),
        mirror=FolderMirror(patching.mirror),
        goal_days=patching.goal_days,
        team_days=team_days(patching),
        directories=frozenset(directory_rules(installation)),
        age_limits=parse_limits(patching.max_age),
    )
