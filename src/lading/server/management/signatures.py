"""`/api/v1/image/signatures`, `/api/v1/image/attestations`, `/api/v1/key`: signing and verifying."""

import asyncio
import contextlib
from typing import Annotated

from fastapi import APIRouter, Query, Request

from lading.api.signatures import PublicKeyText, Signed, Verification
from lading.api.trust import BuildLine, MaterialLine
from lading.foundation.errors import NotFound
from lading.oci.digest import Digest
from lading.ports.records.trust import BuildRecord
from lading.registry.caller import Caller
from lading.server.management.asking import Asking, Services
from lading.server.management.images import Ref, own_reference
from lading.server.management.services import ManagementServices
from lading.server.management.verdict_lines import verification_line
from lading.signing.builds import build_from_json
from lading.signing.claims import Subject
from lading.signing.statement import PredicateType
from lading.workflows.scan_report import scan_report
from lading.workflows.show_image import find_image
from lading.workflows.sign_image import SignatureForm, SignedImage, attest_image, sign_image
from lading.workflows.verify_image import build_record

router = APIRouter(tags=["signatures"])

KeyName = Annotated[str, Query(max_length=100, description="a key of the server; the default one for none")]

_SBOM_TYPES = {"cyclonedx": PredicateType.CYCLONEDX, "spdx": PredicateType.SPDX}


@router.post("/image/signatures", status_code=201)
def post_signature(
    services: Services,
    caller: Asking,
    ref: Ref,
    key: KeyName = "",
    form: SignatureForm = SignatureForm.COSIGN,
) -> Signed:
    """Sign an image with a key of the server, in the form that cosign or notation verifies."""
    reference = own_reference(services, ref)
    digest = find_image(services.records, caller, reference.repository, reference.tag_or_digest)
    subject = Subject(reference.repository, digest)
    return _signed(sign_image(services.signing, caller, subject, services.clock(), key=key, form=form))


@router.post("/image/attestations", status_code=201)
def post_attestation(
    services: Services,
    caller: Asking,
    ref: Ref,
    predicate: Annotated[str, Query(pattern="^(cyclonedx|spdx|scan)$")],
    key: KeyName = "",
) -> Signed:
    """Attest what the server itself found: a bill of materials, or the scan's result."""
    reference = own_reference(services, ref)
    digest = find_image(services.records, caller, reference.repository, reference.tag_or_digest)
    now = services.clock()
    if predicate == "scan":
        kind = PredicateType.VULNERABILITY_SCAN
        content = scan_report(services.records, digest, now)
    else:
        kind, content = _SBOM_TYPES[predicate], _sbom(services, digest, predicate)
    subject = Subject(reference.repository, digest)
    return _signed(
        attest_image(
            services.signing,
            caller,
            subject,
            now,
            predicate_type=kind,
            predicate=content,
            replace=True,
            key=key,
        )
    )


@router.post("/image/statements", status_code=201)
async def post_statement(
    request: Request,
    services: Services,
    caller: Asking,
    ref: Ref,
    predicate_type: Annotated[str, Query(min_length=1, max_length=300)],
    key: KeyName = "",
) -> Signed:
    """Attest what the body says (one JSON object) of an image, under the type that is given."""
    content = await request.body()
    return await asyncio.to_thread(_attest, services, caller, ref, (predicate_type, content), key)


def _attest(
    services: ManagementServices, caller: Caller, ref: str, predicate: tuple[str, bytes], key: str
) -> Signed:
    reference = own_reference(services, ref)
    digest = find_image(services.records, caller, reference.repository, reference.tag_or_digest)
    subject = Subject(reference.repository, digest)
    signed = attest_image(
        services.signing,
        caller,
        subject,
        services.clock(),
        predicate_type=predicate[0],
        predicate=predicate[1],
        key=key,
    )
    return _signed(signed)


@router.get("/image/verification")
def get_verification(
    services: Services,
    caller: Asking,
    ref: Ref,
    environment: Annotated[str, Query(max_length=100)] = "",
) -> Verification:
    """Verify an image's signatures and attestations under the trust policy in force."""
    reference = own_reference(services, ref)
    digest = find_image(services.records, caller, reference.repository, reference.tag_or_digest)
    subject = Subject(reference.repository, digest)
    verdicts = services.gate.sources.verdicts
    result = verdicts.verify(subject, services.clock(), environment=environment)
    return verification_line(result)


@router.get("/image/provenance")
def get_provenance(services: Services, caller: Asking, ref: Ref) -> BuildLine:
    """Tell how an image was built: builder, workflow, commit, materials, and who started it."""
    reference = own_reference(services, ref)
    digest = find_image(services.records, caller, reference.repository, reference.tag_or_digest)
    now = services.clock()
    result = services.gate.sources.verdicts.verify(Subject(reference.repository, digest), now)
    return build_line(build_record(result, now))


@router.get("/key")
def get_key(services: Services) -> PublicKeyText:
    """The public key of this server. Everybody may have it."""
    key = services.signing.signer.public_key
    return PublicKeyText(name=services.signing.signer.name, key_id=key.id, pem=key.to_pem().decode())


def build_line(record: BuildRecord) -> BuildLine:
    """How an image was built, as a message."""
    line = BuildLine(repository=record.repository, digest=str(record.digest), known=bool(record.details))
    if not record.details:
        return line
    build = build_from_json(record.details)
    provenance = build.provenance
    return line.model_copy(
        update={
            "builder": provenance.builder,
            "listed_as": build.listed_as,
            "owner": build.owner,
            "build_type": provenance.build_type,
            "source": provenance.source,
            "commit": provenance.commit,
            "ref": provenance.ref,
            "workflow": provenance.workflow,
            "invocation": provenance.invocation,
            "started_by": provenance.started_by,
            "started": provenance.started,
            "finished": provenance.finished,
            "signers": list(build.signers),
            "materials": [
                MaterialLine(uri=each.uri, digests=dict(each.digests)) for each in provenance.materials
            ],
        }
    )


def _sbom(services: ManagementServices, digest: Digest, form: str) -> bytes:
    with services.records.read() as kept:
        sboms = kept.contents.sboms(digest)
    for sbom in sboms:
        if sbom.format.startswith(form):
            with contextlib.closing(services.blobs.read(sbom.document)) as stream:
                return b"".join(stream)
    raise NotFound("sbom-unknown", f"{digest} has no {form} bill of materials yet")


def _signed(signed: SignedImage) -> Signed:
    return Signed(
        digest=str(signed.digest),
        key_name=signed.key_name,
        key_id=signed.key_id,
        referrer=str(signed.attached.referrer),
        tag=signed.attached.tag,
    )
