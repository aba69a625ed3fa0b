"""What is said of flaws in products."""

from lading.api.message import Message


class VexMark(Message):
    """A mark of our own. ``products`` are purls, or digests of images."""

    flaw: str
    products: list[str]
    status: str = "not_affected"
    justification: str = ""
    evidence: str


class VexLine(Message):
    """One statement that counts, or did until ``retired_at``."""

    id: str
    source: str
    author: str
    signer: str
    at: str
    flaws: list[str]
    status: str
    products: list[str]
    justification: str
    words: str
    added_at: str
    added_by: str
    retired_at: str


class VexTaken(Message):
    """How many statements were taken in."""

    documents: int
    statements: int


class VexPublished(Message):
    """The referrer that carries what is stated of an image; empty where nothing is."""

    digest: str
