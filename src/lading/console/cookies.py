"""The cookies of the console.

1. The session cookie holds a random token and nothing else; the server knows only its digest.
2. Before anybody has signed in, another cookie ties the sign-in form to the browser it was shown in. It never
   becomes a session: signing in always makes a new token (session fixation).
3. A third one keeps a sign-in with an OpenID provider that was begun, until the answer comes: its secrets are
   this browser's own. It comes back with the provider's redirect, so it is Lax too.
4. Scripts cannot read them, other sites' forms do not send them, and over TLS they never travel in clear. The
   ``__Host-`` prefix keeps other hosts of the same domain from planting one (RFC 6265bis, 4.1.3.2).
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from starlette.responses import Response

from lading.access.openid import LONGEST, Attempt
from lading.foundation import strict_json
from lading.foundation.errors import LadingError

MAX_COOKIE = 200  # characters that a token of ours can have; longer ones are not looked up
_FORM_MINUTES = 60
_MAX_ATTEMPT = 3800  # characters; browsers keep 4096 with the name


@dataclass(frozen=True, slots=True)
class CookieJar:
    """How cookies are named and marked, which depends on whether browsers reach us over TLS."""

    tls: bool

    @property
    def session_name(self) -> str:
        """Name of the session cookie."""
        return "__Host-lading-session" if self.tls else "lading-session"

    @property
    def form_name(self) -> str:
        """Name of the cookie that ties the sign-in form to its browser."""
        return "__Host-lading-form" if self.tls else "lading-form"

    @property
    def attempt_name(self) -> str:
        """Name of the cookie that keeps a sign-in with an OpenID provider."""
        return "__Host-lading-attempt" if self.tls else "lading-attempt"

    def attempt(self, cookies: Mapping[str, str]) -> Attempt | None:
        """The sign-in that this browser has begun; None where there is none, or it cannot be read."""
        sent = cookies.get(self.attempt_name, "")
        try:
            content = base64.urlsafe_b64decode(sent[:_MAX_ATTEMPT].encode("ascii"))
            kept = strict_json.decode_object(content, what="the sign-in", max_bytes=_MAX_ATTEMPT)
            begun = kept.pop("begun", None)
            usable = type(begun) is int and all(isinstance(text, str) and text for text in kept.values())
            return Attempt(**kept, begun=begun) if usable else None
        except (LadingError, TypeError, binascii.Error, UnicodeEncodeError):
            return None

    def set_attempt(self, response: Response, attempt: Attempt) -> None:
        """Keep a sign-in that is begun."""
        value = base64.urlsafe_b64encode(strict_json.encode_canonical(asdict(attempt))).decode()
        self._set(response, self.attempt_name, value, LONGEST, same_site="lax")

    def drop_attempt(self, response: Response) -> None:
        """Forget it: it was answered."""
        self._drop(response, self.attempt_name)

    def session_token(self, cookies: Mapping[str, str]) -> str:
        """The session token that the browser sent; empty where there is none or it cannot be one."""
        return _plausible(cookies.get(self.session_name, ""))

    def form_token(self, cookies: Mapping[str, str]) -> str:
        """The token of the sign-in form, likewise."""
        return _plausible(cookies.get(self.form_name, ""))

    def set_session(self, response: Response, token: str, seconds: int) -> None:
        """Sign the browser in, and forget the form."""
        # Lax, not Strict: a link in a ticket or chat must open its page, and every POST has its own token.
        self._set(response, self.session_name, token, seconds, same_site="lax")
        self._drop(response, self.form_name)

    def drop_session(self, response: Response) -> None:
        """Sign the browser out."""
        self._drop(response, self.session_name)

    def set_form(self, response: Response, token: str) -> None:
        """Tie the sign-in form to the browser."""
        self._set(response, self.form_name, token, 60 * _FORM_MINUTES, same_site="strict")

    def _set(self, response: Response, name: str, value: str, seconds: int, *, same_site: str) -> None:
        response.headers.append("set-cookie", self._line(name, value, seconds, same_site))

    def _drop(self, response: Response, name: str) -> None:
        response.headers.append("set-cookie", self._line(name, "", 0, "lax"))

    def _line(self, name: str, value: str, seconds: int, same_site: str) -> str:
        secure = "; Secure" if self.tls else ""
        return f"{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite={same_site}{secure}"


def _plausible(token: str) -> str:
    return token if len(token) <= MAX_COOKIE and token.isascii() else ""
