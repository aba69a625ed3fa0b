"""`/api/v1/keys`: the keys that the server signs with, and who may use them."""

from fastapi import APIRouter

from lading.access.verbs import Verb
from lading.api import trust as api
from lading.api.message import Listing
from lading.api.signatures import PublicKeyText
from lading.foundation.instants import rfc3339
from lading.ports.records.trust import KeyGrant
from lading.server.management.asking import Asking, Services
from lading.server.management.trust import SignerName
from lading.workflows.key_grants import grant_key, withdraw_key
from lading.workflows.rights import require_on_installation, require_signed_in

router = APIRouter(tags=["keys"])


@router.get("/keys")
def get_keys(services: Services, caller: Asking) -> Listing[api.KeyLine]:
    """List the keys of the server, and who may use them. For who administers the installation."""
    require_on_installation(caller, Verb.ADMINISTER)
    signing = services.signing
    with services.records.read() as kept:
        grants = kept.trust.key_grants()
    items = [
        api.KeyLine(
            name=signer.name,
            key_id=signer.public_key.id,
            algorithm=signer.public_key.algorithm.value,
            default=signer is signing.signer,
            has_certificate=signer.name in signing.certificates,
            grants=[_grant(each) for each in grants if each.key == signer.name],
        )
        for signer in (signing.signer, *signing.keys.values())
    ]
    return Listing(items=items)


@router.get("/keys/{name}")
def get_key(services: Services, caller: Asking, name: SignerName) -> PublicKeyText:
    """Give the public half of a key of the server."""
    require_signed_in(caller)
    signer = services.signing.named(name)
    key = signer.public_key
    return PublicKeyText(name=signer.name, key_id=key.id, pem=key.to_pem().decode())


@router.post("/keys/{name}/grants", status_code=201)
def post_grant(services: Services, caller: Asking, name: SignerName, body: api.GrantAsk) -> api.GrantLine:
    """Let a subject use a key for the repositories of a pattern."""
    grant = (name, body.subject, body.repositories)
    return _grant(grant_key(services.records, caller, grant, services.clock()))


@router.delete("/keys/{name}/grants", status_code=204)
def delete_grant(
    services: Services, caller: Asking, name: SignerName, subject: str, repositories: str
) -> None:
    """Take a grant back at once."""
    withdraw_key(services.records, caller, (name, subject, repositories), services.clock())


def _grant(grant: KeyGrant) -> api.GrantLine:
    return api.GrantLine(
        key=grant.key,
        subject=grant.subject,
        repositories=grant.repositories,
        granted_by=grant.granted_by,
        granted_at=rfc3339(grant.granted_at),
    )
