"""Public keys of OpenID Connect issuers: fetched and remembered, or from a file.

1. An issuer says where its keys are in its discovery document, which must name the issuer that was asked.
2. Keys are looked for again after FRESH seconds, and at once for a key id that is not known, but not more
   often than every PAUSE seconds: who sends tokens with made-up key ids must not make us ask for each.
3. When the issuer does not answer, keys stay good for STALE seconds: its outage is not ours.
4. Redirects are not followed, answers are bounded, and keys come over TLS unless the issuer is on this host.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from lading.access.job_trust import JobIssuer
from lading.foundation import strict_json
from lading.foundation.errors import LadingError, Malformed, Upstream

FRESH, PAUSE, STALE = 3600, 60, 24 * 3600  # seconds
_MOST = 1 << 20  # bytes of an answer
_TIMEOUT = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class _Held:
    keys: KeySet
    at: int


class FetchedKeys:
    """Keys of every issuer, fetched when they are needed. Safe to share between threads."""

    def __init__(self, *, complain: Callable[[str], None], client: httpx.Client | None = None) -> None:
        self._client = client or httpx.Client(timeout=_TIMEOUT, follow_redirects=False)
        self._complain = complain
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._asked: dict[str, int] = {}

    def keys(self, issuer: JobIssuer, *, now: int, wanted: str) -> KeySet:
        """Give the keys of an issuer, by the numbered rules above."""
        if issuer.jwks_file:
            return _from_file(issuer)
        with self._lock:
            held = self._held.get(issuer.url)
            if held is not None and not self._is_due(issuer, held, now, wanted):
                return held.keys
            self._asked[issuer.url] = now
            try:
                held = _Held(self._fetch(issuer), now)
            except Upstream as error:
                if held is None or now - held.at >= STALE:
                    raise
                self._complain(str(error))  # rule 3
            self._held[issuer.url] = held
            return held.keys

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _is_due(self, issuer: JobIssuer, held: _Held, now: int, wanted: str) -> bool:
        """Rule 2."""
        if now - self._asked.get(issuer.url, 0) < PAUSE:
            return False
        return now - held.at >= FRESH or all(key.kid != wanted for key in held.keys.keys)

    def _fetch(self, issuer: JobIssuer) -> KeySet:
        try:
            place = f"{issuer.url.rstrip('/')}/.well-known/openid-configuration"
            document = strict_json.decode_object(self._get(place), what=place, max_bytes=_MOST)
            if document.get("issuer") != issuer.url:  # rule 1
                raise Malformed("issuer-nonsense", f"{place} speaks for another issuer")
            where = document.get("jwks_uri")
            if not isinstance(where, str) or not _is_safe(where, issuer.url):
                raise Malformed("issuer-nonsense", f"{place} names no place of keys that is safe to ask")
            return _key_set(self._get(where), where)
        except (httpx.HTTPError, httpx.InvalidURL, LadingError) as error:
            raise Upstream(
                "issuer-unreachable",
                f"the keys of {issuer.name} cannot be had: {error}",
                hint="where it cannot be reached from here, give its keys by jwks_file",
            ) from error

    def _get(self, url: str) -> bytes:
        with self._client.stream("GET", url, headers={"Accept": "application/json"}) as answer:
            if answer.status_code != 200:
                raise Malformed("issuer-nonsense", f"{url} answered {answer.status_code}")
            content = b""
            for part in answer.iter_bytes():
                content += part
                if len(content) > _MOST:
                    raise Malformed("issuer-nonsense", f"{url} answered more than {_MOST} bytes")
            return content


def _is_safe(url: str, issuer: str) -> bool:
    """Rule 4. A plain address is followed only to the same host of this machine."""
    place, home = urlsplit(url), urlsplit(issuer)
    return place.scheme == "https" or (home.scheme == "http" and place.hostname == home.hostname)


def _from_file(issuer: JobIssuer) -> KeySet:
    try:
        with Path(issuer.jwks_file).open("rb") as file:
            return _key_set(file.read(_MOST + 1), issuer.jwks_file)
    except (OSError, LadingError) as error:
        raise Upstream("issuer-unreachable", f"the keys of {issuer.name} cannot be read: {error}") from error


def _key_set(content: bytes, where: str) -> KeySet:
    """Read a JWK Set (RFC 7517). Keys of kinds that we do not know are not ours to judge by, and left out."""
    document = strict_json.decode_object(content, what=where, max_bytes=_MOST)
    entries = document.get("keys")
    if not isinstance(entries, list):
        raise Malformed("issuer-nonsense", f"{where} is not a set of keys")
    known = [
        {name: value for name, value in entry.items() if name not in {"x5c", "x5u"}}
        for entry in entries
        if isinstance(entry, dict) and entry.get("kty") in {"RSA", "EC", "OKP"} and "kid" in entry
    ]
    try:
        return KeySet.import_key_set({"keys": known})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Malformed("issuer-nonsense", f"{where} has a key that is none: {error}") from error
