"""How people sign in whose password is elsewhere."""

from collections.abc import Mapping
from datetime import timedelta

import structlog

from lading.access.directory import GroupRules
from lading.adapters.issuer_keys import FetchedKeys
from lading.adapters.openid_client import HttpOpenIdClient
from lading.bootstrap.installation import Installation, clock, new_id
from lading.console.services import DirectoryServices
from lading.foundation.errors import Malformed
from lading.ports.jobs import JobRunner
from lading.server.provisioning.services import ProvisioningServices
from lading.workflows.openid_sign_in import OpenIdPorts
from lading.workflows.periodic_work import Periodic
from lading.workflows.sync_directories import look_through

_LOOK_THROUGH = "look-through-directories"


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


def provisioning_services(installation: Installation) -> ProvisioningServices:
    """What provisioning by SCIM needs."""
    return ProvisioningServices(
        records=installation.records,
        directories=directory_rules(installation),
        address=installation.address,
        clock=clock,
        new_id=new_id,
        executor=installation.executor,
    )


def directory_rules(installation: Installation) -> Mapping[str, GroupRules]:
    """Which groups of each directory count here, by its name."""
    openid = {provider.name: provider.groups for provider in installation.directories.openid}
    return openid | {directory.name: directory.groups for directory in installation.directories.ldap}


def directories_jobs(installation: Installation) -> Mapping[str, JobRunner]:
    """The work on directories that jobs do."""

    def look(_arguments: Mapping[str, str]) -> None:
        look_through(installation.records, installation.accounts.directories, clock())

    return {_LOOK_THROUGH: look}


def directories_periodic(installation: Installation) -> tuple[Periodic, ...]:
    """Looking for who has left, where there is somewhere to look. Raises Malformed for no period."""
    minutes = installation.settings.access.look_minutes
    if not 0 <= minutes <= 24 * 60:
        raise Malformed("settings-invalid", f"access.look_minutes must be from 0 to 1440, not {minutes}")
    looks = minutes and installation.accounts.directories
    return (Periodic(_LOOK_THROUGH, every=timedelta(minutes=minutes)),) if looks else ()


def _complain(text: str) -> None:
    structlog.get_logger("lading.issuers").warning("keys of an issuer were not renewed", said=text)
