"""OpenID providers over HTTPS (Core 1.0, Discovery 1.0; RFC 6749, 7636, 9207).

Answers are bounded, redirects are not followed, and nothing is sent or fetched without TLS unless the
provider is on this machine. The client's secret, the code and the tokens are in no error and no log.
"""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from lading.access.openid import Endpoints, OpenIdProvider, Refused
from lading.adapters.issuer_keys import FetchedKeys, is_safe
from lading.adapters.signed_claims import Distrusted, read_unverified, verified_claims
from lading.foundation import strict_json
from lading.foundation.errors import LadingError, Upstream

MAX_ID_TOKEN = 64 << 10  # characters; one with some hundred groups has 20,000
_MOST = 256 << 10  # bytes of an answer
_TIMEOUT = 10.0  # seconds


class HttpOpenIdClient:
    """The ``OpenIdClient`` port."""

    def __init__(self, keys: FetchedKeys, client: httpx.Client | None = None) -> None:
        self._keys = keys
        self._client = client or httpx.Client(timeout=_TIMEOUT, follow_redirects=False)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()
        self._keys.close()

    def endpoints(self, provider: OpenIdProvider, *, now: int) -> Endpoints:
        """Read them from the discovery document, which is remembered."""
        document = self._keys.discovery(provider, now=now)
        places = [document.get("authorization_endpoint"), document.get("token_endpoint")]
        authorization, token = (
            place if isinstance(place, str) and is_safe(place, provider.url) else "" for place in places
        )
        if not authorization or not token:
            raise Upstream(
                "issuer-unreachable", f"{provider.name} names no endpoints that are safe to ask people to"
            )
        ways = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Endpoints(
            authorization,
            token,
            names_itself=document.get("authorization_response_iss_parameter_supported") is True,
            secret_in_form=isinstance(ways, list) and "client_secret_basic" not in ways,
        )

    def redeem(
        self, provider: OpenIdProvider, code: str, verifier: str, redirect_uri: str, *, now: int
    ) -> Mapping[str, Any] | Refused:
        """Give the code back at the token endpoint (RFC 6749, 4.1.3), and verify what comes for it."""
        endpoints = self.endpoints(provider, now=now)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"Accept": "application/json"}
        if provider.client_secret and not endpoints.secret_in_form:
            headers["Authorization"] = _basic(provider)
        else:
            form["client_id"] = provider.client_id
            if provider.client_secret:
                form["client_secret"] = provider.client_secret
        status, document = self._post(provider, endpoints.token, form, headers)
        if status >= 500:
            raise Upstream("issuer-unreachable", f"{provider.name} answered {status}", hint="try again later")
        if status != 200:
            return Refused(f"the provider did not take the code: {_error_code(document)}")
        token = document.get("id_token")
        unverified = read_unverified(token if isinstance(token, str) else "", most=MAX_ID_TOKEN)
        if isinstance(unverified, Distrusted):
            return Refused(unverified.reason)
        claims = verified_claims(unverified, provider, self._keys, now=now, most=MAX_ID_TOKEN)
        return Refused(claims.reason) if isinstance(claims, Distrusted) else claims

    def _post(
        self, provider: OpenIdProvider, url: str, form: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        try:
            with self._client.stream("POST", url, data=form, headers=headers) as answer:
                content = b""
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > _MOST:
                        break  # the decoder refuses it
                what = f"the answer of {provider.name}"
                return answer.status_code, strict_json.decode_object(content, what=what, max_bytes=_MOST)
        except (httpx.HTTPError, LadingError) as error:
            raise Upstream("issuer-unreachable", f"{provider.name} did not answer: {error}") from error


def _basic(provider: OpenIdProvider) -> str:
    """Both are form-encoded first (RFC 6749, 2.3.1)."""
    pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _error_code(document: Mapping[str, Any]) -> str:
    code = document.get("error")
    plain = isinstance(code, str) and len(code) <= 40 and code.isascii() and code.replace("_", "").isalnum()
    return str(code) if plain else "no reason given"
