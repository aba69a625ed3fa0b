"""How people sign in whose password is elsewhere."""

import structlog

from lading.adapters.issuer_keys import FetchedKeys
from lading.adapters.openid_client import HttpOpenIdClient
from lading.bootstrap.installation import Installation
from lading.console.services import DirectoryServices
from lading.workflows.openid_sign_in import OpenIdPorts


def directory_services(installation: Installation) -> DirectoryServices:
    """What the settings name."""
    passwords = installation.accounts.directories
    providers = {provider.name: provider for provider in installation.directories.openid}
    if not providers:
        return DirectoryServices(passwords=passwords)
    client = HttpOpenIdClient(FetchedKeys(complain=_complain))
    return DirectoryServices(
        OpenIdPorts(installation.records, client, providers, installation.address), passwords
    )


def _complain(text: str) -> None:
    structlog.get_logger("lading.issuers").warning("keys of an issuer were not renewed", said=text)
