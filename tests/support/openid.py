"""An OpenID provider that does as it is told, also what none should: a real server for hostile answers."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.jwk import RSAKey

CLIENT, SECRET = "lading", "a client's secret"


@dataclass
class Provider:
    """A provider under way. Tests change what it says next."""

    url: str = ""
    keys: list[RSAKey] = field(default_factory=list)
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "0001", "preferred_username": "ann"})
    names_itself: bool = True
    sign: Callable[[dict[str, Any]], str] | None = None  # in place of an honest signature
    claims: dict[str, Any] = field(default_factory=dict)  # over what the token honestly says; None leaves out
    discovery: dict[str, Any] = field(default_factory=dict)
    away: bool = False
    clock: Callable[[], float] = time.time
    redeemed: list[dict[str, str]] = field(default_factory=list)  # forms that came to the token endpoint
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def add_key(self) -> RSAKey:
        """Make another key pair; the newest signs."""
        key = RSAKey.generate_key(2048, {"kid": f"key-{len(self.keys) + 1}"})
        self.keys.append(key)
        return key

    def answer(self, place: str, **changed: str | None) -> str:
        """What the browser brings back from ``place``, the address that it was sent to: path and query."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(place).query).items()}
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        said = {
            "code": code,
            "state": asked["state"],
            "iss": self.url if self.names_itself else None,
        } | changed
        query = "&".join(f"{name}={value}" for name, value in said.items() if value is not None)
        return f"{urlsplit(asked['redirect_uri']).path}?{query}"

    def id_token(self, nonce: str) -> str:
        """An id_token as told."""
        now = int(self.clock())
        said = {
            "iss": self.url,
            "aud": CLIENT,
            "nonce": nonce,
            "iat": now,
            "exp": now + 300,
            **self.person,
            **self.claims,
        }
        claims = {name: value for name, value in said.items() if value is not None}
        return self.sign(claims) if self.sign else signed(claims, self.keys[-1])

    def redeem(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer at the token endpoint as RFC 6749 and RFC 7636 ask: a code is good once."""
        self.redeemed.append(form)
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}


def signed(claims: dict[str, Any], key: Any, algorithm: str = "RS256", **header: Any) -> str:
    """Sign claims."""
    head = {"alg": algorithm, "kid": key.kid, "typ": "JWT"} | header
    return jws.serialize_compact(head, json.dumps(claims), key, algorithms=[algorithm])


@contextmanager
def serving_provider() -> Iterator[Provider]:
    """Run a provider with one key on a free port of this machine."""
    provider = Provider()
    provider.add_key()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/.well-known/openid-configuration":
                self._send(200, _metadata(provider))
            elif self.path == "/keys":
                self._send(200, {"keys": [key.as_dict(private=False) for key in provider.keys]})
            else:
                self._send(404, {})

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(content).items()}
            form["authorization"] = self.headers.get("Authorization", "")
            self._send(*provider.redeem(form))

        def _send(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(503 if provider.away else status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _metadata(provider: Provider) -> dict[str, Any]:
    return {
        "issuer": provider.url,
        "authorization_endpoint": f"{provider.url}/authorize",
        "token_endpoint": f"{provider.url}/token",
        "jwks_uri": f"{provider.url}/keys",
        "authorization_response_iss_parameter_supported": provider.names_itself,
    } | provider.discovery
