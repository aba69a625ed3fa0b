"""An OpenID Connect issuer of CI jobs, as a real server: its discovery document, its keys, its signatures."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

AUDIENCE = "https://registry.test"


@dataclass
class Issuer:
    """An issuer under way. ``answers`` may be changed by tests: a path's status and document."""

    url: str = ""
    keys: list[RSAKey | ECKey] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    failing: bool = False
    discovery: dict[str, Any] = field(default_factory=dict)

    def add_key(self, kind: str = "RSA") -> RSAKey | ECKey:
        """Make a key pair that is shown from now on."""
        name: Any = {"kid": f"key-{len(self.keys) + 1}"}
        key = RSAKey.generate_key(2048, name) if kind == "RSA" else ECKey.generate_key("P-256", name)
        self.keys.append(key)
        return key

    def claims(self, **changed: Any) -> dict[str, Any]:
        """What GitHub says of a job, in the main."""
        now = int(time.time())
        said = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "repo:acme/shop:ref:refs/heads/main",
            "repository": "acme/shop",
            "ref": "refs/heads/main",
            "run_id": "4711",
            "iat": now,
            "nbf": now,
            "exp": now + 300,
        } | changed
        return {name: value for name, value in said.items() if value is not None}

    def token(self, key: RSAKey | ECKey | None = None, **changed: Any) -> str:
        """Sign claims with one of the keys, the first unless another is given."""
        key = key or self.keys[0]
        algorithm = "RS256" if isinstance(key, RSAKey) else "ES256"
        header = {"alg": algorithm, "kid": key.kid, "typ": "JWT"}
        return jws.serialize_compact(header, json.dumps(self.claims(**changed)), key, algorithms=[algorithm])

    def document(self, path: str) -> dict[str, Any] | None:
        """What is answered to a path; None where there is nothing."""
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"} | self.discovery
        if path == "/keys":
            return {"keys": [key.as_dict(private=False) for key in self.keys]}
        return None


@contextmanager
def serving_issuer() -> Iterator[Issuer]:
    """Run an issuer with one key on a free port of this machine."""
    issuer = Issuer()
    issuer.add_key()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            document = None if issuer.failing else issuer.document(self.path)
            body = json.dumps(document).encode()
            self.send_response(503 if issuer.failing else 200 if document is not None else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    issuer.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
