"""Fetching feeds from a real HTTP server on this machine."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lading.adapters.feed_download import FeedDownloads
from lading.foundation.errors import OverLimit, Upstream
from lading.ports.feed_source import FetchedFeed

CONTENT = bytes(range(256)) * 4096  # 1 MiB


class Mirror(BaseHTTPRequestHandler):
    """Serves one file with an ETag, conditionally and by ranges; can break off after some bytes."""

    content = CONTENT
    etag = '"one"'
    breaks_after = 0
    status = 200
    asked: list[dict[str, str]]

    def do_GET(self) -> None:
        """Answer as a file server does."""
        self.asked.append({name.lower(): value for name, value in self.headers.items()})
        if self.status != 200:
            self.send_error(self.status)
            return
        if self.headers.get("If-None-Match") == self.etag:
            self.send_response(304)
            self.end_headers()
            return
        begin = 0
        if self.headers.get("Range") and self.headers.get("If-Range") == self.etag:
            begin = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        body = self.content[begin:]
        self.send_response(206 if begin else 200)
        self.send_header("ETag", self.etag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.breaks_after:
            self.wfile.write(body[: self.breaks_after])
            self.wfile.flush()
            self.connection.close()
            return
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror() -> Iterator[type[Mirror]]:
    class Here(Mirror):
        asked: list[dict[str, str]] = []  # noqa: RUF012 - of this test only

    server = ThreadingHTTPServer(("127.0.0.1", 0), Here)
    Here.url = f"http://127.0.0.1:{server.server_port}/kev"  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Here
    server.shutdown()
    server.server_close()


@pytest.fixture
def downloads(tmp_path: Path) -> Iterator[FeedDownloads]:
    made = FeedDownloads(tmp_path / "feeds", max_file=2 << 20)
    yield made
    made.close()


def read(fetched: FetchedFeed) -> bytes:
    return Path(fetched.file).read_bytes()


def url_of(mirror: type[Mirror]) -> str:
    return str(mirror.url)  # type: ignore[attr-defined]


def test_what_did_not_change_is_not_sent_again(mirror: type[Mirror], downloads: FeedDownloads) -> None:
    first = downloads.fetch("kev", url_of(mirror))
    assert (first.changed, Path(first.file).read_bytes()) == (True, CONTENT)
    assert not downloads.fetch("kev", url_of(mirror)).changed
    assert mirror.asked[1]["if-none-match"] == '"one"'
    mirror.content, mirror.etag = b"new", '"two"'
    again = downloads.fetch("kev", url_of(mirror))
    assert (again.changed, Path(again.file).read_bytes()) == (True, b"new")


def test_a_download_that_broke_off_goes_on_where_it_stopped(
    mirror: type[Mirror], downloads: FeedDownloads
) -> None:
    mirror.breaks_after = 300_000
    with pytest.raises(Upstream):
        downloads.fetch("kev", url_of(mirror))
    mirror.breaks_after = 0
    assert read(downloads.fetch("kev", url_of(mirror))) == CONTENT
    assert mirror.asked[1]["range"] == "bytes=300000-"


def test_the_rest_of_another_file_is_never_put_behind_the_beginning_of_this_one(
    mirror: type[Mirror], downloads: FeedDownloads
) -> None:
    mirror.breaks_after = 300_000
    with pytest.raises(Upstream):
        downloads.fetch("kev", url_of(mirror))
    mirror.breaks_after, mirror.etag, mirror.content = 0, '"two"', CONTENT[::-1]
    assert read(downloads.fetch("kev", url_of(mirror))) == CONTENT[::-1]


def test_a_place_that_fails_leaves_the_file_as_it_was(
    mirror: type[Mirror], downloads: FeedDownloads, tmp_path: Path
) -> None:
    kept = downloads.fetch("kev", url_of(mirror)).file
    mirror.status = 503
    with pytest.raises(Upstream) as error:
        downloads.fetch("kev", url_of(mirror))
    assert (error.value.code, Path(kept).read_bytes()) == ("feed-unreachable", CONTENT)
    with pytest.raises(Upstream):
        downloads.fetch("kev", (tmp_path / "nowhere").as_uri())


def test_more_than_is_allowed_is_refused(mirror: type[Mirror], downloads: FeedDownloads) -> None:
    mirror.content = b"x" * (3 << 20)
    with pytest.raises(OverLimit):
        downloads.fetch("kev", url_of(mirror))


def test_a_file_is_taken_when_it_changed(downloads: FeedDownloads, tmp_path: Path) -> None:
    source = tmp_path / "kev.json"
    source.write_bytes(b"{}")
    assert downloads.fetch("kev", source.as_uri()).changed
    assert not downloads.fetch("kev", source.as_uri()).changed
    source.write_bytes(b"{ }")
    assert read(downloads.fetch("kev", source.as_uri())) == b"{ }"
