"""Campaigns."""

from lading.adapters.mirror_folder import FolderMirror
from lading.adapters.rebuild_webhook import ask_by_webhook
from lading.bootstrap.installation import Installation
from lading.bootstrap.registry import push_ports
from lading.workflows.patch_image import PatchPorts
from lading.workflows.push_manifest import OnManifestPushed
from lading.workflows.rebase_image import RebasePorts
from lading.workflows.sign_image import SigningPorts
from lading.workflows.step_campaigns import CampaignPorts


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
    return CampaignPorts(patching, lambda campaign, item: ask_by_webhook(url, campaign, item))
