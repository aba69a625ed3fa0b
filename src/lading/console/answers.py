"""What a page answers: a value, so that pages are tested without HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lading.console.frame import Section


@dataclass(frozen=True, slots=True)
class Page:
    """A template and its view model. ``search`` stands in the search box of the frame."""

    template: str
    title: str
    section: Section | None
    view: object
    status: int = 200
    search: str = ""


@dataclass(frozen=True, slots=True)
class Redirect:
    """See another page of ours (303, so that a reload does not send a form again)."""

    path: str


@dataclass(frozen=True, slots=True)
class Download:
    """A file. ``chunks`` are read once, as the browser takes them."""

    name: str  # of letters, digits, dots and hyphens
    media_type: str
    chunks: Iterator[bytes]
    size: int  # bytes


Answer: TypeAlias = Page | Redirect | Download
