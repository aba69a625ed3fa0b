"""Campaigns."""

from collections.abc import Mapping

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.access.repository_pattern import RepositoryPattern
from lading.adapters.mirror_folder import FolderMirror
from lading.adapters.rebuild_webhook import WebhookPipeline
from lading.adapters.source_forges import SourceForges
from lading.bootstrap.installation import Installation, clock, new_id
from lading.bootstrap.registry import push_ports
from lading.campaigns.cadence import parse_limits
from lading.campaigns.sources import Forge, parse_place
from lading.foundation.errors import Malformed
from lading.ports.jobs import JobRunner
from lading.registry.caller import BoundRights, Caller
from lading.settings import PatchingSettings
from lading.workflows.ask_for_rebuild import RebuildPorts, ask_for_rebuild
from lading.workflows.make_item import CampaignPorts
from lading.workflows.patch_image import PatchPorts
from lading.workflows.push_manifest import OnManifestPushed
from lading.workflows.rebase_image import RebasePorts
from lading.workflows.rebuild_overdue import JOB as OVERDUE_JOB
from lading.workflows.rebuild_overdue import OverduePorts, rebuild_overdue
from lading.workflows.sign_image import SigningPorts


def campaign_ports(installation: Installation, on_pushed: OnManifestPushed) -> CampaignPorts:
    """What campaigns need."""
    settings = installation.settings
    signing = SigningPorts(
        push_ports(installation, on_pushed),
        installation.signer,
        installation.registry,
        settings.signing.bundles,
    )
    patching = PatchPorts(RebasePorts(signing), FolderMirror(settings.patching.mirror))
    rebuilds = rebuild_ports(installation)
    caller = Caller(SYSTEM, BoundRights(NO_BINDINGS))
    return CampaignPorts(
        patching, lambda campaign, item: ask_for_rebuild(rebuilds, caller, campaign, item), new_id, clock
    )


def overdue_jobs(installation: Installation) -> Mapping[str, JobRunner]:
    """The job that asks for rebuilds of what is too old. Raises Malformed for limits that mean nothing."""
    rebuilds = rebuild_ports(installation)
    caller = Caller(SYSTEM, BoundRights(NO_BINDINGS))
    ports = OverduePorts(
        installation.records,
        lambda campaign, item: ask_for_rebuild(rebuilds, caller, campaign, item),
        parse_limits(installation.settings.patching.max_age),
    )

    def in_turn(_arguments: Mapping[str, str]) -> None:
        rebuild_overdue(ports, clock())

    return {OVERDUE_JOB: in_turn}


def rebuild_ports(installation: Installation) -> RebuildPorts:
    """Who is asked to build again. Raises Malformed for settings that cannot mean anything."""
    settings = installation.settings.patching
    forges = SourceForges(
        {Forge.GITHUB: settings.github_url.rstrip("/"), Forge.GITLAB: settings.gitlab_url.rstrip("/")},
        {Forge.GITHUB: settings.github_token, Forge.GITLAB: settings.gitlab_token},
    )
    sources = {
        RepositoryPattern.parse(pattern): parse_place(place) for pattern, place in settings.sources.items()
    }
    pipeline = WebhookPipeline(settings.rebuild_webhook, settings.rebuild_secret)
    return RebuildPorts(installation.records, forges, pipeline, sources)


def team_days(settings: PatchingSettings) -> Mapping[str, int]:
    """The days that each team has promised. Raises Malformed ``settings-invalid``."""
    wrong = [name for name, days in settings.team_days.items() if not days.isdecimal() or int(days) > 3650]
    if wrong or not 1 <= settings.goal_days <= 3650:
        raise Malformed(
            "settings-invalid", "patching.goal_days and patching.team_days are days, from 1 to 3650"
        )
    return {name: int(days) for name, days in settings.team_days.items()}
