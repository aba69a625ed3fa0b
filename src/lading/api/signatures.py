"""Signing and verifying."""

from pydantic import Field

from lading.api.message import Message


class Signed(Message):
    """What was signed, by which key, and where the signature is."""

    digest: str
    key_name: str
    key_id: str
    referrer: str
    tag: str


class VerdictLine(Message):
    """Verified, rejected or undetermined, and why. ``step`` names the step that failed."""

    outcome: str
    signers: list[str] = Field(default_factory=list)
    rule: str = ""
    step: str = ""
    lookup: str = ""
    reason: str = ""


class Verification(Message):
    """What verifying an image said: of its signatures, and of attestations by predicate type."""

    repository: str
    digest: str
    trust_policy: str
    signatures: VerdictLine
    attestations: dict[str, VerdictLine]


class PublicKeyText(Message):
    """The key that this server signs with, as PEM: hand it to ``cosign verify --key``."""

    name: str
    key_id: str
    pem: str
