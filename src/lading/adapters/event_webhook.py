"""Sending events by HTTP POST, without becoming a way into the network that this server stands in.

1. A name is looked up once, every address of it is judged, and the connection goes to an address that was
   judged: a name that points elsewhere a moment later changes nothing.
2. Addresses of this machine and link-local ones (where clouds answer with credentials) are refused unless
   the host is listed. Redirects are not followed, proxies of the environment are not used.
3. One delivery ends after a set time, whatever the receiver does; its body is not read.
"""

import asyncio
import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

import httpx

from lading.foundation.errors import Forbidden, Malformed, Upstream

_SECONDS = 10.0  # for all of one delivery
_MAX_URL = 2000  # characters
_NOT_IN_URLS = re.compile(r"[^\x21-\x7e]|\\")


class EventWebhooks:
    """See ``lading.ports.event_sender.EventSender``.

    With ``allowed_hosts`` only those are sent to, wherever they are; without, any host but by rule 2.
    """

    def __init__(
        self, allowed_hosts: tuple[str, ...] = (), *, plain_http: bool = False, seconds: float = _SECONDS
    ) -> None:
        self._allowed = frozenset(host.lower() for host in allowed_hosts)
        self._plain_http = plain_http
        self._seconds = seconds

    def check(self, url: str) -> None:
        """Raise Malformed or Forbidden where nothing may ever be sent to this URL."""
        parts = _split(url)
        host = parts.hostname or ""
        if self._allowed and host not in self._allowed:
            raise Forbidden(
                "event-host-refused",
                f"events may not be sent to {host[:100]}",
                hint="list the host in events.allowed_hosts",
            )
        address = _literal(host)
        if address is not None:
            self._judge(host, address)
        local = host == "localhost" or (address is not None and address.is_loopback)
        if parts.scheme == "http" and not self._plain_http and not local:
            raise Forbidden(
                "event-url-plain",
                "events are sent over https",
                hint="name an https URL; events.plain_http allows http for every host",
            )

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send, in bounded time."""
        self.check(url)
        try:
            status = asyncio.run(asyncio.wait_for(self._post(url, headers, body), self._seconds))
        except TimeoutError:
            raise Upstream(
                "event-not-taken", f"the receiver did not answer within {self._seconds:g} seconds"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            said = str(error) or type(error).__name__
            raise Upstream("event-not-taken", f"the receiver cannot be reached: {said[:200]}") from error
        if not 200 <= status <= 299:
            raise Upstream("event-not-taken", f"the receiver answered with status {status}")

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        parts = _split(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        addresses = await self._addresses(host, port)
        async with httpx.AsyncClient(
            trust_env=False, follow_redirects=False, timeout=self._seconds
        ) as client:
            for number, address in enumerate(addresses, start=1):
                try:
                    async with client.stream(
                        "POST",
                        httpx.URL(url).copy_with(host=address, port=port),
                        content=body,
                        headers={**headers, "Host": parts.netloc},
                        extensions={"sni_hostname": host},
                    ) as answer:
                        return answer.status_code
                except httpx.ConnectError:
                    if number == len(addresses):
                        raise
        raise OSError(f"{host} has no address")

    async def _addresses(self, host: str, port: int) -> list[str]:
        """Rule 1."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, proto=6)
        addresses = list(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))
        for address in addresses:
            self._judge(host, ipaddress.ip_address(address))
        return addresses

    def _judge(self, host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
        """Rule 2."""
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        judged = mapped or address
        inside = judged.is_loopback or judged.is_link_local or judged.is_multicast
        if (inside or judged.is_unspecified or judged.is_reserved) and host not in self._allowed:
            raise Forbidden(
                "event-address-refused",
                f"{host[:100]} is {judged}, which events are not sent to",
                hint="list the host in events.allowed_hosts if this is meant",
            )


def _split(url: str) -> SplitResult:
    unreadable = Malformed("event-url-invalid", "this is no URL that events can be sent to")
    if len(url) > _MAX_URL or _NOT_IN_URLS.search(url):
        raise unreadable
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise unreadable from None
    if port == 0:
        raise unreadable
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.fragment:
        raise Malformed("event-url-invalid", "events are sent to a URL like https://host/path")
    if "@" in parts.netloc:
        raise Malformed(
            "event-url-credentials",
            "the URL has a name or a password in it, which would be shown to everybody who lists it",
            hint="receivers know Lading by the signature; put a token in the path if you must",
        )
    return parts


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
