"""Which CI jobs are believed, and what they may do here.

A job proves what it is by a token of its platform's OpenID Connect issuer (GitHub, GitLab, Jenkins …). The
signature has been verified before anything here is read (see the ``job_tokens`` port). Then, in order:

1. The issuer is the one whose key verified it, and the audience is the one that this installation names: a
   token that a job got for somebody else opens nothing here.
2. The token is not expired, already valid, and was issued within MAX_AGE. Only clocks get some leeway.
3. The subject is a name of printable characters.
4. Each condition of a rule holds for a claim that is a string, never for one that is absent or of another
   kind. A rule without conditions would believe everybody, and cannot be written.
5. What is granted are the actions of all rules that hold and that name the repository.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from lading.access.repository_pattern import RepositoryPattern
from lading.access.token_claims import LEEWAY

MAX_AGE = 24 * 3600  # seconds since a job's token was issued
MAX_SUBJECT = 512  # characters


@dataclass(frozen=True, slots=True)
class ClaimCondition:
    """A claim must be like this text, in which ``*`` stands for any characters but ``/``, ``**`` for any."""

    claim: str
    like: str

    def holds(self, claims: Mapping[str, Any]) -> bool:
        """Step 4."""
        value = claims.get(self.claim)
        return isinstance(value, str) and re.fullmatch(_expression(self.like), value) is not None


@dataclass(frozen=True, slots=True)
class JobRule:
    """Jobs for which all conditions hold may do these actions on these repositories."""

    conditions: tuple[ClaimCondition, ...]
    repositories: tuple[RepositoryPattern, ...]
    actions: frozenset[str]  # "pull", "push", "delete"

    def grants(self, claims: Mapping[str, Any], repository: str) -> frozenset[str]:
        """Give the actions, none where the rule does not hold."""
        named = any(pattern.matches(repository) for pattern in self.repositories)
        if named and self.conditions and all(condition.holds(claims) for condition in self.conditions):
            return self.actions
        return frozenset()


@dataclass(frozen=True, slots=True)
class JobIssuer:
    """A platform whose jobs are believed. Its keys are fetched, or read from ``jwks_file``."""

    name: str
    url: str  # the `iss` of its tokens, exactly
    audience: str
    algorithms: tuple[str, ...]
    rules: tuple[JobRule, ...]
    jwks_file: str = ""


@dataclass(frozen=True, slots=True)
class ProvenJob:
    """A job that is what it says, and the claims that say it."""

    issuer: JobIssuer
    subject: str
    claims: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What the job is called in the audit log."""
        return f"{self.issuer.name}/{self.subject}"

    def granted(self, repository: str) -> frozenset[str]:
        """Step 5."""
        return frozenset().union(*(rule.grants(self.claims, repository) for rule in self.issuer.rules))


@dataclass(frozen=True, slots=True)
class RefusedJob:
    """A token that proves no job; the reason never quotes it."""

    reason: str


JobVerdict: TypeAlias = ProvenJob | RefusedJob


def judge_job(issuer: JobIssuer, claims: Mapping[str, Any], now: int) -> JobVerdict:
    """Judge the claims of a token that a key of ``issuer`` has signed, by steps 1 to 3."""
    # Step 1.
    audiences = claims.get("aud")
    audiences = [audiences] if isinstance(audiences, str) else audiences
    if claims.get("iss") != issuer.url:
        return RefusedJob("the token names another issuer than the one whose key signed it")
    if not isinstance(audiences, list) or issuer.audience not in audiences:
        return RefusedJob(f"the token is not for the audience {issuer.audience!r}")
    # Step 2.
    issued, expires = _seconds(claims.get("iat")), _seconds(claims.get("exp"))
    begins = _seconds(claims.get("nbf", claims.get("iat")))
    if issued is None or expires is None or begins is None:
        return RefusedJob("iat, exp or nbf is missing or no number of seconds")
    if now >= expires:
        return RefusedJob(f"the token expired {now - expires} s ago")
    if max(begins, issued) > now + LEEWAY:
        return RefusedJob("the token is not valid yet")
    if now - issued > MAX_AGE:
        return RefusedJob(f"the token was issued more than {MAX_AGE // 3600} hours ago")
    # Step 3.
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT or not subject.isprintable():
        return RefusedJob("sub is not a name")
    return ProvenJob(issuer, subject, claims)


def _seconds(value: object) -> int | None:
    # A number of seconds may have a fraction (RFC 7519, "NumericDate"); true is no number.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 40:
        return None
    return int(value)


def _expression(like: str) -> str:
    parts = re.split(r"(\*\*|\*)", like)
    return "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)
