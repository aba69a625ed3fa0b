"""OpenVEX 0.0.1 to 0.2.0 (openvex.dev)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from lading.advisories.vex import VexStatement, VexStatus
from lading.advisories.vex_format import MAX_PRODUCTS, MAX_STATEMENTS, VexFormat, products_of, write_product
from lading.foundation import strict_json
from lading.foundation.errors import Malformed

CONTEXT = "https://openvex.dev/ns/v0.2.0"


class _Component(msgspec.Struct):
    id: str = msgspec.field(name="@id", default="")
    identifiers: dict[str, str] = {}
    hashes: dict[str, str] = {}
    subcomponents: "list[_Component | str]" = []


class _Vulnerability(msgspec.Struct):
    name: str = ""
    id: str = msgspec.field(name="@id", default="")
    aliases: list[str] = []


class _Statement(msgspec.Struct):
    status: str
    vulnerability: _Vulnerability | str = ""
    products: list[_Component | str] = []
    subcomponents: list[_Component | str] = []
    timestamp: str = ""
    justification: str = ""
    impact_statement: str = ""
    action_statement: str = ""


class _Document(msgspec.Struct):
    id: str = msgspec.field(name="@id", default="")
    author: str = ""
    timestamp: str = ""
    statements: list[_Statement] = []


def recognises(document: Mapping[str, Any]) -> bool:
    """By its context."""
    context = document.get("@context")
    return isinstance(context, str) and context.startswith("https://openvex.dev/ns")


def decode(document: Mapping[str, Any]) -> list[VexStatement]:
    """Read every statement whose products can be looked for here."""
    try:
        record = msgspec.convert(document, _Document)
    except msgspec.ValidationError as error:
        raise Malformed("vex-invalid", f"not an OpenVEX document: {error}") from error
    if len(record.statements) > MAX_STATEMENTS:
        raise Malformed("vex-invalid", f"more than {MAX_STATEMENTS} statements")
    return [made for at, each in enumerate(record.statements) for made in _iter_made(record, each, at)]


def _iter_made(record: _Document, statement: _Statement, at: int) -> Iterator[VexStatement]:
    if len(statement.products) > MAX_PRODUCTS:
        raise Malformed("vex-invalid", f"statement {at + 1} has more than {MAX_PRODUCTS} products")
    if statement.status not in {*VexStatus}:
        raise Malformed("vex-invalid", f"statement {at + 1} has the status {statement.status[:40]!r}")
    shared = [text for each in statement.subcomponents for text in _names(each)]
    plain: list[str] = []
    for number, product in enumerate(statement.products):
        inner = [] if isinstance(product, str) else product.subcomponents
        parts = [*shared, *(text for each in inner for text in _names(each))]
        if parts:
            yield from _made(record, statement, f"{at}.{number}", _names(product), parts)
        else:
            plain += _names(product)
    yield from _made(record, statement, str(at), plain, [])


def _made(
    record: _Document, statement: _Statement, number: str, names: list[str], parts: list[str]
) -> Iterator[VexStatement]:
    packages, images = products_of(names)
    inner, _ = products_of(parts)
    if parts and not inner:
        return  # it speaks of parts that we cannot look for, not of the whole
    if parts and packages and not images:
        return  # as a part of another package it may still come by another way
    if not packages and not images:
        return
    vulnerability = statement.vulnerability
    flaws = (
        (vulnerability,)
        if isinstance(vulnerability, str)
        else (vulnerability.name or vulnerability.id.rpartition("/")[2], *vulnerability.aliases)
    )
    yield VexStatement(
        id=f"{record.id}#{number}",
        source="file",
        document=record.id,
        author=record.author,
        at=(statement.timestamp or record.timestamp)[:40],
        flaws=tuple(dict.fromkeys(name.rpartition("/")[2] for name in flaws if name))[:50],
        status=VexStatus(statement.status),
        packages=inner or packages,
        images=images,
        justification=statement.justification[:200],
        impact=(statement.impact_statement or statement.action_statement)[:1000],
    )


def _names(component: _Component | str) -> list[str]:
    if isinstance(component, str):
        return [component]
    hashes = [f"sha256:{value}" for kind, value in component.hashes.items() if kind.lower() == "sha-256"]
    purls = [value for kind, value in component.identifiers.items() if kind == "purl"]
    return [text for text in (component.id, *purls, *hashes) if text]


def encode(identifier: str, author: str, at: str, statements: Sequence[VexStatement]) -> bytes:
    """Write version 0.2.0."""
    return strict_json.encode_canonical(
        {
            "@context": CONTEXT,
            "@id": identifier,
            "author": author,
            "timestamp": at,
            "version": 1,
            "statements": [_written(statement) for statement in statements],
        }
    )


def _written(statement: VexStatement) -> dict[str, Any]:
    packages = [{"@id": write_product(product)} for product in statement.packages]
    images: list[dict[str, Any]] = [{"@id": write_product(product)} for product in statement.images]
    if images and packages:
        images = [image | {"subcomponents": packages} for image in images]
    members: dict[str, Any] = {
        "vulnerability": {"name": statement.flaws[0], "aliases": list(statement.flaws[1:])},
        "products": images or packages,
        "status": statement.status.value,
        "timestamp": statement.at,
        "justification": statement.justification,
        "impact_statement": statement.impact or statement.evidence,
    }
    return {name: value for name, value in members.items() if value}


OPENVEX = VexFormat(
    name="openvex",
    media_type="application/vnd.openvex+json",
    predicate_type="https://openvex.dev/ns/v0.2.0",
    recognises=recognises,
    decode=decode,
    encode=encode,
)
