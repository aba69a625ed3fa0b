"""The pages about second factors."""

from dataclasses import dataclass

import segno


@dataclass(frozen=True, slots=True)
class CodeView:
    """The second page of signing in. ``next`` is where to go afterwards."""

    next: str
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class FactorView:
    """One's own second factor: to set up (``picture`` and ``secret``), set up just now, or there."""

    secret: str = ""
    picture: str = ""  # SVG
    recovery: tuple[str, ...] = ()  # shown this once
    left: int = 0  # recovery codes that were not used
    required: bool = False
    problem: str = ""
    hint: str = ""


def picture_of(uri: str) -> str:
    """The picture that authenticators read, as SVG for the page itself: nothing is fetched or styled."""
    return segno.make(uri, error="m", micro=False).svg_inline(
        scale=5, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=False
    )


def grouped(secret: str) -> str:
    """The secret in groups of four, as people type it."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
