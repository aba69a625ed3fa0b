"""VEX in CycloneDX 1.4 to 1.6 ("vulnerabilities" with "analysis")."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from lading.advisories.vex import VexStatement, VexStatus
from lading.advisories.vex_format import MAX_STATEMENTS, VexFormat, products_of, targets, write_product
from lading.foundation import strict_json
from lading.foundation.errors import Malformed

_STATUS = {
    "not_affected": VexStatus.NOT_AFFECTED,
    "false_positive": VexStatus.NOT_AFFECTED,
    "resolved": VexStatus.FIXED,
    "resolved_with_pedigree": VexStatus.FIXED,
    "exploitable": VexStatus.AFFECTED,
    "in_triage": VexStatus.UNDER_INVESTIGATION,
}
_STATE = {
    VexStatus.NOT_AFFECTED: "not_affected",
    VexStatus.FIXED: "resolved",
    VexStatus.AFFECTED: "exploitable",
    VexStatus.UNDER_INVESTIGATION: "in_triage",
}
# CycloneDX's words for why, and VEX's.
_JUSTIFICATIONS = {
    "code_not_present": "vulnerable_code_not_present",
    "code_not_reachable": "vulnerable_code_not_in_execute_path",
    "requires_environment": "vulnerable_code_cannot_be_controlled_by_adversary",
    "protected_by_mitigating_control": "inline_mitigations_already_exist",
}


class _Analysis(msgspec.Struct):
    state: str = ""
    justification: str = ""
    detail: str = ""


class _Affects(msgspec.Struct):
    ref: str


class _Vulnerability(msgspec.Struct):
    id: str = ""
    analysis: _Analysis | None = None
    affects: list[_Affects] = []
    published: str = ""
    updated: str = ""


class _Component(msgspec.Struct):
    bom_ref: str = msgspec.field(name="bom-ref", default="")
    purl: str = ""


class _Metadata(msgspec.Struct):
    timestamp: str = ""
    component: _Component | None = None


class _Document(msgspec.Struct):
    serial: str = msgspec.field(name="serialNumber", default="")
    metadata: _Metadata | None = None
    components: list[_Component] = []
    vulnerabilities: list[_Vulnerability] = []


def recognises(document: Mapping[str, Any]) -> bool:
    """By its format's name."""
    return document.get("bomFormat") == "CycloneDX" and "vulnerabilities" in document


def decode(document: Mapping[str, Any]) -> list[VexStatement]:
    """Read every vulnerability that was analysed."""
    try:
        record = msgspec.convert(document, _Document)
    except msgspec.ValidationError as error:
        raise Malformed("vex-invalid", f"not a CycloneDX document: {error}") from error
    if len(record.vulnerabilities) > MAX_STATEMENTS:
        raise Malformed("vex-invalid", f"more than {MAX_STATEMENTS} vulnerabilities")
    purls = {each.bom_ref: each.purl for each in record.components if each.purl}
    made: list[VexStatement] = []
    for at, each in enumerate(record.vulnerabilities):
        status = _STATUS.get(each.analysis.state) if each.analysis else None
        packages, images = products_of([purls.get(one.ref, one.ref) for one in each.affects])
        if status is None or each.analysis is None or not (packages or images) or not each.id:
            continue
        time = each.updated or each.published or (record.metadata.timestamp if record.metadata else "")
        made.append(
            VexStatement(
                id=f"{record.serial}#{at}",
                source="file",
                document=record.serial,
                author="CycloneDX document",
                at=time[:40],
                flaws=(each.id,),
                status=status,
                packages=packages,
                images=images,
                justification=_JUSTIFICATIONS.get(each.analysis.justification, each.analysis.justification)[
                    :200
                ],
                impact=each.analysis.detail[:1000],
            )
        )
    return made


def encode(identifier: str, _author: str, at: str, statements: Sequence[VexStatement]) -> bytes:
    """Write version 1.6."""
    words = {vex: word for word, vex in _JUSTIFICATIONS.items()}
    vulnerabilities: list[dict[str, Any]] = []
    for statement in statements:
        analysis = {
            "state": _STATE[statement.status],
            "justification": words.get(statement.justification, ""),
            "detail": statement.impact or statement.evidence,
        }
        products = targets(statement)
        vulnerabilities.append(
            {
                "id": statement.flaws[0],
                "updated": statement.at,
                "analysis": {name: value for name, value in analysis.items() if value},
                "affects": [{"ref": write_product(product)} for product in products],
            }
        )
    return strict_json.encode_canonical(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": identifier,
            "version": 1,
            "metadata": {"timestamp": at},
            "vulnerabilities": vulnerabilities,
        }
    )


CYCLONEDX_VEX = VexFormat(
    name="cyclonedx",
    media_type="application/vnd.cyclonedx+json",
    predicate_type="https://cyclonedx.org/bom",
    recognises=recognises,
    decode=decode,
    encode=encode,
)
