"""Tokens as JSON Web Tokens signed with ECDSA P-256 (RFC 7519, RFC 7518 "ES256"), with joserfc.

A token is judged in this order, and the first failing step names the refusal:

1. It is at most MAX_TOKEN characters and has the three parts of a compact JWS.
2. Its header says ES256, which is the only algorithm there is here: neither ``none``, nor a MAC made with our
   public key as its secret, nor a key that the token brings along (``jwk``, ``jku``, ``x5c``) gets further.
3. Its key is one of ours, by key id.
4. Its signature is good.
5. Its claims hold (``access.token_claims``).
"""

from collections.abc import Sequence
from typing import Any

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey

from lading.access.token_claims import (
    RefusedToken,
    TokenClaims,
    TokenRefusal,
    TokenVerdict,
    check_claims,
    claims_to_json,
)
from lading.foundation import strict_json
from lading.foundation.errors import LadingError
from lading.ports.tokens import MAX_TOKEN

ALGORITHM = "ES256"
_HEADER = frozenset({"alg", "typ", "kid"})


class JwtTokens:
    """The ``Tokens`` port by ES256. The first key signs; all of them verify, so that keys can be rotated."""

    def __init__(self, issuer: str, private_keys_pem: Sequence[bytes]) -> None:
        keys = [ECKey.import_key(pem) for pem in private_keys_pem]
        if not keys or any(key.curve_name != "P-256" for key in keys):
            raise ValueError("tokens need at least one ECDSA P-256 key, and no other kind")
        self._issuer = issuer
        self._by_id = {key.thumbprint(): key for key in keys}  # RFC 7638
        self._signing = keys[0]
        self._header = {"alg": ALGORITHM, "typ": "JWT", "kid": next(iter(self._by_id))}

    @property
    def issuer(self) -> str:
        """The name that this server signs under."""
        return self._issuer

    def issue(self, claims: TokenClaims) -> str:
        """Sign the claims."""
        payload = strict_json.encode_canonical(claims_to_json(claims))
        return jws.serialize_compact(dict(self._header), payload, self._signing, algorithms=[ALGORITHM])

    def verify(self, token: str, *, audience: str, now: int) -> TokenVerdict:
        """Judge a token, by the numbered steps above."""
        # Step 1.
        if len(token) > MAX_TOKEN:
            return RefusedToken(TokenRefusal.MALFORMED, f"the token has more than {MAX_TOKEN} characters")
        try:
            unverified = jws.extract_compact(token.encode("ascii"))
            header = unverified.headers()
        except (JoseError, ValueError, TypeError):
            return RefusedToken(TokenRefusal.MALFORMED, "the token is not a compact JWS")
        # Step 2.
        if header.get("alg") != ALGORITHM:
            return RefusedToken(TokenRefusal.ALGORITHM, "the token is not signed with ES256")
        if not header.keys() <= _HEADER:
            return RefusedToken(TokenRefusal.MALFORMED, "the token's header has members that we never write")
        # Step 3.
        key_id = header.get("kid")
        key = self._by_id.get(key_id) if isinstance(key_id, str) else None
        if key is None:
            return RefusedToken(TokenRefusal.UNKNOWN_KEY, "the token names no key of this server")
        # Step 4.
        try:
            verified = jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
        except BadSignatureError:
            return RefusedToken(TokenRefusal.SIGNATURE, "the token's signature is wrong")
        except (JoseError, ValueError):
            return RefusedToken(TokenRefusal.MALFORMED, "the token is not a compact JWS")
        # Step 5.
        return check_claims(_claim_set(verified.payload), issuer=self._issuer, audience=audience, now=now)


def _claim_set(payload: bytes) -> dict[str, Any]:
    """Decode the claim set; what is not an object has no claims, and is refused for that."""
    try:
        return strict_json.decode_object(payload, what="token", max_bytes=MAX_TOKEN)
    except LadingError:
        return {}
