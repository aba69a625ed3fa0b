"""Triggering a pipeline: a POST of JSON, signed as Standard Webhooks, by which any CI system can be asked."""

import json
import time
from collections.abc import Mapping

import httpx

from lading.audit.cloud_event import signed_headers
from lading.foundation.errors import Upstream

_SECONDS = 20.0


class WebhookPipeline:
    """See ``lading.ports.rebuilds.Pipeline``. Without a secret (``whsec_…``) requests are not signed."""

    def __init__(self, url: str, secret: str = "") -> None:
        self._url = url
        self._secret = secret

    def trigger(self, request_id: str, body: Mapping[str, object]) -> bool:
        """Ask for a build."""
        if not self._url:
            return False
        content = json.dumps(body).encode("ascii")
        headers: Mapping[str, str] = {}
        if self._secret:
            headers = signed_headers(self._secret, request_id, int(time.time()), content)
        headers = {**headers, "Content-Type": "application/json"}
        try:
            answer = httpx.post(self._url, content=content, headers=headers, timeout=_SECONDS)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise Upstream("pipeline-unreachable", f"the pipeline was not triggered: {error}") from error
        return True
