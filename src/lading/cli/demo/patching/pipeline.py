"""A stand-in for a CI system: it is asked by webhook to build an image again, and does."""

import http.server
import json
import threading
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import Any

_MAX_BODY = 1 << 20


class Pipeline:
    """Takes requests at once and builds one after the other, as CI does; ``problem`` is why one failed."""

    def __init__(self, build: Callable[[Mapping[str, Any]], None]) -> None:
        self._build = build
        self._asked: SimpleQueue[Mapping[str, Any] | None] = SimpleQueue()
        self.done: list[str] = []
        self.problem = ""
        pipeline = self

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                if size > _MAX_BODY:
                    self.send_error(413)
                    return
                pipeline._asked.put(json.loads(self.rfile.read(size)))
                self.send_response(202)
                self.end_headers()

            def log_message(self, *_said: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/rebuild"
        self._threads = [
            threading.Thread(target=self._server.serve_forever, daemon=True),
            threading.Thread(target=self._work, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            try:
                self._build(asked)
                self.done.append(str(asked["repository"]))
            except Exception as error:  # noqa: BLE001 - what CI says of a failed build; the walk fails on it
                self.problem = f"{asked.get('repository')}: {error}"

    def close(self) -> None:
        """End both threads."""
        self._server.shutdown()
        self._server.server_close()
        self._asked.put(None)
        for thread in self._threads:
            thread.join(30)
