"""VEX in CSAF 2.0 (profile csaf_vex): products of a tree, and per vulnerability what is said of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from lading.advisories.vex import VexStatement, VexStatus
from lading.advisories.vex_format import (
    MAX_PRODUCTS,
    MAX_STATEMENTS,
    VexFormat,
    products_of,
    targets,
    write_product,
)
from lading.foundation import strict_json
from lading.foundation.errors import Malformed

_STATUS = {
    "known_not_affected": VexStatus.NOT_AFFECTED,
    "known_affected": VexStatus.AFFECTED,
    "fixed": VexStatus.FIXED,
    "first_fixed": VexStatus.FIXED,
    "under_investigation": VexStatus.UNDER_INVESTIGATION,
}
_MEMBER = {
    VexStatus.NOT_AFFECTED: "known_not_affected",
    VexStatus.AFFECTED: "known_affected",
    VexStatus.FIXED: "fixed",
    VexStatus.UNDER_INVESTIGATION: "under_investigation",
}
MAX_DEPTH = 20


class _Helper(msgspec.Struct):
    purl: str = ""


class _Product(msgspec.Struct):
    product_id: str
    product_identification_helper: _Helper | None = None


class _Branch(msgspec.Struct):
    branches: "list[_Branch]" = []
    product: _Product | None = None


class _Relationship(msgspec.Struct):
    full_product_name: _Product
    product_reference: str
    relates_to_product_reference: str


class _Tree(msgspec.Struct):
    branches: list[_Branch] = []
    full_product_names: list[_Product] = []
    relationships: list[_Relationship] = []


class _Labelled(msgspec.Struct):
    label: str = ""
    category: str = ""
    details: str = ""
    product_ids: list[str] = []


class _Vulnerability(msgspec.Struct):
    cve: str = ""
    ids: list[dict[str, str]] = []
    product_status: dict[str, list[str]] = {}
    flags: list[_Labelled] = []
    threats: list[_Labelled] = []


class _Document(msgspec.Struct):
    document: dict[str, Any]
    product_tree: _Tree = msgspec.field(default_factory=_Tree)
    vulnerabilities: list[_Vulnerability] = []


def recognises(document: Mapping[str, Any]) -> bool:
    """By the version of CSAF that it names."""
    about = document.get("document")
    return isinstance(about, dict) and "csaf_version" in about


def decode(document: Mapping[str, Any]) -> list[VexStatement]:
    """Read every status of products that can be looked for here."""
    try:
        record = msgspec.convert(document, _Document)
    except msgspec.ValidationError as error:
        raise Malformed("vex-invalid", f"not a CSAF document: {error}") from error
    purls = dict(_iter_purls(record.product_tree))
    parts = {
        each.full_product_name.product_id: (each.product_reference, each.relates_to_product_reference)
        for each in record.product_tree.relationships
    }
    made = [one for each in record.vulnerabilities for one in _statements(record, each, purls, parts)]
    if len(made) > MAX_STATEMENTS:
        raise Malformed("vex-invalid", f"more than {MAX_STATEMENTS} statements")
    return made


def _iter_purls(tree: _Tree) -> Iterator[tuple[str, str]]:
    waiting = [(branch, 0) for branch in tree.branches]
    products = [*tree.full_product_names, *(each.full_product_name for each in tree.relationships)]
    while waiting:
        branch, depth = waiting.pop()
        products += [branch.product] if branch.product else []
        waiting += [(child, depth + 1) for child in branch.branches] if depth < MAX_DEPTH else []
    for product in products:
        helper = product.product_identification_helper
        if helper and helper.purl:
            yield product.product_id, helper.purl


def _statements(
    record: _Document,
    vulnerability: _Vulnerability,
    purls: Mapping[str, str],
    parts: Mapping[str, tuple[str, str]],
) -> Iterator[VexStatement]:
    about = record.document
    tracking = about.get("tracking") if isinstance(about.get("tracking"), dict) else {}
    publisher = about.get("publisher") if isinstance(about.get("publisher"), dict) else {}
    flags = {one: each.label for each in vulnerability.flags for one in each.product_ids}
    impacts = {
        one: each.details
        for each in vulnerability.threats
        if each.category == "impact"
        for one in each.product_ids
    }
    flaw = vulnerability.cve or next((each.get("text", "") for each in vulnerability.ids), "")
    for member, status in _STATUS.items():
        for at, product in enumerate(vulnerability.product_status.get(member, ())[:MAX_PRODUCTS]):
            component, whole = parts.get(product, (product, ""))
            packages, images = products_of([purls.get(component, ""), purls.get(product, "")])
            used_in, around = products_of([purls.get(whole, "")])
            if used_in or not (packages or images) or not flaw:
                continue  # as a part of another package it may still come by another way
            identifier = str((tracking or {}).get("id", ""))
            yield VexStatement(
                id=f"{identifier}#{flaw}.{member}.{at}",
                source="file",
                document=identifier,
                author=str((publisher or {}).get("name", "")),
                at=str((tracking or {}).get("current_release_date", ""))[:40],
                flaws=(flaw,),
                status=status,
                packages=packages,
                images=around or images,
                justification=flags.get(product, "")[:200],
                impact=impacts.get(product, "")[:1000],
            )


def encode(identifier: str, author: str, at: str, statements: Sequence[VexStatement]) -> bytes:
    """Write version 2.0; each product is in the tree by its purl."""
    products: dict[str, str] = {}
    vulnerabilities: list[dict[str, Any]] = []
    for statement in statements:
        ids = []
        for product in targets(statement):
            purl = write_product(product)
            ids.append(products.setdefault(purl, f"P-{len(products) + 1}"))
        entry: dict[str, Any] = {"product_status": {_MEMBER[statement.status]: ids}}
        flaw = statement.flaws[0]
        entry |= {"cve": flaw} if flaw.startswith("CVE-") else {"ids": [{"system_name": "id", "text": flaw}]}
        if statement.justification:
            entry["flags"] = [{"label": statement.justification, "product_ids": ids}]
        if text := statement.impact or statement.evidence:
            entry["threats"] = [{"category": "impact", "details": text, "product_ids": ids}]
        entry["notes"] = [{"category": "description", "text": statement.words}]
        vulnerabilities.append(entry)
    tree: list[dict[str, Any]] = [
        {"name": purl, "product_id": name, "product_identification_helper": {"purl": purl}}
        for purl, name in products.items()
    ]
    history: list[dict[str, Any]] = [
        {"date": at, "number": "1", "summary": "written from the statements that are held"}
    ]
    return strict_json.encode_canonical(
        {
            "document": {
                "category": "csaf_vex",
                "csaf_version": "2.0",
                "title": identifier,
                "publisher": {"category": "vendor", "name": author, "namespace": "https://example.org"},
                "tracking": {
                    "id": identifier,
                    "status": "final",
                    "version": "1",
                    "initial_release_date": at,
                    "current_release_date": at,
                    "revision_history": history,
                },
            },
            "product_tree": {"full_product_names": tree},
            "vulnerabilities": vulnerabilities,
        }
    )


CSAF_VEX = VexFormat(
    name="csaf",
    media_type="application/csaf+json",
    predicate_type="",
    recognises=recognises,
    decode=decode,
    encode=encode,
)
