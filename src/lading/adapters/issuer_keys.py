"""What OpenID Connect issuers say of themselves, and their keys: fetched and remembered, or from a file.

1. An issuer says where its keys are in its discovery document, which must name the issuer that was asked.
2. Keys are looked for again after FRESH seconds, and at once for a key id that is not known, but not more
   often than every PAUSE seconds: who sends tokens with made-up key ids must not make us ask for each.
3. When the issuer does not answer, keys stay good for STALE seconds: its outage is not ours.
4. Redirects are not followed, answers are bounded, and keys come over TLS unless the issuer is on this host.
5. An issuer that answers slowly keeps nobody waiting who asks for another one.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from lading.foundation import strict_json
from lading.foundation.errors import LadingError, Malformed, Upstream

FRESH, PAUSE, STALE = 3600, 60, 24 * 3600  # seconds
_MOST = 1 << 20  # bytes of an answer
_TIMEOUT = 5.0  # seconds


class Issuer(Protocol):
    """Who signs. Keys are read from ``jwks_file`` where it is not empty."""

    @property
    def name(self) -> str:
        """What it is called here."""
        ...

    @property
    def url(self) -> str:
        """The ``iss`` of its tokens, exactly."""
        ...

    @property
    def jwks_file(self) -> str:
        """A file of its keys."""
        ...


@dataclass(frozen=True, slots=True)
class _Held:
    document: dict[str, Any]
    keys: KeySet
    at: int


class _Place:
    """What is held of one issuer; whoever fetches it holds its lock (rule 5)."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.held: _Held | None = None
        self.asked = 0


class FetchedKeys:
    """Keys of every issuer, fetched when they are needed. Safe to share between threads."""

    def __init__(self, *, complain: Callable[[str], None], client: httpx.Client | None = None) -> None:
        self._client = client or httpx.Client(timeout=_TIMEOUT, follow_redirects=False)
        self._complain = complain
        self._lock = threading.Lock()
        self._places: dict[str, _Place] = {}

    def keys(self, issuer: Issuer, *, now: int, wanted: str) -> KeySet:
        """Give the keys of an issuer, by the numbered rules above."""
        if issuer.jwks_file:
            return _from_file(issuer)
        return self._hold(issuer, now, wanted).keys

    def discovery(self, issuer: Issuer, *, now: int) -> dict[str, Any]:
        """Give the discovery document of an issuer, likewise."""
        return self._hold(issuer, now, None).document

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _hold(self, issuer: Issuer, now: int, wanted: str | None) -> _Held:
        with self._lock:
            place = self._places.setdefault(issuer.url, _Place())
        with place.lock:
            held = place.held
            if held is not None and not _is_due(place, held, now, wanted):
                return held
            place.asked = now
            try:
                held = self._fetch(issuer, now)
            except Upstream as error:
                if held is None or now - held.at >= STALE:
                    raise
                self._complain(str(error))  # rule 3
            place.held = held
            return held

    def _fetch(self, issuer: Issuer, now: int) -> _Held:
        try:
            place = f"{issuer.url.rstrip('/')}/.well-known/openid-configuration"
            document = strict_json.decode_object(self._get(place), what=place, max_bytes=_MOST)
            if document.get("issuer") != issuer.url:  # rule 1
                raise Malformed("issuer-nonsense", f"{place} speaks for another issuer")
            where = document.get("jwks_uri")
            if not isinstance(where, str) or not is_safe(where, issuer.url):
                raise Malformed("issuer-nonsense", f"{place} names no place of keys that is safe to ask")
            return _Held(document, _key_set(self._get(where), where), now)
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


def _is_due(place: _Place, held: _Held, now: int, wanted: str | None) -> bool:
    """Rule 2."""
    if now - place.asked < PAUSE:
        return False
    unknown = wanted is not None and all(key.kid != wanted for key in held.keys.keys)
    return now - held.at >= FRESH or unknown


def is_safe(url: str, issuer: str) -> bool:
    """Rule 4. A plain address is followed only to the same host of this machine."""
    place, home = urlsplit(url), urlsplit(issuer)
    return place.scheme == "https" or (home.scheme == "http" and place.hostname == home.hostname)


def _from_file(issuer: Issuer) -> KeySet:
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
