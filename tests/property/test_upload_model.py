"""One upload against a model of it: whatever is sent in whatever order, offsets and content are the model's.

The long run: ``UPLOAD_EXAMPLES=2000 pytest tests/property/test_upload_model.py`` (some minutes).
"""

import asyncio
import hashlib
import os
from typing import Any

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lading.registry.limits import RegistryLimits
from tests.support.distribution import ADMIN, memory_registry

LIMIT = 300  # bytes of a blob
UPLOADS = "/v2/team/app/blobs/uploads/"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
chunks = st.binary(max_size=120)
ranges = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["bytes 0-1/2", "0", "-", "5-1", "0-99999999999999999999", "00-01", "0-1,2-3", " 0-1"]),
)


class Upload(RuleBasedStateMachine):
    """What was sent, and whether it can still be added to."""

    def __init__(self) -> None:
        super().__init__()
        self.registry = memory_registry(limits=RegistryLimits(blob_bytes=LIMIT))
        self.loop = asyncio.new_event_loop()
        self.http = self.registry.client(ADMIN)
        self.place = ""
        self.content = bytearray()

    def teardown(self) -> None:
        self.loop.run_until_complete(self.http.aclose())
        self.loop.close()
        self.registry.close()

    def send(self, method: str, place: str, **request: Any) -> httpx.Response:
        answer = self.loop.run_until_complete(self.http.request(method, place, **request))
        assert answer.status_code < 500, answer.text
        return answer

    @initialize()
    def start(self) -> None:
        self.begin()

    @rule()
    def begin(self) -> None:
        answer = self.send("POST", UPLOADS)
        assert answer.status_code == 202
        self.place, self.content = answer.headers["location"], bytearray()

    @rule(chunk=chunks)
    def append_without_saying_where(self, chunk: bytes) -> None:
        answer = self.send("PATCH", self.place, content=chunk)
        self._appended(answer, chunk)

    @precondition(lambda self: self.place)
    @rule(chunk=st.binary(min_size=1, max_size=120), shift=st.integers(-3, 3))
    def append_saying_where(self, chunk: bytes, shift: int) -> None:
        start = len(self.content) + shift
        said = {"content-range": f"{start}-{start + len(chunk) - 1}"}
        answer = self.send("PATCH", self.place, content=chunk, headers=said)
        if shift:
            assert answer.status_code in {400, 416}
        else:
            self._appended(answer, chunk)

    @rule(chunk=st.binary(min_size=1, max_size=20), less=st.integers(1, 5))
    def append_with_a_range_of_another_length(self, chunk: bytes, less: int) -> None:
        start = len(self.content)
        said = {"content-range": f"{start}-{start + len(chunk) - 1 + less}"}
        assert self.send("PATCH", self.place, content=chunk, headers=said).status_code in {400, 416}

    @rule(text=ranges)
    def append_with_nonsense_for_a_range(self, text: str) -> None:
        try:
            said = {"content-range": text.encode("latin-1")}
        except UnicodeEncodeError:
            return
        answer = self.send("PATCH", self.place, content=b"xy", headers=said)
        if answer.status_code == 202:  # by chance it was the right one
            self.content += b"xy"
        else:
            assert answer.status_code in {400, 416}

    @rule(chunk=chunks)
    def finish_with_another_digest(self, chunk: bytes) -> None:
        wrong = hashlib.sha256(bytes(self.content) + chunk + b"!").hexdigest()
        answer = self.send("PUT", self.place, params={"digest": f"sha256:{wrong}"}, content=chunk)
        if len(self.content) + len(chunk) > LIMIT:
            assert answer.status_code == 413
        else:
            assert answer.status_code == 400
            self.begin()  # wrong content never waits for a second opinion

    @rule(text=st.one_of(st.text(max_size=30), st.just("sha256:" + "0" * 63), st.just("md5:" + "0" * 32)))
    def finish_with_nonsense_for_a_digest(self, text: str) -> None:
        assert self.send("PUT", self.place, params={"digest": text}).status_code == 400

    @rule(chunk=chunks, algorithm=st.sampled_from(["sha256", "sha512"]))
    def finish(self, chunk: bytes, algorithm: str) -> None:
        whole = bytes(self.content) + chunk
        digest = f"{algorithm}:{hashlib.new(algorithm, whole).hexdigest()}"
        answer = self.send("PUT", self.place, params={"digest": digest}, content=chunk)
        if len(whole) > LIMIT:
            assert answer.status_code == 413
            return
        assert answer.status_code == 201
        assert self.send("GET", f"/v2/team/app/blobs/{digest}").content == whole
        assert self.send("PATCH", self.place, content=b"more").status_code == 404
        self.begin()

    @rule()
    def cancel(self) -> None:
        assert self.send("DELETE", self.place).status_code == 204
        assert self.send("DELETE", self.place).status_code == 404
        self.begin()

    @rule(chunk=chunks, other=st.sampled_from([UNKNOWN, "x", "..", "%2e%2e", "a" * 300, UNKNOWN.upper()]))
    def write_to_what_is_not_there(self, chunk: bytes, other: str) -> None:
        assert self.send("PATCH", UPLOADS + other, content=chunk).status_code in {400, 404}
        session = self.place.rpartition("/")[2]
        elsewhere = self.send("PATCH", f"/v2/team/other/blobs/uploads/{session}", content=chunk)
        assert elsewhere.status_code == 404

    @invariant()
    def the_offset_is_the_models(self) -> None:
        if self.place:
            answer = self.send("GET", self.place)
            assert answer.status_code == 204
            assert answer.headers["range"] == f"0-{max(len(self.content) - 1, 0)}"

    def _appended(self, answer: httpx.Response, chunk: bytes) -> None:
        if len(self.content) + len(chunk) > LIMIT:
            assert answer.status_code == 413
        else:
            assert answer.status_code == 202
            self.content += chunk


TestUpload = Upload.TestCase
TestUpload.settings = settings(
    max_examples=int(os.environ.get("UPLOAD_EXAMPLES", "10")), stateful_step_count=25, deadline=None
)
