"""Asking OpenID providers."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from lading.access.openid import Endpoints, OpenIdProvider, Refused

Claims: TypeAlias = Mapping[str, Any]


class OpenIdClient(Protocol):
    """What is asked of a provider. Every method blocks, and raises Upstream ``issuer-unreachable``."""

    def endpoints(self, provider: OpenIdProvider, *, now: int) -> Endpoints:
        """Where it is asked."""
        ...

    def redeem(
        self, provider: OpenIdProvider, code: str, verifier: str, redirect_uri: str, *, now: int
    ) -> Claims | Refused:
        """Give the code back for the claims of an id_token whose signature is verified."""
        ...
