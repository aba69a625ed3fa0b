"""Digests: the first twelve digits to recognise them by; the whole one stays in the title and in links."""

_SHORT = 12


def short_digest(text: str) -> str:
    """Shorten ``sha256:…`` to its first twelve digits; what is not a digest comes back as it is."""
    algorithm, colon, encoded = text.partition(":")
    return encoded[:_SHORT] if colon and algorithm.startswith("sha") else text
