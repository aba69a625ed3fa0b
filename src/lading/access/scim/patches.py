"""PATCH (RFC 7644, section 3.5.2), with what identity providers make of it.

Entra ID writes operations with a capital letter, booleans as texts, and paths as keys of a value; Okta leaves
the path out. Paths to attributes that are not kept are passed over; what is no path is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lading.access.scim.faults import fault
from lading.access.scim.filters import Term, all_hold, parse_filter
from lading.access.scim.people import (
    MAX_EMAILS,
    USER_SCHEMA,
    ProvisionedPerson,
    parse_person,
    person_document,
    truth,
)

MAX_OPERATIONS = 1000
_MAX_PATH = 500  # characters
_PATH = re.compile(r"([A-Za-z][\w$-]*+)(?:\[([^\[\]]*+)\])?(?:\.([A-Za-z][\w$-]*+))?\Z")
_OPERATIONS = ("add", "replace", "remove")
_KEPT = ("userName", "externalId", "active", "displayName", "name", "emails")
_PLAIN = {each.casefold(): each for each in _KEPT}
_OF_EMAIL = {each.casefold(): each for each in ("value", "type", "primary")}


@dataclass(frozen=True, slots=True)
class Path:
    """Where an operation works: ``emails[type eq "work"].value``. Attributes are in lower case."""

    attribute: str
    terms: tuple[Term, ...] = ()
    part: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One step. ``path`` is None for an attribute that is not of the schema."""

    kind: str
    path: Path | None
    value: Any = None


def parse_operations(document: Mapping[str, Any], schema: str = USER_SCHEMA) -> tuple[Operation, ...]:
    """Read a PatchOp message, each attribute of a value without a path as a step of its own."""
    members = {key.casefold(): value for key, value in document.items()}
    listed = members.get("operations")
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_OPERATIONS:
        raise fault("invalidSyntax", f"Operations must be a list of 1 to {MAX_OPERATIONS}")
    operations: list[Operation] = []
    for each in listed:
        operations += _operations(each, schema)
        if len(operations) > MAX_OPERATIONS:
            raise fault("tooMany", f"there are more than {MAX_OPERATIONS} steps")
    return tuple(operations)


def patched_person(person: ProvisionedPerson, operations: tuple[Operation, ...]) -> ProvisionedPerson:
    """The person after all steps; raise Malformed, so that none is taken where one cannot be."""
    document = person_document(person)
    for operation in operations:
        if operation.path is not None and operation.path.attribute in _PLAIN:
            _apply(document, operation, operation.path)
    return parse_person(document)


def _operations(step: object, schema: str) -> list[Operation]:
    if not isinstance(step, dict):
        raise fault("invalidSyntax", "each of Operations must be an object")
    members = {key.casefold(): value for key, value in step.items()}
    kind, path, value = members.get("op"), members.get("path"), members.get("value")
    if not isinstance(kind, str) or kind.casefold() not in _OPERATIONS:
        raise fault("invalidSyntax", "op must be add, replace or remove")
    kind = kind.casefold()
    if path is not None:
        return [Operation(kind, _path(path, schema), value)]
    if kind == "remove":
        raise fault("noTarget", "remove needs a path")
    if not isinstance(value, dict):
        raise fault("invalidValue", "without a path, value must be an object")
    return [
        Operation(kind, _path(key, schema), each)
        for key, each in value.items()
        if key.casefold() not in {"schemas", "id", "meta"}  # what they are is not theirs to say
    ]


def _path(text: object, schema: str) -> Path | None:
    if not isinstance(text, str) or len(text) > _MAX_PATH:
        raise fault("invalidPath", f"a path is a text of at most {_MAX_PATH} characters")
    own = f"{schema.casefold()}:"
    if text.casefold().startswith(own):
        text = text[len(own) :]
    elif text.casefold().startswith("urn:"):  # of an extension
        return None
    found = _PATH.match(text)
    if found is None:
        raise fault("invalidPath", "the path is none of attribute, attribute.part, attribute[filter].part")
    attribute = found[1].casefold()
    if found[2] is None:
        return Path(attribute, part=(found[3] or "").casefold())
    if attribute not in {"emails", "members"}:
        return None  # addresses, telephone numbers: not kept
    terms = parse_filter(found[2], _OF_EMAIL)
    if not terms:
        raise fault("invalidFilter", "the filter in the path is empty")
    return Path(attribute, terms, (found[3] or "").casefold())


def _apply(document: dict[str, Any], operation: Operation, path: Path) -> None:
    name = _PLAIN[path.attribute]
    if name == "emails":
        document[name] = _patched_emails(document.get(name, []), operation, path)
    elif name == "name":
        _patch_name(document, operation, path)
    elif path.part:
        raise fault("invalidPath", f"{name} has no parts")
    elif operation.kind == "remove":
        if name in {"userName", "active"}:
            raise fault("mutability", f"{name} cannot be removed")
        document.pop(name, None)
    elif operation.value is None and name in {"userName", "active"}:
        raise fault("invalidValue", f"{name} needs a value")
    else:
        document[name] = operation.value


def _patch_name(document: dict[str, Any], operation: Operation, path: Path) -> None:
    parts = {"givenname": "givenName", "familyname": "familyName"}
    if not path.part:
        value = {} if operation.kind == "remove" else operation.value
        if not isinstance(value, dict):
            raise fault("invalidValue", "name must be an object")
        named = {parts[key.casefold()]: each for key, each in value.items() if key.casefold() in parts}
        document["name"] = {**document.get("name", {}), **named} if operation.kind == "add" else named
    elif path.part in parts:
        value = None if operation.kind == "remove" else operation.value
        document["name"] = {**document.get("name", {}), parts[path.part]: value}


def _patched_emails(emails: list[dict[str, Any]], operation: Operation, path: Path) -> list[dict[str, Any]]:
    if path.part and path.part not in _OF_EMAIL:
        return emails  # "display" and the like: not kept
    chosen = [each for each in emails if all_hold(path.terms, each)]
    rest = [each for each in emails if not all_hold(path.terms, each)]
    if operation.kind == "remove" and not path.part:
        return rest
    if path.part:
        value = None if operation.kind == "remove" else operation.value
        if path.part == "primary" and value is not None:
            value = truth("primary", value)
        if (
            not chosen and path.terms and operation.kind != "remove"
        ):  # Entra ID replaces what is not there yet
            chosen = [{term.attribute: term.value for term in path.terms}]
        return [*rest, *({**each, _OF_EMAIL[path.part]: value} for each in chosen)]
    listed = operation.value if isinstance(operation.value, list) else [operation.value]
    if len(listed) > MAX_EMAILS or not all(isinstance(each, dict) for each in listed):
        raise fault("invalidValue", f"emails must be a list of at most {MAX_EMAILS} objects")
    if operation.kind == "replace":
        return [*rest, *listed]
    kept = [*emails, *(each for each in listed if each not in emails)]
    if len(kept) > MAX_EMAILS:
        raise fault("invalidValue", f"emails must be a list of at most {MAX_EMAILS} objects")
    return kept
