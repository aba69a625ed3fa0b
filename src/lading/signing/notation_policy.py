"""Trust as notation keeps it, read into a trust policy of ours.

notation has a ``trustpolicy.json`` and trust stores of certificates beside it (Notary Project, "Trust Store
and Trust Policy Specification"). What it says that has no counterpart here is named and left out, never
guessed: a rule that would let unsigned images pass is no rule here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lading.foundation import strict_json
from lading.foundation.errors import Malformed

MAX_NOTATION_BYTES = 1 << 20
_SUBJECT = "x509.subject:"
_ENFORCED = ("strict", "permissive")


@dataclass(frozen=True, slots=True)
class ImportedTrust:
    """The text of a trust policy, and what of notation's could not be carried over, for people."""

    text: str
    left_out: tuple[str, ...]


def import_notation(document: bytes, stores: Mapping[str, str]) -> ImportedTrust:
    """Read a ``trustpolicy.json``; ``stores`` are its trust stores, ``ca:acme`` to certificates in PEM.

    Raises Malformed, or OverLimit.
    """
    policy = strict_json.decode_object(document, what="trustpolicy.json", max_bytes=MAX_NOTATION_BYTES)
    entries = policy.get("trustPolicies")
    if policy.get("version") != "1.0" or not isinstance(entries, list):
        raise _invalid('it needs "version": "1.0" and a list of trustPolicies')
    parts: list[str] = []
    left_out: list[str] = []
    stampers: dict[str, str] = {}
    for at, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise _invalid("each of the trustPolicies must be an object")
        parts += _rule(_Entry(entry, at, stores), stampers, left_out)
    tables = [
        f'[[timestamp-authorities]]\nname = {json.dumps(name)}\ncertificates = """\n{pem}"""\n'
        for name, pem in stampers.items()
    ]
    return ImportedTrust("\n".join([*tables, *parts]), tuple(left_out))


@dataclass(frozen=True, slots=True)
class _Entry:
    content: Mapping[str, Any]
    at: int
    stores: Mapping[str, str]

    @property
    def name(self) -> str:
        return str(self.content.get("name") or f"policy {self.at}")

    def texts(self, member: str) -> list[str]:
        value = self.content.get(member, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) and entry for entry in value):
            raise _invalid(f"{self.name!r}: {member} must be a list of texts")
        return value

    def certificates(self, store: str) -> str:
        if store not in self.stores:
            raise _invalid(f"{self.name!r}: there is no trust store {store!r} beside it")
        return self.stores[store]

    def level(self, left_out: list[str]) -> str:
        given = self.content.get("signatureVerification")
        if not isinstance(given, dict) or not isinstance(given.get("level"), str):
            raise _invalid(f"{self.name!r}: signatureVerification needs a level")
        for member in sorted(set(given) - {"level"}):
            left_out.append(f"{self.name!r}: {member} of signatureVerification; every check is enforced here")
        return str(given["level"])


def _rule(entry: _Entry, stampers: dict[str, str], left_out: list[str]) -> list[str]:
    level = entry.level(left_out)
    if level not in _ENFORCED:
        left_out.append(f"{entry.name!r}: level {level!r} refuses nothing, so it is no rule of trust")
        return []
    if level != "strict":
        left_out.append(f"{entry.name!r}: level {level!r}; every check is enforced here")
    listed = entry.texts("trustStores")
    stamping = [store for store in listed if store.startswith("tsa:")]
    stampers |= {store.partition(":")[2]: entry.certificates(store) for store in stamping}
    tables, signers = _signers(entry, listed, [store.partition(":")[2] for store in stamping])
    scopes = [_repository(scope) for scope in entry.texts("registryScopes")]
    rule = (
        f"[[trust]]\nname = {json.dumps(entry.name)}\nrepositories = {json.dumps(scopes)}\n"
        f"signers = {json.dumps(signers)}\n"
    )
    return [*tables, rule]


def _signers(entry: _Entry, listed: Sequence[str], stamping: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tables of authorities and of whoever has a certificate of them; the names of the latter."""
    tables: list[str] = []
    names: list[str] = []
    for store in listed:
        kind, _, short = store.partition(":")
        if kind == "tsa":
            continue
        if kind not in {"ca", "signingAuthority"}:
            raise _invalid(f"{entry.name!r}: trust stores of the kind {kind!r} are not known")
        authority = f"{short} {entry.at}"
        vouches = "signing-authority = true\n" if kind == "signingAuthority" else ""
        tables.append(
            f"[[authorities]]\nname = {json.dumps(authority)}\n{vouches}"
            f'timestamped-by = {json.dumps(list(stamping))}\ncertificates = """\n'
            f'{entry.certificates(store)}"""\n'
        )
        for number, identity in enumerate(entry.texts("trustedIdentities"), start=1):
            name = f"{short} {entry.at}.{number}"
            subject = json.dumps(_subject(entry, identity))
            head = f"[[certificates]]\nname = {json.dumps(name)}\n"
            tables.append(f"{head}authority = {json.dumps(authority)}\nsubject = {subject}\n")
            names.append(name)
    return tables, names


def _subject(entry: _Entry, identity: str) -> str:
    if identity == "*":
        return "*"
    kind, _, subject = identity.partition(":")
    if f"{kind}:" != _SUBJECT or not subject.strip():
        raise _invalid(f"{entry.name!r}: trusted identities are * or {_SUBJECT} and a subject")
    return subject.strip()


def _repository(scope: str) -> str:
    """A scope names the registry too; what is verified here lies in one registry, whatever it is called."""
    return "**" if scope == "*" else scope.partition("/")[2]


def _invalid(what: str) -> Malformed:
    return Malformed("notation-policy-invalid", f"trustpolicy.json cannot be carried over: {what}")
