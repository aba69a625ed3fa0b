"""Trust policy: whose signature counts for which repositories, where, and since when.

Several rules may cover one repository. Of those that name the environment that is asked about, the most
specific pattern decides; where none does, the most specific pattern of those that name no environment. A rule
that does not count yet, or no longer, is as if it were not there.
"""

from dataclasses import dataclass, field
from datetime import datetime

from lading.access.repository_pattern import RepositoryPattern
from lading.oci.digest import Digest
from lading.signing.attestation_demands import AttestationDemand
from lading.signing.keyless import SigstoreRoot
from lading.signing.notary import NotaryTrust
from lading.signing.signers import (
    ALWAYS,
    TrustedCertificate,
    TrustedIdentity,
    TrustedKey,
    TrustedSigner,
    Window,
)
from lading.signing.text_pattern import TextPattern


@dataclass(frozen=True, slots=True)
class TrustRule:
    """For these repositories, ``need`` different ones of these signers must have signed.

    With ``need`` 0 no signature is asked for, only the attestations that are demanded.
    """

    name: str
    repositories: tuple[RepositoryPattern, ...]
    signers: tuple[TrustedSigner, ...]
    need: int
    signed_as: tuple[RepositoryPattern, ...]
    environments: tuple[str, ...] = ()  # none means every one
    window: Window = ALWAYS
    demands: tuple[AttestationDemand, ...] = ()

    def accepts_identity(self, signed: str, repository: str) -> bool:
        """Whether a signature that names the repository ``signed`` counts for ``repository``."""
        return signed == repository or any(pattern.matches(signed) for pattern in self.signed_as)

    @property
    def accepts_any_identity(self) -> bool:
        """Whether a signature counts whatever repository it names, also where it names none."""
        return any(pattern.covers_everything for pattern in self.signed_as)

    @property
    def everybody(self) -> tuple[TrustedSigner, ...]:
        """All signers of the rule: of signatures, and of the attestations that it demands."""
        named = dict.fromkeys(self.signers)
        for demand in self.demands:
            named |= dict.fromkeys(demand.signers)
        return tuple(named)

    def demand_for(self, predicate_type: str) -> AttestationDemand:
        """What is demanded of a type; where nothing is, that enough signers of the rule signed it."""
        asked = (demand for demand in self.demands if demand.type == predicate_type)
        return next(asked, AttestationDemand(predicate_type, self.signers, max(self.need, 1)))


@dataclass(frozen=True, slots=True)
class TrustedBuilder:
    """A builder on the list of those that may build, with who answers for it."""

    name: str
    id: TextPattern
    owner: str
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """All rules; ``digest`` is of the text they were read from, and names this version of trust."""

    digest: Digest
    signers: tuple[TrustedSigner, ...]
    rules: tuple[TrustRule, ...]
    builders: tuple[TrustedBuilder, ...] = ()
    notary: tuple[NotaryTrust, ...] = ()
    text: str = field(default="", repr=False, compare=False)

    def rule_for(
        self, repository: str, environment: str = "", now: datetime | None = None
    ) -> TrustRule | None:
        """The rule that decides, None where none covers the repository. Without ``now`` all rules count."""
        matching = [
            ((bool(rule.environments), pattern.specificity), rule)
            for rule in self.rules
            if (not rule.environments or environment in rule.environments)
            and (now is None or not rule.window.refusal(None, now))
            for pattern in rule.repositories
            if pattern.matches(repository)
        ]
        return max(matching, key=lambda found: found[0])[1] if matching else None

    def scope_of(self, environment: str) -> str:
        """The environment, where a rule names it; else the answer is that of no environment at all."""
        return environment if any(environment in rule.environments for rule in self.rules) else ""

    def next_change(self, at: datetime) -> datetime | None:
        """The first moment after ``at`` at which the passing of time alone can change an answer."""
        windows = [rule.window for rule in self.rules]
        windows += [signer.window for signer in self.signers]
        windows += [builder.window for builder in self.builders]
        later = (moment for window in windows for moment in window.boundaries() if moment > at)
        return min(later, default=None)

    def builder_for(self, builder_id: str) -> TrustedBuilder | None:
        """The entry of the list of builders that covers a builder."""
        return next((entry for entry in self.builders if entry.id.matches(builder_id)), None)

    def notary_trust(self, signer: TrustedCertificate) -> NotaryTrust:
        """How chains to a signer's authority are judged."""
        found = (trust for trust in self.notary if trust.authority == signer.authority)
        return next(found, NotaryTrust(signer.authority, ()))


def keys_of(signers: tuple[TrustedSigner, ...]) -> tuple[TrustedKey, ...]:
    """The keys among signers."""
    return tuple(signer for signer in signers if isinstance(signer, TrustedKey))


def identities_of(signers: tuple[TrustedSigner, ...]) -> tuple[TrustedIdentity, ...]:
    """The identities among signers."""
    return tuple(signer for signer in signers if isinstance(signer, TrustedIdentity))


def certificates_of(signers: tuple[TrustedSigner, ...]) -> tuple[TrustedCertificate, ...]:
    """The certificates among signers."""
    return tuple(signer for signer in signers if isinstance(signer, TrustedCertificate))


def roots_of(identities: tuple[TrustedIdentity, ...]) -> tuple[SigstoreRoot, ...]:
    """The roots that identities are vouched for by, each once."""
    return tuple(dict.fromkeys(identity.root for identity in identities))
