"""A stand-in for GitHub and for GitLab, as far as proposals go: files, branches, merge requests."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Forge:
    """What is kept: files by branch and path, and requests; ``broken`` answers everything with a status."""

    url: str = ""
    token: str = "t0ken"
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    commits: list[dict[str, Any]] = field(default_factory=list)
    broken: int = 0

    def answer(self, verb: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        """As both APIs document it."""
        if self.broken:
            return self.broken, {"message": "no"}
        if path.startswith("/repos/acme/shop/"):
            return self._github(verb, path.removeprefix("/repos/acme/shop/"), query, body)
        if path.startswith("/projects/acme%2Fshop/"):
            return self._gitlab(verb, path.removeprefix("/projects/acme%2Fshop/"), query, body)
        return 404, {"message": "Not Found"}

    def _github(self, verb: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        if path.startswith("contents/"):
            name = unquote(path.removeprefix("contents/"))
            if verb == "PUT":
                self.files[body["branch"]][name] = base64.b64decode(body["content"]).decode()
                self.commits.append(body)
                return 200, {}
            return self._file(query["ref"], name)
        if path.startswith("git/ref/heads/"):
            return 200, {"object": {"sha": "abc"}}
        if path == "git/refs":
            branch = body["ref"].removeprefix("refs/heads/")
            if branch in self.files:
                return 422, {"message": "Reference already exists"}
            self.files[branch] = dict(self.files["main"])
            return 201, {}
        assert path == "pulls"
        if verb == "GET":
            head = query["head"].partition(":")[2]
            return 200, [one for one in self.requests if one["head"] == head]
        self.requests.append({**body, "html_url": f"{self.url}/pull/{len(self.requests) + 1}"})
        return 201, self.requests[-1]

    def _gitlab(self, verb: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        if path.startswith("repository/files/"):
            return self._file(query["ref"], unquote(path.removeprefix("repository/files/")))
        if path == "repository/commits":
            if body["branch"] in self.files:
                return 400, {"message": "A branch called that already exists"}
            self.files[body["branch"]] = dict(self.files[body["start_branch"]])
            for action in body["actions"]:
                assert action["action"] == "update"
                self.files[body["branch"]][action["file_path"]] = action["content"]
            self.commits.append(body)
            return 201, {}
        assert path == "merge_requests"
        if verb == "GET":
            return 200, [one for one in self.requests if one["source_branch"] == query["source_branch"]]
        self.requests.append({**body, "web_url": f"{self.url}/merge_requests/{len(self.requests) + 1}"})
        return 201, self.requests[-1]

    def _file(self, branch: str, name: str) -> tuple[int, Any]:
        content = self.files.get(branch, {}).get(name)
        if content is None:
            return 404, {"message": "Not Found"}
        return 200, {
            "content": base64.b64encode(content.encode()).decode(),
            "sha": "f00",
            "encoding": "base64",
        }


@contextmanager
def running_forge() -> Iterator[Forge]:
    """Listen on a free port until the end of the block."""
    forge = Forge(files={"main": {"docker/Dockerfile": "FROM r.io/runtime/python:3\nRUN make\n"}})

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else {}
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, answer = forge.answer(self.command, parts.path, query, body)
            if self.headers.get("Authorization") != f"Bearer {forge.token}":
                status, answer = 401, {"message": "Bad credentials"}
            raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def do_GET(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def do_PUT(self) -> None:
            self._do()

        def log_message(self, *_said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    forge.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
