"""`/api/v1/trust`, `/api/v1/signers`, `/api/v1/builds`: whom is trusted, and what follows."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from lading.access.verbs import Verb
from lading.api import trust as api
from lading.api.message import Listing
from lading.foundation.errors import Malformed
from lading.foundation.instants import rfc3339
from lading.image.rebuild import Cause
from lading.registry.caller import Caller
from lading.server.management.asking import Asking, Services
from lading.server.management.images import Limit, Ref, own_reference
from lading.server.management.services import ManagementServices
from lading.server.management.signatures import KeyName, build_line
from lading.server.management.verdict_lines import verification_line
from lading.signing.claims import Subject
from lading.signing.keys import parse_public_key
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_rotation import Rotation
from lading.workflows.check_rebuild import check_rebuild
from lading.workflows.resign_images import resign_images
from lading.workflows.rights import require_signed_in
from lading.workflows.show_image import find_image
from lading.workflows.show_signers import ShownSigner, SignedImageEntry, list_signers, what_signer_signed
from lading.workflows.trust_in_force import TrustPorts, read_trust, revoke_signer, rotate_signer, set_trust
from lading.workflows.verify_image import verify_image

router = APIRouter(tags=["trust"])

MAX_LISTED = 1000  # differences of each kind in one answer; the count is of all
SignerName = Annotated[str, Path(min_length=1, max_length=600)]


@router.get("/trust")
def get_trust(services: Services, caller: Asking) -> api.TrustText:
    """Give the trust policy in force, as it was written."""
    require_signed_in(caller)
    with services.records.read() as kept:
        active = kept.trust.active_trust()
    if active is None:
        shipped = services.gate.sources.shipped_trust
        return api.TrustText(digest=str(shipped.digest), text=shipped.text)
    return api.TrustText(
        digest=str(active.digest),
        text=active.text,
        set_at=rfc3339(active.set_at),
        set_by=active.set_by,
        why=active.why,
    )


@router.get("/trust/history")
def get_history(
    services: Services, caller: Asking, after: str = "", limit: Limit = 100
) -> Listing[api.TrustChange]:
    """List trust policies as they were put in force, the newest first."""
    require_signed_in(caller)
    with services.records.read() as kept:
        page = kept.trust.trust_history(after=after, limit=limit)
    items = [
        api.TrustChange(
            digest=str(each.digest),
            set_at=rfc3339(each.set_at),
            set_by=each.set_by,
            why=each.why,
            active=each.active,
        )
        for each in page.items
    ]
    return Listing(items=items, next=page.next)


@router.put("/trust")
async def put_trust(
    request: Request, services: Services, caller: Asking, why: Annotated[str, Query(max_length=500)] = ""
) -> api.TrustCheck:
    """Put the trust policy of the body in force at every gate."""
    content = await request.body()
    ports, now = ports_of(services), services.clock()
    return _check(await asyncio.to_thread(set_trust, ports, caller, content, "trust policy", now, why=why))


@router.post("/trust/test")
async def post_test(
    request: Request,
    services: Services,
    caller: Asking,
    ref: Ref,
    environment: Annotated[str, Query(max_length=100)] = "",
) -> api.TrustTest:
    """Say what the trust policy of the body would make of an image, beside what the one in force makes."""
    content = await request.body()
    return await asyncio.to_thread(_test, services, caller, content, ref, environment)


def _test(
    services: ManagementServices, caller: Caller, content: bytes, ref: str, environment: str
) -> api.TrustTest:
    reference = own_reference(services, ref)
    digest = find_image(services.records, caller, reference.repository, reference.tag_or_digest)
    caller.require(Verb.READ_EVIDENCE, reference.repository)
    proposed = read_trust(content, "trust policy")
    now, subject = services.clock(), Subject(reference.repository, digest)
    claims, current = services.gate.sources.claims, services.gate.sources.verdicts.policy(now)
    lines = [
        verification_line(verify_image(claims, policy, subject, now, environment=environment))
        for policy in (proposed, current)
    ]
    rule = proposed.rule_for(reference.repository, environment, now)
    return api.TrustTest(rule=rule.name if rule else "", proposed=lines[0], in_force=lines[1])


@router.post("/trust/revocations")
def post_revocation(services: Services, caller: Asking, body: api.Revocation) -> api.TrustCheck:
    """Stop trusting a signer, at every gate, from now or from the moment that it was lost."""
    since = None
    if body.since:
        try:
            since = datetime.fromisoformat(body.since)
        except ValueError as error:
            raise Malformed("moment-invalid", f"{body.since[:40]!r} is not a moment") from error
        if since.tzinfo is None:
            raise Malformed("moment-invalid", "since needs a time zone")
    policy = revoke_signer(
        ports_of(services), caller, body.signer, body.reason, services.clock(), since=since
    )
    return _check(policy)


@router.post("/trust/rotations")
def post_rotation(services: Services, caller: Asking, body: api.RotationAsk) -> api.Rotated:
    """Put a key in the place of another one in every rule; the old one counts on for some days."""
    now = services.clock()
    if bool(body.key) == bool(body.pem):
        raise Malformed("key-missing", "name a key of the server, or give one in PEM")
    key = services.signing.named(body.key).public_key if body.key else parse_public_key(body.pem.encode())
    until = now + timedelta(days=body.overlap_days)
    rotation = Rotation(body.signer, body.name or body.key, key, until)
    policy = rotate_signer(ports_of(services), caller, rotation, body.reason, now)
    shown = next(
        each for each in list_signers(services.records, policy, now) if each.signer.name == body.signer
    )
    return api.Rotated(
        digest=str(policy.digest),
        old=body.signer,
        new=rotation.name,
        old_until=rfc3339(until),
        images=shown.images,
    )


@router.get("/signers")
def get_signers(services: Services, caller: Asking) -> Listing[api.SignerLine]:
    """List the signers of the trust policy in force."""
    require_signed_in(caller)
    policy = services.gate.sources.verdicts.policy(services.clock())
    shown = list_signers(services.records, policy, services.clock())
    return Listing(items=[_signer(each) for each in shown])


@router.get("/signers/{name:path}/signed")
def get_signed(
    services: Services, caller: Asking, name: SignerName, after: str = "", limit: Limit = 100
) -> Listing[api.SignedLine]:
    """List what a signer signed, where it runs, and which environments have it."""
    require_signed_in(caller)
    policy = services.gate.sources.verdicts.policy(services.clock())
    page = what_signer_signed(services.records, caller, policy, name, after=after, limit=limit)
    return Listing(items=[_signed(each) for each in page.items], next=page.next)


@router.post("/signers/{name:path}/resign")
def post_resign(
    services: Services, caller: Asking, name: SignerName, key: KeyName = "", do_it: bool = False
) -> Listing[api.ResignedLine]:
    """Sign again, with another key, what a signer signed while it counted; say what was or would be done."""
    require_signed_in(caller)
    policy = services.gate.sources.verdicts.policy(services.clock())
    done = resign_images(services.signing, caller, policy, name, services.clock(), key=key, dry_run=not do_it)
    items = [
        api.ResignedLine(
            repository=each.repository, digest=str(each.digest), outcome=each.outcome, reason=each.reason
        )
        for each in done
    ]
    return Listing(items=items)


@router.get("/rebuild-check")
def get_rebuild_check(services: Services, caller: Asking, original: Ref, rebuilt: Ref) -> api.RebuildCheck:
    """Compare a rebuild with its original, file by file, and explain what differs."""
    subjects = []
    for text in (original, rebuilt):
        reference = own_reference(services, text)
        digest = find_image(services.records, caller, reference.repository, reference.tag_or_digest)
        subjects.append(Subject(reference.repository, digest))
    found = check_rebuild(services.records, caller, *subjects)
    return api.RebuildCheck(
        verdict=found.verdict,
        same_layers=found.same_layers,
        differences=len(found.files),
        files=[
            api.DifferenceLine(
                path=each.path,
                change=each.change,
                cause=each.cause.value,
                explained=each.cause is not Cause.UNEXPLAINED,
            )
            for each in found.files[:MAX_LISTED]
        ],
        packages=[
            api.PackageChange(name=name, original=before, rebuilt=after)
            for name, before, after in found.packages[:MAX_LISTED]
        ],
    )


@router.get("/builds")
def get_builds(
    services: Services,
    caller: Asking,
    known: bool | None = None,
    after: str = "",
    limit: Limit = 100,
) -> Listing[api.BuildLine]:
    """List how images were built; with ``known=false`` those whose build method nobody trusted tells."""
    require_signed_in(caller)
    with services.records.read() as kept:
        page = kept.trust.builds(method_known=known, after=after, limit=limit)
    items = [build_line(each) for each in page.items if caller.may(Verb.READ_EVIDENCE, each.repository)]
    return Listing(items=items, next=page.next)


def ports_of(services: ManagementServices) -> TrustPorts:
    """What changing trust needs."""
    return TrustPorts(services.records, services.gate.sources.shipped_trust, services.jobs)


def _check(policy: TrustPolicy) -> api.TrustCheck:
    return api.TrustCheck(
        digest=str(policy.digest),
        signers=len(policy.signers),
        rules=len(policy.rules),
        builders=len(policy.builders),
    )


def _signer(shown: ShownSigner) -> api.SignerLine:
    window = shown.signer.window
    return api.SignerLine(
        name=shown.signer.name,
        kind=shown.kind,
        id=shown.signer.id,
        rules=list(shown.rules),
        start=_moment(window.start),
        end=_moment(window.end),
        revoked=_moment(window.revoked),
        refusal=shown.refusal,
        images=shown.images,
    )


def _signed(entry: SignedImageEntry) -> api.SignedLine:
    fact = entry.fact
    return api.SignedLine(
        repository=fact.repository,
        digest=str(fact.digest),
        what=fact.what,
        signer=fact.name,
        shown=fact.shown,
        signed_at=_moment(fact.signed_at),
        seen_at=rfc3339(fact.seen_at),
        running=[f"{container.host}/{container.name}" for container in entry.running],
        environments=[pointer.environment for pointer in entry.pointers],
    )


def _moment(at: datetime | None) -> str:
    return "" if at is None else rfc3339(at)
