"""Mark a false positive once, take in what others state, and publish what is stated here.

1. A statement counts for every image that has what it names, from the moment that it is held; findings that
   it clears stay visible, with its words.
2. A mark of our own needs evidence: it closes a finding in every gate.
3. A document that came with an image counts only if somebody whom the trust policy trusts has signed it, and
   only for that image.
4. Nothing is deleted: a statement that is retired stays in the history, and its findings come back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lading.access.verbs import Verb
from lading.advisories.all_vex_formats import ALL_VEX_FORMATS, parse_vex
from lading.advisories.vex import ImageProduct, PackageProduct, VexStatement, VexStatus, parse_product
from lading.advisories.vex_format import VexFormat
from lading.foundation.errors import LadingError, Malformed, NotFound
from lading.foundation.instants import rfc3339
from lading.oci import media_types
from lading.oci.artifact import EMPTY_CONTENT, artifact_manifest
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.ports.claim_source import ClaimSource
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.signing.claims import Subject
from lading.signing.statement import predicate_bytes
from lading.signing.trust_policy import TrustPolicy
from lading.signing.verdicts import Verified
from lading.workflows.attach_claim import PushPorts, push_bytes
from lading.workflows.match_packages import match_packages
from lading.workflows.push_manifest import ManifestUpload, push_manifest
from lading.workflows.rights import require_on_installation
from lading.workflows.verify_image import verified_statements
from lading.workflows.who_has import all_names

JUSTIFICATIONS = (
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody here found out about a flaw in some products (purls, digests)."""

    flaw: str
    products: tuple[str, ...]
    status: VexStatus
    justification: str
    evidence: str


def mark(records: Records, caller: Caller, said: Mark, now: datetime, *, statement_id: str) -> VexStatement:
    """Keep a mark (rules 1 and 2). Raises Malformed ``vex-mark-invalid``."""
    require_on_installation(caller, Verb.ADMINISTER)
    products = [parse_product(text) for text in said.products]
    if not said.flaw or not products or None in products:
        raise _invalid("a mark names a flaw and products: purls, or digests of images")
    if not said.evidence.strip():
        raise _invalid("a mark needs evidence: how it was found out, for those who read it later")
    if said.status is VexStatus.NOT_AFFECTED and said.justification not in JUSTIFICATIONS:
        raise _invalid(f"not affected needs one of these as its justification: {', '.join(JUSTIFICATIONS)}")
    statement = VexStatement(
        id=f"own:{statement_id}",
        source="own",
        document="own",
        author=caller.principal.name,
        at=rfc3339(now),
        flaws=(said.flaw,),
        status=said.status,
        packages=tuple(product for product in products if isinstance(product, PackageProduct)),
        images=tuple(product for product in products if isinstance(product, ImageProduct)),
        justification=said.justification,
        evidence=said.evidence.strip()[:2000],
    )
    _keep(records, caller, [statement], now, action="vex.mark", subject=said.flaw)
    return statement


def import_document(
    records: Records, caller: Caller, content: bytes, name: str, now: datetime, *, source: str = "file"
) -> tuple[VexStatement, ...]:
    """Take in a document, in place of an earlier one with its id. Raises Malformed ``vex-unknown`` …"""
    require_on_installation(caller, Verb.ADMINISTER)
    _, found = parse_vex(content, name)
    document = next((each.document for each in found if each.document), "") or str(Digest.of(content))
    statements = [
        replace(each, id=f"{source}:{document}:{at}", source=source, document=document)
        for at, each in enumerate(found)
    ]
    with records.write() as kept:
        old = kept.vex.retire_document(document, at=now, by=str(caller.principal))
    _keep(records, caller, statements, now, action="vex.import", subject=name, old=old)
    return tuple(statements)


def discover(
    records: Records,
    caller: Caller,
    claims: ClaimSource,
    policy: TrustPolicy,
    *,
    subject: Subject,
    now: datetime,
) -> tuple[VexStatement, ...]:
    """Take in what trusted signers attest about an image (rule 3)."""
    require_on_installation(caller, Verb.ADMINISTER)
    found: list[VexStatement] = []
    for form in ALL_VEX_FORMATS:
        if not form.predicate_type:
            continue
        outcome = verified_statements(claims, policy, subject, form.predicate_type, now)
        if not isinstance(outcome.verdict, Verified):
            continue
        signers = ", ".join(signer.name for signer in outcome.verdict.signers)
        for statement in outcome.statements:
            found += _of_image(predicate_bytes(statement), subject, signers)
    if found:
        _keep(
            records,
            caller,
            found,
            now,
            action="vex.discover",
            subject=f"{subject.repository}@{subject.digest}",
        )
    return tuple(found)


def _of_image(predicate: bytes, subject: Subject, signers: str) -> list[VexStatement]:
    document = str(Digest.of(predicate))
    try:
        _, statements = parse_vex(predicate, "the attested document")
    except LadingError:
        return []  # what cannot be read clears nothing
    this = ImageProduct(str(subject.digest), "")
    return [
        replace(
            each,
            id=f"referrer:{subject.digest}:{document}:{at}",
            source="referrer",
            document=document,
            images=(this,),
            signer=signers,
        )
        for at, each in enumerate(statements)
    ]


def retire(records: Records, caller: Caller, statement_id: str, now: datetime) -> VexStatement:
    """Let a statement count no more (rule 4). Raises NotFound ``vex-statement-unknown``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        gone = kept.vex.retire(statement_id, at=now, by=str(caller.principal))
        if gone is None:
            raise NotFound("vex-statement-unknown", f"no statement {statement_id[:200]} counts")
        _match_again(kept, [gone])
        kept.audit.append(caller.did("vex.retire", statement_id, now))
    for _ in match_packages(records, now):
        pass
    return gone


def publish(
    ports: PushPorts, caller: Caller, subject: Subject, form: VexFormat, now: datetime
) -> Digest | None:
    """Attach what is stated of an image to it, as a referrer; None where nothing is."""
    repository, image = subject.repository, subject.digest
    with ports.records.read() as kept:
        stored = kept.registry.manifest(repository, image)
        if stored is None:
            raise NotFound("image-unknown", f"there is no image {repository}@{image}")
        statements = statements_about(kept, image)
    if not statements:
        return None
    identifier = f"urn:lading:vex:{image.hex[:32]}"
    content = form.encode(identifier, caller.principal.name, rfc3339(now), statements)
    document = push_bytes(ports, caller, repository, content, now)
    push_bytes(ports, caller, repository, EMPTY_CONTENT, now)
    raw = artifact_manifest(
        form.media_type,
        Descriptor(form.media_type, document, len(content)),
        Descriptor(stored.media_type, stored.digest, len(stored.raw)),
        {"org.opencontainers.image.title": f"vex.{form.name}.json"},
    )
    upload = ManifestUpload(repository, Digest.of(raw), (), media_types.OCI_MANIFEST, raw)
    push_manifest(ports.records, caller, upload, now, limits=ports.limits, on_pushed=ports.on_pushed)
    return upload.digest


def statements_about(kept: RecordSet, image: Digest) -> tuple[VexStatement, ...]:
    """The statements that count for findings of an image, by id."""
    ids: set[str] = set()
    names: set[str] = set()
    after = ""
    while True:
        page = kept.matches.image_findings(image, after=after, limit=1000)
        for found in page.items:
            also = found.match.reason.get("also", ())
            said = (
                [str(each) for each in also if str(each).startswith("vex ")]
                if isinstance(also, list | tuple)
                else []
            )
            if said:
                ids.update(each.removeprefix("vex ") for each in said)
                names |= {found.match.flaw, *found.advisory.names}
        after = page.next
        if not after:
            break
    about = kept.vex.about(sorted(names))
    return tuple(sorted((each for each in about if each.id in ids), key=lambda each: each.id))


def export_own(records: Records, form: VexFormat, author: str, now: datetime) -> bytes:
    """All marks of our own as one document."""
    own: list[VexStatement] = []
    after = ""
    with records.read() as kept:
        while True:
            page = kept.vex.statements(after=after, limit=1000)
            own += [each.statement for each in page.items if each.statement.source == "own"]
            after = page.next
            if not after:
                break
    return form.encode("urn:lading:vex:own", author, rfc3339(now), own)


def _keep(
    records: Records,
    caller: Caller,
    statements: Sequence[VexStatement],
    now: datetime,
    *,
    action: str,
    subject: str,
    old: Iterable[VexStatement] = (),
) -> None:
    with records.write() as kept:
        kept.vex.add(statements, at=now, by=str(caller.principal))
        _match_again(kept, [*statements, *old])
        kept.audit.append(caller.did(action, subject, now, statements=len(statements)))
    for _ in match_packages(records, now):
        pass


def _match_again(kept: RecordSet, statements: Iterable[VexStatement]) -> None:
    asked = {flaw for statement in statements for flaw in statement.flaws}
    names = {name for flaw in asked for name in all_names(kept, [flaw])[0]}
    kept.matches.match_again((), asked | names)


def _invalid(says: str) -> Malformed:
    return Malformed("vex-mark-invalid", says)
