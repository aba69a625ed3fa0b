"""A client of a timestamp authority (RFC 3161, section 3.4: over HTTP)."""

import httpx
from rfc3161_client import TimestampRequestBuilder, decode_timestamp_response

from lading.foundation.errors import Upstream
from lading.signing.timestamps import MAX_TOKEN_BYTES

_SECONDS = 10.0
_HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


class TimestampClient:
    """Asks one authority."""

    def __init__(self, url: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._url = url
        self._client = httpx.Client(timeout=_SECONDS, transport=transport)

    def __call__(self, message: bytes) -> bytes:
        """Give the authority's whole answer about ``message``; raise Upstream where it gives none."""
        request = TimestampRequestBuilder().data(message).build()
        try:
            answer = self._client.post(self._url, content=request.as_bytes(), headers=_HEADERS)
        except httpx.HTTPError as error:
            raise Upstream("timestamp-unreachable", f"{self._url} does not answer: {error}") from error
        content = answer.content
        if not answer.is_success or len(content) > MAX_TOKEN_BYTES:
            raise Upstream("timestamp-refused", f"{self._url} answered {answer.status_code}")
        try:
            decode_timestamp_response(content)
        except ValueError as error:
            raise Upstream("timestamp-nonsense", f"{self._url} gave no timestamp") from error
        return content
