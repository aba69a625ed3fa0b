"""A receiver of events on this machine, which checks what it is sent as the documentation tells to."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What came, in order. ``answer`` decides the status of each event."""

    url: str = ""
    answer: Callable[[dict[str, Any]], int] = field(default=lambda _event: 204)
    taken: list[dict[str, Any]] = field(default_factory=list)
    tried: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def said(self) -> list[str]:
        """The subjects that were taken."""
        return [event.get("subject", "") for event in self.taken]


def is_genuine(secret: str, headers: dict[str, str], body: bytes, now: float) -> bool:
    """The check of docs/operating.md."""
    moment = headers["webhook-timestamp"]
    if abs(now - int(moment)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{moment}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(f"v1,{expected}", given) for given in headers["webhook-signature"].split())


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """Listen on a free port until the end of the block."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            event = json.loads(body)
            receiver.tried.append(event)
            receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
            receiver.bodies.append(body)
            status = receiver.answer(event)
            if 200 <= status <= 299:
                receiver.taken.append(event)
            self.send_response(status)
            if 300 <= status <= 399:
                self.send_header("Location", receiver.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
