"""Whom is trusted, what they signed, and how images were built."""

from pydantic import Field

from lading.api.message import Message
from lading.api.signatures import Verification


class TrustText(Message):
    """The trust policy in force, as it was written. ``set_by`` is empty where nobody has set one yet."""

    digest: str
    text: str
    set_at: str = ""
    set_by: str = ""
    why: str = ""


class TrustChange(Message):
    """A trust policy that was put in force, or was before."""

    digest: str
    set_at: str
    set_by: str
    why: str
    active: bool


class TrustCheck(Message):
    """What a trust policy holds."""

    digest: str
    signers: int
    rules: int
    builders: int


class TrustTest(Message):
    """What a trust policy would say of an image, beside what the one in force says."""

    rule: str
    proposed: Verification
    in_force: Verification


class Revocation(Message):
    """Stop trusting a signer; ``since`` is a moment, empty for now."""

    signer: str
    reason: str
    since: str = ""


class RotationAsk(Message):
    """Put a key in the place of a signer's: a key of the server by name, or any in PEM under a new name."""

    signer: str
    key: str = ""
    name: str = ""
    pem: str = ""
    overlap_days: int = Field(default=30, ge=1, le=3650)
    reason: str


class Rotated(Message):
    """The trust policy that is in force now, and what the old key signed that can be signed again."""

    digest: str
    old: str
    new: str
    old_until: str
    images: int


class SignerLine(Message):
    """A signer of the trust policy in force. ``refusal`` says why it does not count now."""

    name: str
    kind: str
    id: str
    rules: list[str]
    start: str = ""
    end: str = ""
    revoked: str = ""
    refusal: str = ""
    images: int


class SignedLine(Message):
    """Something that a signer signed, where it runs, and which environments have it."""

    repository: str
    digest: str
    what: str
    signer: str
    shown: str
    signed_at: str = ""
    seen_at: str
    running: list[str] = Field(default_factory=list)
    environments: list[str] = Field(default_factory=list)


class ResignedLine(Message):
    """An image of a re-signing campaign, and what became of it."""

    repository: str
    digest: str
    outcome: str
    reason: str = ""


class DifferenceLine(Message):
    """A path that differs between an original and its rebuild, and what explains it."""

    path: str
    change: str
    cause: str
    explained: bool


class PackageChange(Message):
    """A package with another version in the rebuild; empty text where there is none."""

    name: str
    original: str
    rebuilt: str


class RebuildCheck(Message):
    """How a rebuild stands to its original: identical, equivalent, explained or different."""

    verdict: str
    same_layers: bool
    differences: int
    files: list[DifferenceLine]
    packages: list[PackageChange]


class MaterialLine(Message):
    """Something that went into a build."""

    uri: str
    digests: dict[str, str]


class BuildLine(Message):
    """How an image was built, as a trusted signer says; ``known`` is false where nobody does."""

    repository: str
    digest: str
    known: bool
    builder: str = ""
    listed_as: str = ""
    owner: str = ""
    build_type: str = ""
    source: str = ""
    commit: str = ""
    ref: str = ""
    workflow: str = ""
    invocation: str = ""
    started_by: str = ""
    started: str = ""
    finished: str = ""
    signers: list[str] = Field(default_factory=list)
    materials: list[MaterialLine] = Field(default_factory=list)


class KeyLine(Message):
    """A key that the server signs with, and who may use it; the default key is for whoever may sign."""

    name: str
    key_id: str
    algorithm: str
    default: bool
    has_certificate: bool
    grants: list["GrantLine"] = Field(default_factory=list)


class GrantAsk(Message):
    """Let a subject (group:NAME, person:NAME, robot:NAME) use a key for repositories of a pattern."""

    subject: str
    repositories: str


class GrantLine(Message):
    """A subject may sign images of these repositories with a key."""

    key: str
    subject: str
    repositories: str
    granted_by: str = ""
    granted_at: str = ""
