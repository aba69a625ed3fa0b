"""Tokens for CI jobs."""

import uuid
from collections.abc import Callable
from datetime import datetime

import structlog

from lading.access.token_claims import RefusedToken
from lading.access.token_scopes import Scope
from lading.adapters.issuer_keys import FetchedKeys
from lading.adapters.job_issuers_file import read_job_issuers
from lading.adapters.job_tokens_oidc import OidcJobTokens
from lading.bootstrap.installation import AUDIENCE, Installation, clock
from lading.foundation.errors import Unauthenticated
from lading.workflows.exchange_job_token import ExchangePorts, exchange_job_token, narrow_job_token
from lading.workflows.registry_tokens import IssuedToken, verify_registry_token


class CiJobs:
    """Exchanges tokens of jobs, and narrows the tokens that were given for them."""

    def __init__(self, ports: ExchangePorts, now: Callable[[], datetime]) -> None:
        self._ports, self._now = ports, now

    def exchange(self, job_token: str, wanted: tuple[Scope, ...], *, request_id: str) -> IssuedToken:
        """Exchange a job's own token for one of ours."""
        return exchange_job_token(
            self._ports, job_token, wanted, self._now(), token_id=uuid.uuid4().hex, request_id=request_id
        )

    def narrow(self, token: str, wanted: tuple[Scope, ...]) -> IssuedToken:
        """Give a token for a part of what a token of ours is for."""
        ports, now = self._ports, self._now()
        verdict = verify_registry_token(ports.records, ports.tokens, token, now, audience=ports.audience)
        if isinstance(verdict, RefusedToken):
            raise Unauthenticated("token-refused", verdict.message, hint="exchange the job's token again")
        return narrow_job_token(ports, verdict.claims, wanted, now, token_id=uuid.uuid4().hex)


def ci_jobs(installation: Installation) -> CiJobs:
    """Trust the issuers that the settings name; without any, every job is refused."""
    path = installation.settings.registry.ci_issuers
    issuers = read_job_issuers(path) if path else ()
    tokens = OidcJobTokens(issuers, FetchedKeys(complain=_complain))
    return CiJobs(ExchangePorts(installation.records, tokens, installation.tokens, AUDIENCE), clock)


def _complain(text: str) -> None:
    structlog.get_logger("lading.issuers").warning("keys of an issuer were not renewed", said=text)
