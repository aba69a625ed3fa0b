"""Tokens of CI jobs as OpenID Connect issuers sign them (RFC 7519; Discovery 1.0), with joserfc.

A token is judged in this order, and the first failing step names the refusal:

1. It is at most MAX_JOB_TOKEN characters and has the three parts of a compact JWS.
2. Its unverified ``iss`` names an issuer that is trusted; nothing else of it is used before step 5.
3. Its header says one of that issuer's algorithms, all of them by key pair. What a token brings along
   (``jwk``, ``jku``, ``x5u``, ``x5c``) or demands (``crit``) is never followed: it is refused.
4. Its key is one of that issuer's, by key id, and of the kind that the algorithm needs.
5. Its signature is good.
6. Its claims hold (``access.job_trust``).
"""

from collections.abc import Sequence
from typing import Any, Protocol

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import Key, KeySet

from lading.access.job_trust import JobIssuer, JobVerdict, RefusedJob, judge_job
from lading.foundation import strict_json
from lading.foundation.errors import LadingError
from lading.ports.job_tokens import MAX_JOB_TOKEN

_HEADER = frozenset({"alg", "typ", "kid", "x5t", "x5t#S256"})
_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


class IssuerKeys(Protocol):
    """The public keys of an issuer."""

    def keys(self, issuer: JobIssuer, *, now: int, wanted: str) -> KeySet:
        """Give them; look again where none is called ``wanted``. Raises Upstream ``issuer-unreachable``."""
        ...


class OidcJobTokens:
    """The ``JobTokens`` port."""

    def __init__(self, issuers: Sequence[JobIssuer], keys: IssuerKeys) -> None:
        self._issuers = {issuer.url: issuer for issuer in issuers}
        self._keys = keys

    def verify(self, token: str, *, now: int) -> JobVerdict:
        """Judge a token, by the numbered steps above."""
        # Step 1.
        if len(token) > MAX_JOB_TOKEN:
            return RefusedJob(f"the token has more than {MAX_JOB_TOKEN} characters")
        try:
            unverified = jws.extract_compact(token.encode("ascii"))
            header = unverified.headers()
        except (JoseError, ValueError, TypeError):
            return RefusedJob("the token is not a compact JWS")
        # Step 2.
        claimed = _claim_set(unverified.payload).get("iss")
        issuer = self._issuers.get(claimed) if isinstance(claimed, str) else None
        if issuer is None:
            return RefusedJob("no trusted issuer has issued the token")
        # Step 3.
        algorithm = header.get("alg")
        if algorithm not in issuer.algorithms:
            return RefusedJob(f"the token is not signed by an algorithm of {issuer.name}")
        if not header.keys() <= _HEADER:
            return RefusedJob("the token's header has members that are never followed")
        # Step 4.
        key = self._key(issuer, header, now)
        if key is None or key.key_type != _KINDS[algorithm[:2]]:
            return RefusedJob(f"the token names no key of {issuer.name}")
        # Step 5.
        try:
            verified = jws.deserialize_compact(token, key, algorithms=[algorithm])
        except BadSignatureError:
            return RefusedJob("the token's signature is wrong")
        except (JoseError, ValueError):
            return RefusedJob("the token is not a compact JWS")
        # Step 6.
        return judge_job(issuer, _claim_set(verified.payload), now)

    def _key(self, issuer: JobIssuer, header: dict[str, Any], now: int) -> Key | None:
        name = header.get("kid")
        if not isinstance(name, str):
            return None
        found = self._keys.keys(issuer, now=now, wanted=name)
        return next((key for key in found.keys if key.kid == name), None)


def _claim_set(payload: bytes) -> dict[str, Any]:
    """Decode the claim set; what is not an object has no claims, and is refused for that."""
    try:
        return strict_json.decode_object(payload, what="token", max_bytes=MAX_JOB_TOKEN)
    except LadingError:
        return {}
