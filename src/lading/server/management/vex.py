"""`/api/v1/vex`: false positives marked once, what others state, and publishing it."""

import io
import zipfile
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from lading.advisories.all_vex_formats import ALL_VEX_FORMATS
from lading.advisories.vex import VexStatement, VexStatus
from lading.advisories.vex_format import MAX_DOCUMENT, VexFormat, write_product
from lading.api.message import Listing
from lading.api.vex import VexLine, VexMark, VexPublished, VexTaken
from lading.foundation.errors import Malformed, OverLimit
from lading.foundation.instants import rfc3339
from lading.ports.records.vex import StoredStatement
from lading.server.management.asking import Asking, Services
from lading.server.management.images import Limit, Ref, own_reference
from lading.signing.claims import Subject
from lading.workflows.rights import require_signed_in
from lading.workflows.show_image import find_image
from lading.workflows.vex_statements import Mark, discover, export_own, import_document, mark, publish, retire

router = APIRouter(prefix="/vex", tags=["knowledge"])

MAX_MEMBERS = 20_000  # documents of a hub
Format = Annotated[str, Query(pattern="^(openvex|csaf|cyclonedx)$")]


@router.get("")
def get_statements(
    services: Services, caller: Asking, after: str = "", limit: Limit = 100, history: bool = False
) -> Listing[VexLine]:
    """List the statements that count; with ``history`` those that were retired too."""
    require_signed_in(caller)
    with services.records.read() as kept:
        page = kept.vex.statements(only_current=not history, after=after, limit=limit)
    return Listing(items=[_line(each) for each in page.items], next=page.next)


@router.post("", status_code=201)
def post_mark(services: Services, caller: Asking, body: VexMark) -> VexLine:
    """Mark a flaw in some products, with evidence: it counts for every image that has them."""
    if body.status not in {*VexStatus}:
        raise Malformed("vex-mark-invalid", f"a status is one of {', '.join(VexStatus)}")
    said = Mark(body.flaw, tuple(body.products), VexStatus(body.status), body.justification, body.evidence)
    now = services.clock()
    statement = mark(services.records, caller, said, now, statement_id=services.new_id())
    return _line(StoredStatement(statement, now, str(caller.principal)))


@router.delete("/statements/{statement_id:path}", status_code=204)
def delete_statement(services: Services, caller: Asking, statement_id: str) -> None:
    """Let a statement count no more; its findings come back."""
    retire(services.records, caller, statement_id, services.clock())


@router.post("/documents")
async def post_document(
    request: Request, services: Services, caller: Asking, name: str = "document"
) -> VexTaken:
    """Take in a document, or a zip archive of many (a hub): OpenVEX, CycloneDX or CSAF."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_DOCUMENT:
            raise OverLimit("vex-too-large", f"at most {MAX_DOCUMENT} bytes", details={"limit": MAX_DOCUMENT})
    raw = bytes(content)
    if not raw.startswith(b"PK"):
        found = import_document(services.records, caller, raw, name, services.clock())
        return VexTaken(documents=1, statements=len(found))
    documents = statements = 0
    for member, document in _iter_members(raw):
        try:
            found = import_document(
                services.records, caller, document, f"{name}: {member}", services.clock(), source="hub"
            )
        except Malformed as error:
            if error.code == "vex-unknown":
                continue  # an index, or another file beside the documents
            raise
        documents += 1
        statements += len(found)
    return VexTaken(documents=documents, statements=statements)


@router.post("/discover")
def post_discover(services: Services, caller: Asking, ref: Ref) -> VexTaken:
    """Take in what trusted signers attest about an image, as far as it is attached to it."""
    reference = own_reference(services, ref)
    digest = find_image(services.records, caller, reference.repository, reference.tag_or_digest)
    now = services.clock()
    found = discover(
        services.records,
        caller,
        services.gate.sources.claims,
        services.gate.sources.verdicts.policy(now),
        subject=Subject(reference.repository, digest),
        now=now,
    )
    return VexTaken(documents=len({each.document for each in found}), statements=len(found))


@router.post("/publish", status_code=201)
def post_publish(services: Services, caller: Asking, ref: Ref, document: Format = "openvex") -> VexPublished:
    """Attach what is stated of an image to it, as an artifact that refers to it."""
    reference = own_reference(services, ref)
    digest = find_image(services.records, caller, reference.repository, reference.tag_or_digest)
    made = publish(
        services.signing.push,
        caller,
        Subject(reference.repository, digest),
        _format(document),
        services.clock(),
    )
    return VexPublished(digest=str(made) if made else "")


@router.get("/export")
def get_export(services: Services, caller: Asking, document: Format = "openvex") -> Response:
    """Give all marks of our own as one document."""
    require_signed_in(caller)
    form = _format(document)
    content = export_own(services.records, form, services.registry, services.clock())
    return Response(content, media_type=form.media_type)


def _format(name: str) -> VexFormat:
    return next(each for each in ALL_VEX_FORMATS if each.name == name)


def _iter_members(raw: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = [each for each in archive.infolist() if each.filename.endswith(".json")]
            if len(members) > MAX_MEMBERS or sum(each.file_size for each in members) > 4 * MAX_DOCUMENT:
                raise OverLimit("vex-too-large", "the archive holds too much", details={"limit": MAX_MEMBERS})
            for member in members:
                with archive.open(member) as content:
                    yield member.filename[:200], content.read(MAX_DOCUMENT + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Malformed("vex-invalid", f"the archive is damaged: {error}") from error


def _line(stored: StoredStatement) -> VexLine:
    said = stored.statement
    return VexLine(
        id=said.id,
        source=said.source,
        author=said.author,
        signer=said.signer,
        at=said.at,
        flaws=list(said.flaws),
        status=said.status.value,
        products=_products(said),
        justification=said.justification,
        words=said.words,
        added_at=rfc3339(stored.added_at),
        added_by=stored.added_by,
        retired_at=rfc3339(stored.retired_at) if stored.retired_at else "",
    )


def _products(statement: VexStatement) -> list[str]:
    return [*map(write_product, statement.packages), *map(write_product, statement.images)]
