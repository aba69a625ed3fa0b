"""Headers that every answer of the console carries.

1. Nothing runs and nothing is fetched that this server did not send: there are no scripts at all, so a page
   with hostile text in it has nothing to say to a browser (Content Security Policy 3).
2. No other site frames a page, opens it with a handle to it, or embeds what it loads.
3. Pages are not kept by caches: they show what one person may see. Static files name their own content and
   are kept for ever.
4. Over TLS, the browser stays on TLS (RFC 6797).
"""

from lading.console.asgi import AsgiApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),  # rule 1
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),  # rule 2
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    # Not "no-referrer": that would make browsers send "Origin: null" with our own forms.
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_NOT_KEPT = (b"cache-control", b"no-store")  # rule 3
_STAY_ON_TLS = (b"strict-transport-security", b"max-age=31536000")  # rule 4


def with_security_headers(app: AsgiApp, *, tls: bool) -> AsgiApp:
    """Wrap ``app`` so that every answer, of pages, redirects, files and errors, carries the headers."""
    always = (*_HEADERS, _STAY_ON_TLS) if tls else _HEADERS

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                if not any(name.lower() == b"cache-control" for name, _ in given):
                    given.append(_NOT_KEPT)
                message["headers"] = [*given, *always]
            await send(message)

        await app(scope, receive, send_marked)

    return wrapped
