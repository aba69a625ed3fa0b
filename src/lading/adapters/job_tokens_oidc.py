"""Tokens of CI jobs as OpenID Connect issuers sign them (Discovery 1.0).

1. The token has the shape of one (``signed_claims``).
2. Its unverified ``iss`` names an issuer that is trusted; nothing else of it is used before step 3.
3. Algorithm, key and signature are good (``signed_claims``).
4. Its claims hold (``access.job_trust``).
"""

from collections.abc import Sequence

from lading.access.job_trust import JobIssuer, JobVerdict, RefusedJob, judge_job
from lading.adapters.signed_claims import Distrusted, IssuerKeys, read_unverified, verified_claims
from lading.ports.job_tokens import MAX_JOB_TOKEN


class OidcJobTokens:
    """The ``JobTokens`` port."""

    def __init__(self, issuers: Sequence[JobIssuer], keys: IssuerKeys) -> None:
        self._issuers = {issuer.url: issuer for issuer in issuers}
        self._keys = keys

    def verify(self, token: str, *, now: int) -> JobVerdict:
        """Judge a token, by the numbered steps above."""
        # Step 1.
        unverified = read_unverified(token, most=MAX_JOB_TOKEN)
        if isinstance(unverified, Distrusted):
            return RefusedJob(unverified.reason)
        # Step 2.
        claimed = unverified.claims.get("iss")
        issuer = self._issuers.get(claimed) if isinstance(claimed, str) else None
        if issuer is None:
            return RefusedJob("no trusted issuer has issued the token")
        # Step 3.
        claims = verified_claims(unverified, issuer, self._keys, now=now, most=MAX_JOB_TOKEN)
        if isinstance(claims, Distrusted):
            return RefusedJob(claims.reason)
        # Step 4.
        return judge_job(issuer, claims, now)
