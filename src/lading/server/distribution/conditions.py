"""Requests that depend on what the client already has (RFC 9110, section 13)."""

from lading.server.distribution.exchange import Exchange


def entity_tag(digest: str) -> bytes:
    """The strong entity tag of content: its digest, which is as strong as they come."""
    return f'"{digest}"'.encode()


def is_unchanged(exchange: Exchange, digest: str) -> bool:
    """Whether If-None-Match names this content, so that 304 answers."""
    wanted = exchange.header(b"if-none-match")
    return wanted is not None and _names(wanted, digest)


def wants_range_of(exchange: Exchange, digest: str) -> str | None:
    """The Range header, unless If-Range says that it was meant for other content."""
    condition = exchange.header(b"if-range")
    if condition is not None and condition.strip() != f'"{digest}"':
        return None
    return exchange.header(b"range")


def _names(condition: str, digest: str) -> bool:
    if condition.strip() == "*":
        return True
    # If-None-Match compares weakly: W/ before a tag makes no difference.
    return any(part.strip().removeprefix("W/") == f'"{digest}"' for part in condition.split(","))
