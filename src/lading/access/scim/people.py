"""A person as an identity provider describes them (RFC 7643, section 4.1): what is kept, and its bounds.

Attributes that are not kept (titles, telephone numbers, the enterprise extension …) are passed over:
providers send whatever their administrator mapped, and an account needs none of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lading.access.account_rules import is_account_name
from lading.access.scim.faults import fault

USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
MAX_TEXT = 256  # characters of one attribute
MAX_EMAILS = 20


@dataclass(frozen=True, slots=True)
class ProvisionedPerson:
    """What a provider says of somebody. ``active`` is None where it does not say."""

    user_name: str
    external_id: str = ""
    active: bool | None = None
    display_name: str = ""
    given_name: str = ""
    family_name: str = ""
    emails: tuple[tuple[str, str, bool], ...] = ()  # value, type, whether it is the primary one


def parse_person(document: Mapping[str, Any]) -> ProvisionedPerson:
    """Read a person; raise Malformed for what no account can have."""
    members = _by_lower_case(document)
    user_name = _text(members, "userName").casefold()
    if not is_account_name(user_name):
        hint = "it has 1 to 64 letters, digits and . _ @ + - between them"
        raise fault("invalidValue", "userName cannot be an account's name", hint=hint)
    name = {} if members.get("name") is None else members["name"]
    if not isinstance(name, dict):
        raise fault("invalidValue", "name must be an object")
    names = _by_lower_case(name)
    active = members.get("active")
    return ProvisionedPerson(
        user_name=user_name,
        external_id=_text(members, "externalId"),
        active=None if active is None else truth("active", active),
        display_name=_text(members, "displayName"),
        given_name=_text(names, "givenName"),
        family_name=_text(names, "familyName"),
        emails=_emails(members.get("emails")),
    )


def person_document(person: ProvisionedPerson) -> dict[str, Any]:
    """What ``parse_person`` reads."""
    names = {"givenName": person.given_name, "familyName": person.family_name}
    document: dict[str, Any] = {
        "userName": person.user_name,
        "externalId": person.external_id,
        "active": person.active,
        "displayName": person.display_name,
        "name": {key: value for key, value in names.items() if value},
        "emails": [
            {"value": value, **({"type": kind} if kind else {}), "primary": primary}
            for value, kind, primary in person.emails
        ],
    }
    return {key: value for key, value in document.items() if value not in ("", None, [], {})}


def truth(attribute: str, value: object) -> bool:
    """A boolean; Entra ID writes some of them as texts."""
    if isinstance(value, str) and value.casefold() in {"true", "false"}:
        return value.casefold() == "true"
    if not isinstance(value, bool):
        raise fault("invalidValue", f"{attribute} must be true or false")
    return value


def _emails(value: object) -> tuple[tuple[str, str, bool], ...]:
    listed = [] if value is None else value
    if not isinstance(listed, list) or len(listed) > MAX_EMAILS:
        raise fault("invalidValue", f"emails must be a list of at most {MAX_EMAILS}")
    emails = []
    for each in listed:
        if not isinstance(each, dict):
            raise fault("invalidValue", "each of emails must be an object")
        members = _by_lower_case(each)
        primary = members.get("primary")
        is_primary = primary is not None and truth("primary", primary)
        emails.append((_text(members, "value"), _text(members, "type"), is_primary))
    return tuple(email for email in emails if email[0])


def _text(members: Mapping[str, Any], attribute: str) -> str:
    value = members.get(attribute.casefold())
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_TEXT or not value.isprintable():
        raise fault(
            "invalidValue", f"{attribute} must be a text of at most {MAX_TEXT} characters in one line"
        )
    return value


def _by_lower_case(document: Mapping[str, Any]) -> dict[str, Any]:
    """Attribute names have no case (RFC 7643, section 2.1); two that differ by it alone are ambiguous."""
    members = {key.casefold(): value for key, value in document.items()}
    if len(members) != len(document):
        raise fault("invalidSyntax", "an attribute stands twice")
    return members
