"""The claims of a token that somebody else signed (RFC 7519, RFC 8725), with joserfc.

A token is judged in this order, and the first failing step names the refusal:

1. It has the three parts of a compact JWS, and not more than the caller allows.
2. Its header says one of the algorithms that this issuer is pinned to, all of them by key pair: neither
   ``none`` nor a MAC made with a public key as its secret gets further. What a token brings along (``jwk``,
   ``jku``, ``x5u``, ``x5c``) or demands (``crit``) is never followed: it is refused.
3. Its key is one of that issuer's, by key id, and of the kind that the algorithm needs.
4. Its signature is good.

What the claims say is for the caller to judge.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import Key, KeySet

from lading.adapters.issuer_keys import Issuer
from lading.foundation import strict_json
from lading.foundation.errors import LadingError

_HEADER = frozenset({"alg", "typ", "kid", "x5t", "x5t#S256"})
_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


class IssuerKeys(Protocol):
    """The public keys of an issuer."""

    def keys(self, issuer: Issuer, *, now: int, wanted: str) -> KeySet:
        """Give them; look again where none is called ``wanted``. Raises Upstream ``issuer-unreachable``."""
        ...


class PinnedIssuer(Issuer, Protocol):
    """An issuer, and the algorithms that it is believed by."""

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Names of RFC 7518 and RFC 8037, by key pair only."""
        ...


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token of the right shape. Nothing it says is to be believed yet."""

    token: str
    header: dict[str, Any]
    claims: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Distrusted:
    """Why a token is not believed; never quotes it."""

    reason: str


def read_unverified(token: str, *, most: int) -> Unverified | Distrusted:
    """Step 1."""
    if len(token) > most:
        return Distrusted(f"the token has more than {most} characters")
    try:
        shape = jws.extract_compact(token.encode("ascii"))
        return Unverified(token, shape.headers(), _claim_set(shape.payload, most))
    except (JoseError, ValueError, TypeError):
        return Distrusted("the token is not a compact JWS")


def verified_claims(
    unverified: Unverified, issuer: PinnedIssuer, keys: IssuerKeys, *, now: int, most: int
) -> dict[str, Any] | Distrusted:
    """Steps 2 to 4. Raises Upstream ``issuer-unreachable``."""
    # Step 2.
    algorithm = unverified.header.get("alg")
    if algorithm not in issuer.algorithms:
        return Distrusted(f"the token is not signed by an algorithm of {issuer.name}")
    if not unverified.header.keys() <= _HEADER:
        return Distrusted("the token's header has members that are never followed")
    # Step 3.
    key = _key(unverified, issuer, keys, now)
    if key is None or key.key_type != _KINDS[algorithm[:2]]:
        return Distrusted(f"the token names no key of {issuer.name}")
    # Step 4.
    try:
        verified = jws.deserialize_compact(unverified.token, key, algorithms=[algorithm])
    except BadSignatureError:
        return Distrusted("the token's signature is wrong")
    except (JoseError, ValueError):
        return Distrusted("the token is not a compact JWS")
    return _claim_set(verified.payload, most)


def _key(unverified: Unverified, issuer: PinnedIssuer, keys: IssuerKeys, now: int) -> Key | None:
    name = unverified.header.get("kid")
    if not isinstance(name, str):
        return None
    found = keys.keys(issuer, now=now, wanted=name)
    return next((key for key in found.keys if key.kid == name), None)


def _claim_set(payload: bytes, most: int) -> dict[str, Any]:
    """Decode the claim set; what is not an object has no claims, and is refused for that."""
    try:
        return strict_json.decode_object(payload, what="token", max_bytes=most)
    except LadingError:
        return {}
