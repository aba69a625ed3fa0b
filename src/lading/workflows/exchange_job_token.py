"""Give a CI job a short token for one repository, for the token that its platform gave it (RFC 8693).

1. The platform's token proves which job it is. For one that proves nothing nothing is written: anybody may
   send such tokens.
2. It asks for one repository. What the issuer's rules grant of it is granted, and nothing where they grant
   nothing: a job that asks in vain should fail here, and not in the middle of its push.
3. The exchange is in the audit log, with what the job said of itself.
4. Later, tokens of fewer actions or repositories are given out for this one, which end when it ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lading.access.job_trust import ProvenJob, RefusedJob
from lading.access.principal import Principal, PrincipalKind
from lading.access.token_claims import TokenClaims
from lading.access.token_scopes import REPOSITORY_ACTIONS, Scope
from lading.audit.entry import Event
from lading.foundation.errors import Forbidden, Malformed, Unauthenticated
from lading.foundation.instants import rfc3339
from lading.ports.job_tokens import JobTokens
from lading.ports.records.record_set import Records
from lading.ports.tokens import Tokens
from lading.workflows.registry_tokens import IssuedToken

LIFETIME = timedelta(minutes=15)
# What platforms say of a job, and what helps to find it again. Anything else stays out of the log.
_TOLD = ("repository", "ref", "workflow_ref", "run_id", "project_path", "pipeline_id", "job_id", "actor")


@dataclass(frozen=True, slots=True)
class ExchangePorts:
    """What exchanging needs."""

    records: Records
    jobs: JobTokens
    tokens: Tokens
    audience: str


def exchange_job_token(
    ports: ExchangePorts,
    job_token: str,
    wanted: tuple[Scope, ...],
    now: datetime,
    *,
    token_id: str,
    request_id: str,
) -> IssuedToken:
    """Exchange a token, by steps 1 to 3.

    Raises Unauthenticated ``job-refused``, Malformed ``scope-invalid``, Forbidden ``job-not-allowed``.
    """
    # Step 1.
    verdict = ports.jobs.verify(job_token, now=int(now.timestamp()))
    if isinstance(verdict, RefusedJob):
        raise Unauthenticated("job-refused", f"the job's token is not believed: {verdict.reason}")
    # Step 2.
    scope = _one_repository(wanted)
    principal = Principal(PrincipalKind.JOB, verdict.name)
    granted = _granted(verdict, scope)
    if not granted.actions:
        _record(ports, verdict, "job.refuse", scope, at=now, request_id=request_id)
        raise Forbidden(
            "job-not-allowed",
            f"no rule lets this job do {','.join(sorted(scope.actions))} on {scope.name}",
            hint="compare the claims of the job with the rules of its issuer",
        )
    # Step 3.
    _record(ports, verdict, "job.exchange", granted, at=now, request_id=request_id)
    return _issue(ports, principal, (granted,), now, ends=now + LIFETIME, token_id=token_id)


def narrow_job_token(
    ports: ExchangePorts, held: TokenClaims, wanted: tuple[Scope, ...], now: datetime, *, token_id: str
) -> IssuedToken:
    """Give out a token for what is asked of a token that is held, by step 4."""
    granted = tuple(
        Scope(asked.type, asked.name, actions)
        for asked in wanted
        for scope in held.scopes
        if (scope.type, scope.name) == (asked.type, asked.name)
        and (actions := scope.actions if "*" in asked.actions else scope.actions & asked.actions)
    )
    ends = datetime.fromtimestamp(held.expires_at, now.tzinfo)
    return _issue(ports, held.principal, granted, now, ends=ends, token_id=token_id)


def _one_repository(wanted: tuple[Scope, ...]) -> Scope:
    if len(wanted) != 1 or wanted[0].type != "repository":
        raise Malformed(
            "scope-invalid",
            "a job's token is exchanged for one repository",
            hint="ask with scope=repository:team/app:pull,push",
        )
    return wanted[0]


def _granted(job: ProvenJob, asked: Scope) -> Scope:
    wanted = REPOSITORY_ACTIONS.keys() if "*" in asked.actions else asked.actions
    return Scope("repository", asked.name, job.granted(asked.name) & wanted)


def _told(job: ProvenJob) -> Mapping[str, object]:
    said: Mapping[str, Any] = job.claims
    return {name: str(said[name])[:300] for name in _TOLD if isinstance(said.get(name), str | int)}


def _issue(
    ports: ExchangePorts,
    principal: Principal,
    scopes: tuple[Scope, ...],
    now: datetime,
    *,
    ends: datetime,
    token_id: str,
) -> IssuedToken:
    issued, expires = int(now.timestamp()), int(ends.timestamp())
    claims = TokenClaims(
        issuer=ports.tokens.issuer,
        audience=ports.audience,
        principal=principal,
        scopes=scopes,
        issued_at=issued,
        not_before=issued,
        expires_at=expires,
        token_id=token_id,
    )
    return IssuedToken(ports.tokens.issue(claims), scopes, now, expires - issued)


def _record(
    ports: ExchangePorts, job: ProvenJob, action: str, scope: Scope, *, at: datetime, request_id: str
) -> None:
    event = Event(
        at=rfc3339(at),
        actor=f"{PrincipalKind.JOB}:{job.name}",
        action=action,
        subject=scope.name,
        outcome="failed" if action == "job.refuse" else "done",
        details={**_told(job), "actions": sorted(scope.actions)},
        request_id=request_id,
    )
    with ports.records.write() as kept:
        kept.audit.append(event)
