"""Whom is trusted, what they signed, who may use which key, and how images were built."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lading.oci.digest import Digest
from lading.ports.records.page import DEFAULT_LIMIT, Page

# Stands for trust among the repositories whose change stamps records make change (``ports.change_stamps``):
# no repository can have this name.
TRUST_STAMP = "//trust"


@dataclass(frozen=True, slots=True)
class TrustDocument:
    """A trust policy as it was written. ``digest`` is of ``text``; one document is active."""

    digest: Digest
    text: str
    set_at: datetime
    set_by: str
    why: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class SignedFact:
    """A signer made a good signature about an image: ``what`` is ``signature`` or a predicate type.

    ``shown`` is what the signature shows of the signer, a key id or an identity; ``name`` what the trust
    policy called the signer then. It stays true whatever becomes of the signer.
    """

    name: str
    shown: str
    repository: str
    digest: Digest
    what: str
    signed_at: datetime | None  # as a third party proves it
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """A subject may sign images of these repositories with a key of the server."""

    key: str
    subject: str  # "group:release"
    repositories: str  # a pattern
    granted_by: str
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """How an image was built, as its verified provenance says; all empty where no build method is known."""

    repository: str
    digest: Digest
    trust_policy: Digest
    method: str  # the build type, empty where it is not known
    builder: str
    listed_as: str  # name of the builder's entry in the trust policy, empty where it is on no list
    source: str
    commit: str
    details: Mapping[str, object]
    at: datetime


class TrustRecords(Protocol):
    """Trust and what follows from it."""

    def activate_trust(self, document: TrustDocument) -> None:
        """Keep the document and make it the active one."""
        ...

    def active_trust(self) -> TrustDocument | None:
        """The trust policy in force, None before any was set."""
        ...

    def trust_history(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[TrustDocument]:
        """Trust policies as they were activated, the newest first."""
        ...

    def note_signed(self, facts: Sequence[SignedFact]) -> None:
        """Keep who signed what. One that is known already stays as it was first seen."""
        ...

    def signed_by(
        self, names: Sequence[str], *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[SignedFact]:
        """What signers of these names or with these ids have signed, by repository and digest."""
        ...

    def signed_counts(self) -> Mapping[str, int]:
        """How many images each signer has signed, by what its signatures show."""
        ...

    def grant_key(self, grant: KeyGrant) -> bool:
        """Keep a grant; say whether it is new."""
        ...

    def withdraw_key(self, grant: KeyGrant) -> bool:
        """Forget the grant of this key, subject and pattern; say whether there was one."""
        ...

    def key_grants(self, key: str = "") -> tuple[KeyGrant, ...]:
        """Grants of a key, or all of them."""
        ...

    def save_build(self, record: BuildRecord) -> None:
        """Keep how an image was built, in place of what was known of it in its repository."""
        ...

    def build(self, repository: str, digest: Digest) -> BuildRecord | None:
        """How an image was built, None where nobody looked yet."""
        ...

    def builds(
        self, *, method_known: bool | None = None, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[BuildRecord]:
        """How images were built, by repository and digest; only those whose method is or is not known."""
        ...
