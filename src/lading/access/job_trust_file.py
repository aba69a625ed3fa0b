"""The file that says which CI jobs are believed.

[[issuer]]
name = "github"
url = "https://token.actions.githubusercontent.com"
audience = "https://registry.example.com"
jwks_file = "keys.json"            # only where the issuer cannot be reached
[[issuer.rule]]
claims = { repository = "acme/shop", ref = "refs/heads/main" }
repositories = ["shop/*"]
actions = ["pull", "push"]
"""

import tomllib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from lading.access.job_trust import ClaimCondition, JobIssuer, JobRule
from lading.access.repository_pattern import RepositoryPattern
from lading.access.token_scopes import REPOSITORY_ACTIONS
from lading.foundation.errors import Malformed

MAX_FILE_BYTES = 1 << 20
# Signatures by a key pair only: a shared secret that we hold too would let us, or a thief of it, forge jobs,
# and "none" or an HMAC made with a public key as its secret must never get as far as being compared.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_ISSUER = {"name", "url", "audience", "algorithms", "jwks_file", "rule"}
_RULE = {"claims", "repositories", "actions"}
_LOCAL = {"127.0.0.1", "localhost", "::1"}


def parse_job_issuers(text: str, file_name: str) -> tuple[JobIssuer, ...]:
    """Read the file; raise Malformed with the place of what is wrong."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed("job-issuers-invalid", f"{file_name}: {error}") from error
    _only(document, {"issuer"}, file_name)
    entries = _tables(document, "issuer", file_name)
    issuers = tuple(_issuer(entry, f"{file_name}: issuer {at}") for at, entry in enumerate(entries, 1))
    for member in ("name", "url"):
        values = [getattr(issuer, member) for issuer in issuers]
        if len(set(values)) != len(values):
            raise Malformed("job-issuers-invalid", f"{file_name}: two issuers have the same {member}")
    return issuers


def _issuer(entry: Mapping[str, Any], where: str) -> JobIssuer:
    _only(entry, _ISSUER, where)
    url = _text(entry, "url", where)
    place = urlsplit(url)
    if place.scheme != "https" and not (place.scheme == "http" and place.hostname in _LOCAL):
        raise Malformed("job-issuers-invalid", f"{where}: url must begin with https://, not {url[:80]!r}")
    algorithms = _texts(entry, "algorithms", where) if "algorithms" in entry else ("RS256", "ES256")
    unknown = sorted(set(algorithms) - set(ALGORITHMS))
    if unknown:
        raise Malformed(
            "job-issuers-invalid",
            f"{where}: {unknown[0][:40]!r} is no algorithm that jobs are believed by",
            hint=f"known are {', '.join(ALGORITHMS)}",
        )
    return JobIssuer(
        name=_text(entry, "name", where),
        url=url,
        audience=_text(entry, "audience", where),
        algorithms=algorithms,
        rules=tuple(
            _rule(rule, f"{where}, rule {at}") for at, rule in enumerate(_tables(entry, "rule", where), 1)
        ),
        jwks_file=_text(entry, "jwks_file", where) if "jwks_file" in entry else "",
    )


def _rule(entry: Mapping[str, Any], where: str) -> JobRule:
    _only(entry, _RULE, where)
    claims = entry.get("claims")
    if not isinstance(claims, dict) or not claims or not all(isinstance(it, str) for it in claims.values()):
        raise Malformed(
            "job-issuers-invalid",
            f"{where}: claims must be a table of strings with at least one entry",
            hint="a rule without conditions would believe every job of the platform",
        )
    actions = frozenset(_texts(entry, "actions", where))
    if not actions <= REPOSITORY_ACTIONS.keys():
        known = ", ".join(REPOSITORY_ACTIONS)
        raise Malformed("job-issuers-invalid", f"{where}: actions are some of {known}")
    return JobRule(
        conditions=tuple(ClaimCondition(claim, like) for claim, like in sorted(claims.items())),
        repositories=tuple(RepositoryPattern.parse(text) for text in _texts(entry, "repositories", where)),
        actions=actions,
    )


def _only(entry: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(entry.keys() - known)
    if unknown:
        raise Malformed("job-issuers-invalid", f"{where}: {unknown[0]!r} is not known here")


def _tables(entry: Mapping[str, Any], member: str, where: str) -> list[dict[str, Any]]:
    tables = entry.get(member, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise Malformed("job-issuers-invalid", f"{where}: {member} must be written as [[{member}]]")
    return tables


def _text(entry: Mapping[str, Any], member: str, where: str) -> str:
    value = entry.get(member)
    if not isinstance(value, str) or not value.isprintable() or not value:
        raise Malformed("job-issuers-invalid", f"{where}: {member} must be a text")
    return value


def _texts(entry: Mapping[str, Any], member: str, where: str) -> tuple[str, ...]:
    value = entry.get(member)
    if not isinstance(value, list) or not value or not all(isinstance(text, str) for text in value):
        raise Malformed("job-issuers-invalid", f"{where}: {member} must be a list of texts")
    return tuple(value)
