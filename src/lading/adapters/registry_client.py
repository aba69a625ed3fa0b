"""A client of any OCI registry (distribution-spec v1.1), as far as Lading itself pushes and pulls.

Signs in as the registry asks: by Docker token authentication where it challenges with Bearer, by Basic where
it challenges with that. A registry must not be able to collect the password elsewhere: it is sent to a token
service only on the registry's own host, or over TLS where TLS vouched for the registry that named it.
"""

import contextlib
import re
import ssl
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import IO, Any
from urllib.parse import urlsplit

import httpx

from lading.foundation.errors import Forbidden, LadingError, Malformed, NotFound, Unauthenticated, Upstream
from lading.oci import media_types
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.manifest import MAX_MANIFEST_BYTES, Index, parse_manifest

_CHALLENGE = re.compile(r'([a-zA-Z_]+)="([^"]*)"')
_ACCEPT = ", ".join(sorted(media_types.MANIFESTS | media_types.INDEXES))
_NO_REFERRERS = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'
_SECONDS = 60.0
_MAX_ANSWER = 1 << 20  # bytes, of everything but content
_MAX_PAGES = 1000  # of a list of referrers


class RegistryClient:
    """One registry, and who we are there."""

    def __init__(
        self,
        url: str,
        *,
        user: str = "",
        password: str = "",
        transport: httpx.BaseTransport | None = None,
        seconds: float = _SECONDS,
    ) -> None:
        """``url`` is ``http[s]://host[:port]``; without a user the client is anonymous.

        ``seconds`` is how long the other side may be silent, while connecting and between two chunks.
        """
        self._url = httpx.URL(url)
        self._credentials = (user, password) if user else None
        self._tokens: dict[str, str] = {}
        self._client = httpx.Client(
            base_url=url,
            timeout=seconds,
            transport=transport,
            trust_env=transport is None,
            verify=_authorities(),
        )

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def push_image(
        self, repository: str, reference: str, manifest: bytes, media_type: str, blobs: Mapping[Digest, bytes]
    ) -> Digest:
        """Push what is missing of the blobs, then the manifest under a tag or digest; return its digest."""
        for digest, content in blobs.items():
            self.push_blob(repository, digest, content)
        answer = self._send(
            "PUT",
            f"/v2/{repository}/manifests/{reference}",
            repository,
            content=manifest,
            headers={"Content-Type": media_type},
        )
        _expect(answer, 201)
        return Digest.of(manifest)

    def push_blob(self, repository: str, digest: Digest, content: bytes) -> None:
        """Push a blob unless the registry has it."""
        if self._send("HEAD", f"/v2/{repository}/blobs/{digest}", repository).status_code == 200:
            return
        begun = self._send("POST", f"/v2/{repository}/blobs/uploads/", repository)
        _expect(begun, 202)
        place = self._url.join(begun.headers["Location"]).copy_merge_params({"digest": str(digest)})
        headers = {"Content-Type": "application/octet-stream"}
        _expect(self._send("PUT", str(place), repository, content=content, headers=headers), 201)

    def pull_manifest(self, repository: str, reference: str) -> tuple[bytes, str]:
        """Pull a manifest or index and its media type, verified where ``reference`` is a digest."""
        answer = self._download(f"/v2/{repository}/manifests/{reference}", repository, MAX_MANIFEST_BYTES)
        if ":" in reference:
            self._verify(answer.content, Digest.parse(reference))
        return answer.content, media_types.bare(answer.headers.get("Content-Type", ""))

    def referrers(
        self, repository: str, subject: Digest, *, artifact_types: Collection[str], limit: int
    ) -> list[Descriptor]:
        """List the manifests of these types whose subject this is, at most ``limit`` of them.

        One type is left for the registry to choose, several are chosen here, out of one list of all. Where
        the registry has no referrers API, they are read from the tag that stands in for it
        (distribution-spec v1.1, "Backwards Compatibility"). Raises Upstream for a list without an end.
        """
        found: list[Descriptor] = []
        path = f"/v2/{repository}/referrers/{subject}"
        parameters = {"artifactType": next(iter(artifact_types))} if len(artifact_types) == 1 else {}
        pages = 0
        while path and len(found) < limit:
            pages += 1
            if pages > _MAX_PAGES:
                raise Upstream("registry-nonsense", f"{self._url.host} lists referrers without an end")
            url = str(httpx.URL(path).copy_merge_params(parameters))
            answer = self._send(
                "GET",
                url,
                repository,
                headers={"Accept": media_types.OCI_INDEX},
                max_bytes=MAX_MANIFEST_BYTES,
            )
            if answer.status_code == 404:
                return _of_types(self._tagged_referrers(repository, subject), artifact_types)[:limit]
            _expect(answer, 200)
            found += _of_types(answer.content, artifact_types)
            path, parameters = answer.links.get("next", {}).get("url", ""), {}
        return found[:limit]

    def _tagged_referrers(self, repository: str, subject: Digest) -> bytes:
        try:
            return self.pull_manifest(repository, f"{subject.algorithm}-{subject.hex}")[0]
        except NotFound:
            return _NO_REFERRERS

    def pull_blob(self, repository: str, digest: Digest, *, max_bytes: int) -> bytes:
        """Pull a small blob whole, verified."""
        answer = self._download(f"/v2/{repository}/blobs/{digest}", repository, max_bytes)
        self._verify(answer.content, digest)
        return answer.content

    def download_blob(self, repository: str, digest: Digest, file: IO[bytes]) -> int:
        """Write a blob of any size to a file, verified at its end; return its size."""
        path = f"/v2/{repository}/blobs/{digest}"
        # The first bytes show whether we may: an answer that asks to sign in is small.
        self._send("HEAD", path, repository)
        headers = {"Authorization": self._tokens[repository]} if repository in self._tokens else {}
        running, size = digest.running(), 0
        try:
            with self._client.stream("GET", path, headers=headers, follow_redirects=True) as answer:
                if answer.status_code != 200:
                    answer.read()
                    _expect(answer, 200)
                for chunk in answer.iter_bytes(1 << 20):
                    running.update(chunk)
                    size += file.write(chunk)
        except httpx.HTTPError as error:
            raise Upstream(
                "registry-unreachable", f"the registry {self._url} stopped in the middle of {digest}: {error}"
            ) from error
        if running.hexdigest() != digest.hex:
            raise Upstream("registry-nonsense", f"{self._url.host} answered other bytes than {digest}")
        return size

    def ask(
        self, method: str, path: str, repository: str, *, accept: str = "", max_bytes: int = _MAX_ANSWER
    ) -> httpx.Response:
        """Send a request without a body and give whatever is answered; raises Upstream where nothing is."""
        headers = {"Accept-Encoding": "identity"} | ({"Accept": accept} if accept else {})
        return self._send(method, path, repository, headers=headers, max_bytes=max_bytes)

    @contextlib.contextmanager
    def opened(self, path: str, repository: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """GET, and give the answer with its body unread, signed in if asked to.

        Raises httpx.HTTPError as it comes, and what signing in raises.
        """
        for is_last in (False, True):
            signed = {"Authorization": self._tokens[repository]} if repository in self._tokens else {}
            with self._client.stream(
                "GET", path, headers={**headers, **signed}, follow_redirects=True
            ) as answer:
                asked_to = answer.headers.get("WWW-Authenticate", "")
                if is_last or answer.status_code != 401 or not asked_to:
                    yield answer
                    return
            self._tokens[repository] = self._sign_in(asked_to)

    def _verify(self, content: bytes, digest: Digest) -> None:
        if Digest.of(content, digest.algorithm) != digest:
            raise Upstream("registry-nonsense", f"{self._url.host} answered other bytes than {digest}")

    def _download(self, path: str, repository: str, max_bytes: int) -> httpx.Response:
        """GET, and read no more of the body than ``max_bytes``, whatever the registry sends."""
        answer = self._send("GET", path, repository, headers={"Accept": _ACCEPT}, max_bytes=max_bytes)
        _expect(answer, 200)
        return answer

    def _send(self, method: str, url: str, repository: str, **request: Any) -> httpx.Response:
        """Send, and sign in once if asked to."""
        try:
            answer = self._once(method, url, repository, **request)
            if answer.status_code == 401 and "WWW-Authenticate" in answer.headers:
                self._tokens[repository] = self._sign_in(answer.headers["WWW-Authenticate"])
                answer = self._once(method, url, repository, **request)
        except httpx.HTTPError as error:
            raise Upstream(
                "registry-unreachable", f"the registry {self._url} does not answer: {error}"
            ) from error
        return answer

    def _once(
        self,
        method: str,
        url: str,
        repository: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        max_bytes: int = _MAX_ANSWER,
    ) -> httpx.Response:
        sent = dict(headers or {})
        if repository in self._tokens:
            sent["Authorization"] = self._tokens[repository]
        request = self._client.build_request(method, url, content=content or None, headers=sent)
        return self._read(request, max_bytes, follow=method in {"GET", "HEAD"})

    def _read(
        self, request: httpx.Request, max_bytes: int, *, follow: bool, auth: tuple[str, str] | None = None
    ) -> httpx.Response:
        """Send a request, and read no more of the answer than ``max_bytes``."""
        answer = self._client.send(request, stream=True, follow_redirects=follow, auth=auth)
        with contextlib.closing(answer):
            parts, size = [], 0
            for part in answer.iter_bytes():
                size += len(part)
                if size > max_bytes:
                    raise Upstream(
                        "registry-nonsense",
                        f"{request.url.host} answered more than {max_bytes} bytes to {request.url.path}",
                    )
                parts.append(part)
        return httpx.Response(
            answer.status_code, headers=_plain(answer.headers), content=b"".join(parts), request=request
        )

    def _sign_in(self, challenge: str) -> str:
        kind = challenge.partition(" ")[0].lower()
        if kind == "basic" and self._credentials:
            return httpx.BasicAuth(*self._credentials)._auth_header
        members = dict(_CHALLENGE.findall(challenge))
        realm = members.get("realm", "")
        if kind != "bearer" or not realm:
            raise Unauthenticated("sign-in-required", f"{self._url.host} asks for a sign-in by {kind!r}")
        asked = {key: members[key] for key in ("service", "scope") if key in members}
        credentials = self._credentials if self._trusts(realm) else None
        try:
            request = self._client.build_request("GET", realm, params=asked)
        except (httpx.InvalidURL, ValueError):
            raise Upstream("registry-nonsense", f"{self._url.host} names no token service") from None
        answer = self._read(request, _MAX_ANSWER, follow=False, auth=credentials)
        _expect(answer, 200)
        try:
            document = answer.json()
        except (ValueError, RecursionError):
            document = None
        found = document if isinstance(document, dict) else {}
        token = found.get("token") or found.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise Upstream("registry-nonsense", f"the token service of {self._url.host} gave no token")
        return f"Bearer {token}"

    def _trusts(self, realm: str) -> bool:
        place = urlsplit(realm)
        if self._url.scheme == "https":
            return place.scheme == "https"
        return place.hostname == self._url.host


@cache
def _authorities() -> ssl.SSLContext:
    """Whom TLS trusts; reading all of them takes longer than verifying an image."""
    return httpx.create_ssl_context()


def _of_types(index: bytes, artifact_types: Collection[str]) -> list[Descriptor]:
    """The descriptors of some types: a registry may leave the filtering to its clients."""
    parsed = parse_manifest(index)
    if not isinstance(parsed, Index):
        raise Upstream("registry-nonsense", "the list of referrers is not an index")
    return [entry for entry in parsed.manifests if entry.artifact_type in artifact_types]


def _plain(headers: httpx.Headers) -> list[tuple[str, str]]:
    """Headers without those that spoke of the body on the wire: it was decoded already."""
    return [
        (name, value)
        for name, value in headers.multi_items()
        if name not in {"content-encoding", "content-length", "transfer-encoding"}
    ]


def _expect(answer: httpx.Response, status: int) -> None:
    if answer.status_code == status:
        return
    where = f"{answer.request.method} {answer.request.url.path}"
    says = _message(answer)
    kinds: dict[int, type[LadingError]] = {401: Unauthenticated, 403: Forbidden, 404: NotFound}
    kind = kinds.get(answer.status_code, Malformed if 400 <= answer.status_code < 500 else Upstream)
    raise kind("registry-refused", f"the registry answered {answer.status_code} to {where}: {says}")


def _message(answer: httpx.Response) -> str:
    """The registry's own words (distribution-spec, "Error Codes"), bounded."""
    try:
        first = answer.json()["errors"][0]
        return f"{first.get('code', '')} {first.get('message', '')}".strip()[:500]
    except (ValueError, LookupError, TypeError, AttributeError):
        return answer.text[:200].strip() or answer.reason_phrase
