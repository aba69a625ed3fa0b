"""Feeds by HTTP: conditional, resumable, bounded; and from files.

1. A request says what we have (ETag, Last-Modified); "not modified" ends it.
2. What arrives is written beside the old file. Where it stops, the rest is asked for the next time (Range),
   on the condition that it is still the same file (If-Range, with a strong ETag).
3. Only what is whole takes the old file's place.
"""

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import httpx

from lading.foundation.errors import Malformed, OverLimit, Upstream
from lading.ports.feed_source import FetchedFeed

MAX_FILE = 4 << 30  # bytes
_SECONDS = 60.0  # without a byte
_AGENT = "lading"


class FeedDownloads:
    """The ``FeedSource`` port over a folder: for each feed a file, what the place said of it, and a part."""

    def __init__(
        self, folder: Path, *, max_file: int = MAX_FILE, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._folder = folder
        self._max_file = max_file
        self._client = httpx.Client(
            timeout=_SECONDS,
            transport=transport,
            follow_redirects=True,
            max_redirects=5,
            headers={"User-Agent": _AGENT, "Accept-Encoding": "identity"},
        )

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def fetch(self, feed: str, url: str) -> FetchedFeed:
        """See the port."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._folder / quote(feed, safe="")
        if url.startswith("file://"):
            return self._copy(url, file)
        try:
            return self._download(url, file)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Upstream(
                "feed-unreachable",
                f"{url} could not be fetched: {str(error) or type(error).__name__}",
                hint="it is tried again in the next turn; what was imported before stays in force",
            ) from error

    def _copy(self, url: str, file: Path) -> FetchedFeed:
        source = Path(unquote(urlsplit(url).path))
        try:
            size, changed = source.stat().st_size, source.stat().st_mtime_ns
        except OSError as error:
            raise Upstream("feed-unreachable", f"{source} cannot be read: {error.strerror}") from error
        known = f"{source} {size} {changed}"
        if file.exists() and _notes(file).get("file") == known:
            return FetchedFeed(str(file), changed=False)
        self._refuse_size(size)
        part = file.with_suffix(".part")
        shutil.copyfile(source, part)
        _keep(part, file, {"file": known})
        return FetchedFeed(str(file), changed=True)

    def _download(self, url: str, file: Path) -> FetchedFeed:
        known = _notes(file) if file.exists() else {}
        part = file.with_suffix(".part")
        headers: dict[str, str] = {}
        if known.get("url") == url:  # 1
            headers |= {"If-None-Match": known["etag"]} if known.get("etag") else {}
            headers |= {"If-Modified-Since": known["modified"]} if known.get("modified") else {}
        begun = _notes(part) if part.exists() else {}
        strong = begun.get("etag", "")
        if begun.get("url") == url and strong and not strong.startswith("W/") and part.stat().st_size:  # 2
            headers |= {"Range": f"bytes={part.stat().st_size}-", "If-Range": strong}
        with self._client.stream("GET", url, headers=headers) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED and file.exists():
                return FetchedFeed(str(file), changed=False)
            if answer.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
                with contextlib.suppress(FileNotFoundError):
                    part.unlink()  # whatever was asked of it, the place did not like it
                raise Upstream(
                    "feed-unreachable", f"{url} answered {answer.status_code} {answer.reason_phrase}"
                )
            going_on = answer.status_code == httpx.codes.PARTIAL_CONTENT
            said = {
                "url": url,
                "etag": answer.headers.get("ETag", ""),
                "modified": answer.headers.get("Last-Modified", ""),
            }
            _write_notes(part, said)
            self._receive(answer, part, going_on=going_on)
        _keep(part, file, said)  # 3
        return FetchedFeed(str(file), changed=True)

    def _receive(self, answer: httpx.Response, part: Path, *, going_on: bool) -> None:
        received = part.stat().st_size if going_on else 0
        claimed = answer.headers.get("Content-Length", "")
        whole = received + int(claimed) if claimed.isdigit() else None
        self._refuse_size(whole or 0)
        with part.open("ab" if going_on else "wb") as content:
            for chunk in _iter_raw(answer):
                received += len(chunk)
                self._refuse_size(received)
                content.write(chunk)
        if whole is not None and received != whole:
            raise Upstream("feed-unreachable", f"only {received} of {whole} bytes of {part.stem} came")

    def _refuse_size(self, size: int) -> None:
        if size > self._max_file:
            raise OverLimit(
                "feed-too-large",
                f"a feed has at most {self._max_file} bytes",
                details={"limit": self._max_file},
            )


def _iter_raw(answer: httpx.Response) -> Iterator[bytes]:
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise Malformed("feed-encoded", "the feed came in an encoding that was not asked for")
    yield from answer.iter_raw()


def _notes(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.with_name(f"{file.name}.json").read_text())
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _write_notes(file: Path, notes: dict[str, str]) -> None:
    file.with_name(f"{file.name}.json").write_text(json.dumps(notes))


def _keep(part: Path, file: Path, notes: dict[str, str]) -> None:
    """The file before what is said of it: a crash between them only fetches it again."""
    with contextlib.suppress(FileNotFoundError):
        file.with_name(f"{file.name}.json").unlink()
    part.replace(file)
    _write_notes(file, notes)
    with contextlib.suppress(FileNotFoundError):
        part.with_name(f"{part.name}.json").unlink()
