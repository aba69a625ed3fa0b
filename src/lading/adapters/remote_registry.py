"""Other registries over HTTP, as content is brought in from them.

200 is yes and 404 is no. Everything else (429, 5xx, a refused sign-in, a timeout, an answer that is none)
tells nothing about what was asked, and is Unanswered. So is 401 and 403: registries answer them also for
what they do not have.
"""

import contextlib
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta

import httpx

from lading.adapters.registry_claims import RegistryClaims
from lading.adapters.registry_client import RegistryClient
from lading.foundation import strict_json
from lading.foundation.errors import LadingError, Malformed, Upstream
from lading.oci import media_types
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.manifest import MAX_MANIFEST_BYTES, Index, parse_manifest
from lading.oci.reference import is_tag
from lading.ports.blob_store import CHUNK_BYTES
from lading.ports.claim_source import ClaimSource
from lading.ports.remote_registry import (
    Absent,
    BlobAnswer,
    DigestAnswer,
    ManifestAnswer,
    ReferrersAnswer,
    RemoteBlob,
    RemoteManifest,
    SizeAnswer,
    TagsAnswer,
    Unanswered,
)
from lading.registry.rate_limits import Quota, parse_retry_after, quota_in

_ACCEPT = ", ".join((*sorted(media_types.MANIFESTS | media_types.INDEXES), "*/*;q=0.1"))
_AFTER_FAILURE = timedelta(seconds=10)  # before an upstream that is down is tried again
_AFTER_REFUSAL = timedelta(seconds=60)  # where it asks for quiet without saying how long
_PAGE = 1000  # tags asked for at once
_SAID = 200  # characters of somebody else's words


class HttpRemoteRegistry:
    """See ``lading.ports.remote_registry.RemoteRegistry``."""

    def __init__(
        self,
        client: RegistryClient,
        clock: Callable[[], datetime],
        *,
        manifest_bytes: int = MAX_MANIFEST_BYTES,
    ) -> None:
        self._client, self._clock, self._manifest_bytes = client, clock, manifest_bytes
        self._quota = Quota()

    @property
    def quota(self) -> Quota:
        """What the last answer said of how often it wants to be asked."""
        return self._quota

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def tag(self, repository: str, tag: str) -> DigestAnswer:
        """Ask what a tag is at now; where the answer has no digest, by reading the manifest."""
        answer = self._asked("HEAD", f"/v2/{repository}/manifests/{tag}", repository)
        if not isinstance(answer, httpx.Response):
            return answer
        text = answer.headers.get("Docker-Content-Digest", "")
        try:
            return Digest.parse(text)
        except Malformed:
            found = self.manifest(repository, tag)
            return found.digest if isinstance(found, RemoteManifest) else found

    def manifest(self, repository: str, reference: str) -> ManifestAnswer:
        """Get a manifest."""
        answer = self._asked("GET", f"/v2/{repository}/manifests/{reference}", repository)
        if not isinstance(answer, httpx.Response):
            return answer
        wanted = Digest.parse(reference) if ":" in reference else None
        digest = Digest.of(answer.content, wanted.algorithm if wanted else "sha256")
        if wanted is not None and digest != wanted:
            return Unanswered(f"it answered other bytes than {wanted}")
        return RemoteManifest(
            digest, media_types.bare(answer.headers.get("Content-Type", "")), answer.content
        )

    def blob_size(self, repository: str, digest: Digest) -> SizeAnswer:
        """Ask for a blob."""
        answer = self._asked("HEAD", f"/v2/{repository}/blobs/{digest}", repository)
        if not isinstance(answer, httpx.Response):
            return answer
        size = _number(answer.headers.get("Content-Length", ""))
        return Unanswered("it did not say how large the blob is") if size is None else size

    @contextlib.contextmanager
    def open_blob(self, repository: str, digest: Digest, *, start: int = 0) -> Iterator[BlobAnswer]:
        """Open the bytes of a blob."""
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        with contextlib.ExitStack() as opened:
            try:
                answer = opened.enter_context(
                    self._client.opened(f"/v2/{repository}/blobs/{digest}", repository, headers)
                )
            except (LadingError, httpx.HTTPError, httpx.InvalidURL) as error:
                yield self._unreached(error)
                return
            yield self._blob(answer, start)

    def tags(self, repository: str, *, limit: int) -> TagsAnswer:
        """List tags, page after page."""
        found: list[str] = []
        path = f"/v2/{repository}/tags/list?n={_PAGE}"
        for _ in range(limit // _PAGE + 2):
            answer = self._asked("GET", path, repository)
            if not isinstance(answer, httpx.Response):
                return answer
            found += _tag_names(answer.content)
            path = answer.links.get("next", {}).get("url", "")
            if not path:
                return tuple(dict.fromkeys(found))
            if len(found) > limit:
                break
        return Unanswered(f"it has more than {limit} tags")

    def referrers(self, repository: str, subject: Digest, *, limit: int) -> ReferrersAnswer:
        """List what refers to a manifest."""
        found: list[Descriptor] = []
        path = f"/v2/{repository}/referrers/{subject}"
        for _ in range(limit):
            answer: httpx.Response | RemoteManifest | Absent | Unanswered = self._asked(
                "GET", path, repository
            )
            if isinstance(answer, Absent) and not found:
                answer = self.manifest(repository, f"{subject.algorithm}-{subject.hex}")
            if isinstance(answer, Absent):
                return ()
            if isinstance(answer, Unanswered):
                return answer
            links = answer.links if isinstance(answer, httpx.Response) else {}
            try:
                index = parse_manifest(answer.content if isinstance(answer, httpx.Response) else answer.raw)
            except LadingError as error:
                return Unanswered(f"its list of referrers cannot be read: {error.message}")
            found += index.manifests if isinstance(index, Index) else ()
            path = links.get("next", {}).get("url", "")
            if not path:
                return tuple(found)
            if len(found) > limit:
                break
        return Unanswered(f"more than {limit} manifests refer to {subject}")

    def claims(self, repository: str) -> ClaimSource:
        """What is claimed about images of a repository."""
        return _ClaimsThere(self._client, repository)

    def _blob(self, answer: httpx.Response, start: int) -> BlobAnswer:
        refused = self._judge(answer)
        if refused is not None:
            return refused
        if start and answer.status_code != 206:
            return Unanswered("it cannot go on where it broke off")
        rest = _number(answer.headers.get("Content-Length", ""))
        return RemoteBlob(None if rest is None else start + rest, _chunks(answer))

    def _asked(self, method: str, path: str, repository: str) -> httpx.Response | Absent | Unanswered:
        try:
            answer = self._client.ask(
                method, path, repository, accept=_ACCEPT, max_bytes=self._manifest_bytes
            )
        except (LadingError, httpx.HTTPError, httpx.InvalidURL) as error:
            return self._unreached(error)
        return self._judge(answer) or answer

    def _judge(self, answer: httpx.Response) -> Absent | Unanswered | None:
        """None where the answer is yes."""
        now = self._clock()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        self._quota = quota_in(headers, now)
        if answer.status_code in {200, 206}:
            return None
        said = _words(answer)
        if answer.status_code == 404:
            return Absent(said)
        until = None
        if answer.status_code == 429 or answer.status_code >= 500:
            asked_for = parse_retry_after(headers.get("retry-after", ""), now) or self._quota.held_until
            until = asked_for or now + (_AFTER_REFUSAL if answer.status_code == 429 else _AFTER_FAILURE)
        return Unanswered(f"it answered {answer.status_code}: {said}", until)

    def _unreached(self, error: Exception) -> Unanswered:
        self._quota = Quota()
        said = (str(error) or type(error).__name__)[: 2 * _SAID]
        refused = isinstance(error, LadingError) and error.code != "registry-unreachable"
        return Unanswered(said, None if refused else self._clock() + _AFTER_FAILURE)


class _ClaimsThere(RegistryClaims):
    """Claims of one repository of theirs, asked for under the name that it has here."""

    def __init__(self, client: RegistryClient, there: str) -> None:
        super().__init__(client)
        self._there = there

    def tagged_manifest(self, _repository: str, tag: str) -> bytes | None:
        return super().tagged_manifest(self._there, tag)

    def manifest(self, _repository: str, digest: Digest) -> bytes | None:
        return super().manifest(self._there, digest)

    def referrers(
        self, _repository: str, subject: Digest, artifact_types: Collection[str], limit: int
    ) -> list[Descriptor]:
        return super().referrers(self._there, subject, artifact_types, limit)

    def blob(self, _repository: str, digest: Digest, max_bytes: int) -> bytes | None:
        return super().blob(self._there, digest, max_bytes)


def _tag_names(content: bytes) -> list[str]:
    try:
        document = strict_json.decode_object(content, what="tags", max_bytes=MAX_MANIFEST_BYTES)
    except LadingError:
        return []
    tags = document.get("tags")
    return [tag for tag in tags if isinstance(tag, str) and is_tag(tag)] if isinstance(tags, list) else []


def _chunks(answer: httpx.Response) -> Iterator[bytes]:
    try:
        yield from answer.iter_bytes(CHUNK_BYTES)
    except httpx.HTTPError as error:
        raise Upstream(
            "upstream-broke-off", f"the upstream broke off: {str(error) or type(error).__name__}"
        ) from error


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _words(answer: httpx.Response) -> str:
    """The other side's own words, bounded and printable."""
    try:
        content = answer.content
    except httpx.ResponseNotRead:
        content = b""
    try:
        first = httpx.Response(200, content=content).json()["errors"][0]
        text = f"{first.get('code', '')} {first.get('message', '')}"
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        text = answer.reason_phrase
    return "".join(each if each.isprintable() else "?" for each in text.strip()[:_SAID])
