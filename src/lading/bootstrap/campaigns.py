"""Campaigns."""

from collections.abc import Mapping

from lading.adapters.mirror_folder import FolderMirror
from lading.adapters.rebuild_webhook import ask_by_webhook
from lading.bootstrap.installation import Installation, clock, new_id
from lading.bootstrap.registry import push_ports
from lading.foundation.errors import Malformed
from lading.settings import PatchingSettings
from lading.workflows.make_item import CampaignPorts
from lading.workflows.patch_image import PatchPorts
from lading.workflows.push_manifest import OnManifestPushed
from lading.workflows.rebase_image import RebasePorts
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
    url = settings.patching.rebuild_webhook
    return CampaignPorts(patching, lambda campaign, item: ask_by_webhook(url, campaign, item), new_id, clock)


def team_days(settings: PatchingSettings) -> Mapping[str, int]:
    """The days that each team has promised. Raises Malformed ``settings-invalid``."""
    wrong = [name for name, days in settings.team_days.items() if not days.isdecimal() or int(days) > 3650]
    if wrong or not 1 <= settings.goal_days <= 3650:
        raise Malformed(
            "settings-invalid", "patching.goal_days and patching.team_days are days, from 1 to 3650"
        )
    return {name: int(days) for name, days in settings.team_days.items()}
