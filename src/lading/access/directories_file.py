"""The file that says which directories people are signed in by.

[[openid]]
name = "corp"
label = "the company account"
url = "https://login.example.com"
client_id = "lading"
client_secret_file = "corp.secret"
administrators = ["platform-admins"]
groups = { "grp-payments" = "payments" }   # left out: every group counts, by the name it has there

[[ldap]]
name = "ad"
url = "ldaps://dc1.example.com"            # or ldap://, which takes StartTLS before anything else
base = "dc=example,dc=com"
bind_name = "cn=lading,ou=services,dc=example,dc=com"
bind_password_file = "ad.secret"
name_attribute = "sAMAccountName"
id_attribute = "objectGUID"
group_search = "in-chain"
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lading.access.directory import GroupRules
from lading.access.job_trust_file import ALGORITHMS
from lading.access.ldap import GroupSearch, LdapDirectory
from lading.access.openid import OpenIdProvider
from lading.foundation.errors import Malformed

MAX_FILE_BYTES = 1 << 20
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?\Z")
_LOCAL = {"127.0.0.1", "localhost", "::1"}
_OPENID = frozenset(
    {"name", "label", "url", "client_id", "client_secret_file", "algorithms", "scopes", "name_claim"}
    | {"groups_claim", "groups", "administrators", "newcomers", "jwks_file"}
)

_LDAP_TEXTS = {
    "bind_name": "",
    "ca_file": "",
    "person_class": "person",
    "name_attribute": "uid",
    "id_attribute": "entryUUID",
    "groups_base": "",
    "member_attribute": "member",
    "group_attribute": "cn",
}
_LDAP = frozenset(
    {"name", "label", "url", "start_tls", "base", "bind_password_file", "group_search", "groups"}
    | {"administrators", "newcomers", "seconds", *_LDAP_TEXTS}
)


@dataclass(frozen=True, slots=True)
class Directories:
    """Everything that signs people in, beside passwords of this installation."""

    openid: tuple[OpenIdProvider, ...] = ()
    ldap: tuple[LdapDirectory, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """A table of the file, with where it stands, for what is said of it."""

    members: Mapping[str, Any]
    where: str

    def text(self, member: str, default: str | None = None) -> str:
        """A member that is a text; it must be there where there is no default."""
        value = self.members.get(member, default)
        if not isinstance(value, str) or (not value and default is None) or not (value + " ").isprintable():
            raise self.wrong(f"{member} must be a text")
        return value

    def texts(self, member: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A member that is a list of texts."""
        value = self.members.get(member, list(default))
        if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
            raise self.wrong(f"{member} must be a list of texts")
        return tuple(value)

    def seconds(self, member: str, default: int) -> int:
        """A member that is a whole number of seconds, from 1 to 60."""
        value = self.members.get(member, default)
        if type(value) is not int or not 1 <= value <= 60:
            raise self.wrong(f"{member} must be from 1 to 60 seconds")
        return value

    def flag(self, member: str, default: bool) -> bool:
        """A member that is true or false."""
        value = self.members.get(member, default)
        if not isinstance(value, bool):
            raise self.wrong(f"{member} must be true or false")
        return value

    def group_rules(self) -> GroupRules:
        """What the members ``groups`` and ``administrators`` say."""
        named = self.members.get("groups", {})
        if not isinstance(named, dict) or not all(isinstance(ours, str) and ours for ours in named.values()):
            raise self.wrong("groups must be a table of texts: the directory's name = the name here")
        return GroupRules(named, frozenset(self.texts("administrators")))

    def only(self, known: frozenset[str]) -> None:
        """Raise Malformed for members that mean nothing here."""
        unknown = sorted(self.members.keys() - known)
        if unknown:
            hint = f"known are {', '.join(sorted(known))}"
            raise self.wrong(f"{unknown[0][:40]!r} is not known here", hint=hint)

    def wrong(self, what: str, *, hint: str = "") -> Malformed:
        """The error for this entry."""
        return Malformed("directories-invalid", f"{self.where}: {what}", hint=hint)


def parse_directories(text: str, file_name: str, secrets: Mapping[str, str] | None = None) -> Directories:
    """Read the file; raise Malformed with the place of what is wrong.

    ``secrets`` are the contents of the files that ``secret_files`` names.
    """
    document = _document(text, file_name)
    document.only(frozenset({"openid", "ldap"}))
    openid = tuple(_openid(entry, secrets or {}) for entry in _tables(document, "openid"))
    ldap = tuple(_ldap(entry, secrets or {}) for entry in _tables(document, "ldap"))
    names = [*(each.name for each in openid), *(each.name for each in ldap)]
    if len(set(names)) != len(names):
        raise document.wrong("two directories have the same name")
    issuers = [(provider.url, provider.client_id) for provider in openid]
    if len(set(issuers)) != len(issuers):
        raise document.wrong("two directories are the same client of the same provider")
    return Directories(openid, ldap)


def secret_files(text: str, file_name: str) -> tuple[str, ...]:
    """The files beside this one that hold secrets."""
    document = _document(text, file_name)
    return tuple(
        entry.text(member)
        for table, member in (("openid", "client_secret_file"), ("ldap", "bind_password_file"))
        for entry in _tables(document, table)
        if member in entry.members
    )


def _openid(entry: _Entry, secrets: Mapping[str, str]) -> OpenIdProvider:
    entry.only(_OPENID)
    url = entry.text("url")
    place = urlsplit(url)
    if place.scheme != "https" and not (place.scheme == "http" and place.hostname in _LOCAL):
        raise entry.wrong(f"url must begin with https://, not {url[:80]!r}")
    algorithms = entry.texts("algorithms", ("RS256",))
    unknown = sorted(set(algorithms) - set(ALGORITHMS))
    if unknown or not algorithms:
        raise entry.wrong(
            f"{(unknown or [''])[0][:40]!r} is no algorithm that people are believed by",
            hint=f"known are {', '.join(ALGORITHMS)}",
        )
    scopes = entry.texts("scopes", ("openid", "profile", "email"))
    if "openid" not in scopes:
        raise entry.wrong("scopes must have openid among them", hint="without it there is no id_token")
    name = _directory_name(entry)
    return OpenIdProvider(
        name=name,
        label=entry.text("label", name),
        url=url,
        client_id=entry.text("client_id"),
        client_secret=secrets.get(entry.text("client_secret_file", ""), ""),
        algorithms=algorithms,
        scopes=scopes,
        name_claim=entry.text("name_claim", "preferred_username"),
        groups_claim=entry.text("groups_claim", "groups"),
        groups=entry.group_rules(),
        newcomers=entry.flag("newcomers", True),
        jwks_file=entry.text("jwks_file", ""),
    )


def _ldap(entry: _Entry, secrets: Mapping[str, str]) -> LdapDirectory:
    entry.only(_LDAP)
    url = entry.text("url")
    place = urlsplit(url)
    if place.scheme not in {"ldap", "ldaps"} or not place.hostname or place.path.strip("/"):
        raise entry.wrong(f"url must be ldaps://host or ldap://host, not {url[:80]!r}")
    tls = place.scheme == "ldaps"
    start_tls = entry.flag("start_tls", not tls)
    if not tls and not start_tls and place.hostname not in _LOCAL:
        raise entry.wrong("passwords would travel in clear", hint="take ldaps://, or leave start_tls out")
    if tls and start_tls:
        raise entry.wrong("ldaps:// is TLS from the first byte and takes no start_tls")
    search = entry.text("group_search", GroupSearch.MEMBERS.value)
    if search not in set(GroupSearch):
        raise entry.wrong(f"group_search is one of {', '.join(GroupSearch)}")
    name = _directory_name(entry)
    texts = {member: entry.text(member, default) for member, default in _LDAP_TEXTS.items()}
    return LdapDirectory(
        name=name,
        label=entry.text("label", name),
        host=place.hostname,
        port=place.port or (636 if tls else 389),
        tls=tls,
        start_tls=start_tls,
        base=entry.text("base"),
        bind_password=secrets.get(entry.text("bind_password_file", ""), ""),
        group_search=GroupSearch(search),
        groups=entry.group_rules(),
        newcomers=entry.flag("newcomers", True),
        seconds=entry.seconds("seconds", 5),
        **texts,
    )


def _directory_name(entry: _Entry) -> str:
    name = entry.text("name")
    if not _NAME.match(name):
        raise entry.wrong(f"{name[:40]!r} cannot be a directory's name: use a-z, 0-9 and -")
    return name


def _document(text: str, file_name: str) -> _Entry:
    try:
        return _Entry(tomllib.loads(text), file_name)
    except tomllib.TOMLDecodeError as error:
        raise Malformed("directories-invalid", f"{file_name}: {error}") from error


def _tables(document: _Entry, member: str) -> tuple[_Entry, ...]:
    tables = document.members.get(member, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise document.wrong(f"{member} must be written as [[{member}]]")
    return tuple(_Entry(table, f"{document.where}: {member} {at}") for at, table in enumerate(tables, 1))
