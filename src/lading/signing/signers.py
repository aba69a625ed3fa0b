"""Signers that a trust policy names: a key, an identity that an authority vouches for, a certificate.

A signer may count for a time only. A signature whose moment a trusted timestamp proves is judged at that
moment, any other one at the moment of asking: who stole a key can write any date beside a signature.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from lading.foundation.instants import rfc3339
from lading.signing.certificates import CertificateAuthority, DistinguishedName
from lading.signing.keyless import SigstoreRoot
from lading.signing.keys import PublicKey
from lading.signing.text_pattern import TextPattern
from lading.signing.timestamps import TimestampAuthority


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when something counts, and since when it is revoked."""

    start: datetime | None = None
    end: datetime | None = None
    revoked: datetime | None = None
    reason: str = ""  # why it was revoked

    def refusal(self, signed_at: datetime | None, now: datetime) -> str:
        """Say why a signature does not count, or nothing. ``signed_at`` is None where nothing proves it."""
        moment = now if signed_at is None else signed_at
        if self.start is not None and moment < self.start:
            return f"counts from {rfc3339(self.start)} on"
        if self.revoked is not None and moment >= self.revoked:
            why = f" ({self.reason})" if self.reason else ""
            return f"was revoked from {rfc3339(self.revoked)} on{why}"
        if self.end is not None and moment >= self.end:
            return f"counted until {rfc3339(self.end)}"
        return ""

    def boundaries(self) -> tuple[datetime, ...]:
        """The moments at which the answer can change."""
        return tuple(at for at in (self.start, self.end, self.revoked) if at is not None)


ALWAYS = Window()


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key, under the name that people know it by. ``timestamped_by`` may prove when it signed."""

    name: str
    key: PublicKey
    window: Window = ALWAYS
    timestamped_by: tuple[TimestampAuthority, ...] = ()
    replaces: str = ""  # id of the holder of the key that this one takes the place of

    @property
    def id(self) -> str:
        """What this signer is known by, whatever it is called."""
        return self.key.id

    @property
    def holder(self) -> str:
        """What it counts as: keys that replace one another are one signer."""
        return self.replaces or self.id


@dataclass(frozen=True, slots=True)
class TrustedIdentity:
    """Whom a Sigstore certificate authority names: an issuer, and who somebody is there."""

    name: str
    root: SigstoreRoot = field(repr=False)
    issuer: TextPattern
    subject: TextPattern
    window: Window = ALWAYS

    @property
    def id(self) -> str:
        """What this signer is known by, whatever it is called."""
        return f"{self.issuer.text} {self.subject.text}"

    @property
    def holder(self) -> str:
        """What it counts as."""
        return self.id


@dataclass(frozen=True, slots=True)
class TrustedCertificate:
    """Whoever holds a certificate of an authority with such a subject (Notary Project, "x509.subject")."""

    name: str
    authority: CertificateAuthority = field(repr=False)
    subject: DistinguishedName
    window: Window = ALWAYS

    @property
    def id(self) -> str:
        """What this signer is known by, whatever it is called."""
        return f"{self.authority.name}: {self.subject.text or 'any subject'}"

    @property
    def holder(self) -> str:
        """What it counts as."""
        return self.id


TrustedSigner: TypeAlias = TrustedKey | TrustedIdentity | TrustedCertificate


@dataclass(frozen=True, slots=True)
class Proven:
    """A signer made a good signature. ``signed_at`` is proven by a third party, else None.

    ``who`` is what the signature itself shows: the key, the certificate's identity or its subject.
    ``until`` is when this stops to hold, None where nothing that is not in the trust policy ends it.
    """

    signer: TrustedSigner
    who: str
    signed_at: datetime | None = None
    until: datetime | None = None
