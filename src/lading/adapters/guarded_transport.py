"""HTTP to hosts that an administrator named and to those that they name, but not into our own network.

A registry sends its clients elsewhere: to a token service, to an object store. Whoever controls it must not
be able to make this server ask what only this server can reach (server-side request forgery).

1. The host that was configured may be anywhere but at link-local addresses, where clouds give out
   credentials.
2. Every other host needs a public address, unless it is listed.
3. Names are resolved here and the connection goes to the address that was judged: a name that means
   something else a moment later changes nothing. Certificates are still those of the name.
4. Proxies of the environment are not used: they would connect instead of us. A connection serves one host
   only.
"""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterable
from functools import cache
from typing import TypeAlias

import httpx

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_MOST_HOSTS = 50  # transports kept; what upstreams redirect to has many names


@cache
def _authorities() -> ssl.SSLContext:
    """Whom TLS trusts, read once; SSL_CERT_FILE of the environment names an enterprise's own."""
    return httpx.create_ssl_context()


class AddressRefused(httpx.ConnectError):
    """A host that may not be asked, as a failure to connect."""


class GuardedTransport(httpx.BaseTransport):
    """A transport for one configured host, and what it refers to."""

    def __init__(self, home: str, listed: Iterable[str] = ()) -> None:
        """``home`` is the configured host, ``listed`` further hosts that may be at any address."""
        self._home = home.lower().strip("[]")
        self._listed = frozenset(host.lower() for host in listed)
        self._lock = threading.Lock()
        self._transports: dict[tuple[str, str], httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send, by the numbered rules above."""
        host = request.url.host.lower()
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        addresses = self._judged(host, port)
        request.headers.setdefault("Host", request.url.netloc.decode("ascii"))
        for number, address in enumerate(addresses, start=1):
            there = httpx.Request(
                request.method,
                request.url.copy_with(host=address, port=port),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return self._transport(host, address).handle_request(there)
            except httpx.ConnectError:
                if number == len(addresses):
                    raise
        raise httpx.ConnectError(f"{host} has no address")

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            transports, self._transports = list(self._transports.values()), {}
        for transport in transports:
            transport.close()

    def _transport(self, host: str, address: str) -> httpx.HTTPTransport:
        """Rule 4: two names of one address do not share connections."""
        with self._lock:
            if len(self._transports) >= _MOST_HOSTS and (host, address) not in self._transports:
                # Not closed: somebody may be reading from it. It goes when they are done.
                self._transports.pop(next(iter(self._transports)))
            if (host, address) not in self._transports:
                self._transports[host, address] = httpx.HTTPTransport(verify=_authorities(), trust_env=False)
            return self._transports[host, address]

    def _judged(self, host: str, port: int) -> list[str]:
        """Rule 3."""
        try:
            found = socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"{host} is not known: {error}") from error
        addresses = list(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))
        for address in addresses:
            if host not in self._listed and not self._may_be(host, ipaddress.ip_address(address)):
                raise AddressRefused(
                    f"{host} is {address}, where the upstream may not send us"
                    " (if it is meant, list the host in upstreams.private_hosts)"
                )
        return addresses

    def _may_be(self, host: str, address: _Address) -> bool:
        """Rules 1 and 2."""
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        judged = mapped or address
        if judged.is_link_local or judged.is_multicast or judged.is_unspecified:
            return False
        return host == self._home or judged.is_global
