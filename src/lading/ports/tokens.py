"""Signed tokens that prove what their holder was allowed to do, without a look-up."""

from typing import Protocol

from lading.access.token_claims import TokenClaims, TokenVerdict

MAX_TOKEN = 16 << 10  # characters; nginx and most proxies refuse longer headers anyway


class Tokens(Protocol):
    """Issues tokens, and tells its own from any other."""

    @property
    def issuer(self) -> str:
        """The name that this server signs under; put it in the claims."""
        ...

    def issue(self, claims: TokenClaims) -> str:
        """Sign the claims; the result is printable ASCII without spaces."""
        ...

    def verify(self, token: str, *, audience: str, now: int) -> TokenVerdict:
        """Judge a token. ``now`` is seconds since 1970. Never raises, whatever the token holds."""
        ...
