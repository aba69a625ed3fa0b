"""Rebases: what is asked for, and the proof of each platform."""

from pydantic import Field

from lading.api.message import Message


class RebaseBody(Message):
    """Put the base ``onto`` under ``image``. ``old_base`` names the base to take away, by its digest.

    ``allow`` lets pass what is refused otherwise: other-release, older-packages, other-variant.
    """

    image: str
    onto: str
    old_base: str = ""
    tag: str = ""
    dry_run: bool = False
    allow: list[str] = Field(default_factory=list)
    reason: str = ""


class RemarkLine(Message):
    """One thing that was found: a note, what refuses it, or what could not be found out."""

    rule: str
    weight: str
    path: str
    reason: str


class ProofLine(Message):
    """The proof for one platform. ``fixed`` are files that the small layer on top sets right."""

    platform: str
    image: str
    old_base: str
    new_base: str
    verdict: str
    files: int
    programs: int
    fixed: list[str]
    remarks: list[RemarkLine]


class RebaseAnswer(Message):
    """What came of it. ``digest`` and ``tag`` are empty where nothing was pushed."""

    repository: str
    image: str
    onto: str
    verdict: str
    allowed: bool
    digest: str
    tag: str
    proof: str
    platforms: list[ProofLine]


class BackBody(Message):
    """Go back from ``image``, which was rebased or patched, to what it was made from."""

    image: str
    reason: str = ""


class BackAnswer(Message):
    """Where it went back to. ``tags`` were moved; ``containers`` still run of the image."""

    repository: str
    image: str
    made_from: str
    method: str
    tags: list[str]
    containers: int
