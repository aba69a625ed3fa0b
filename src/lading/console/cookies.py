"""The two cookies of the console.

1. The session cookie holds a random token and nothing else; the server knows only its digest.
2. Before anybody has signed in, another cookie ties the sign-in form to the browser it was shown in. It never
   becomes a session: signing in always makes a new token (session fixation).
3. Scripts cannot read them, other sites' forms do not send them, and over TLS they never travel in clear. The
   ``__Host-`` prefix keeps other hosts of the same domain from planting one (RFC 6265bis, 4.1.3.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

MAX_COOKIE = 200  # characters that a token of ours can have; longer ones are not looked up
_FORM_MINUTES = 60


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
