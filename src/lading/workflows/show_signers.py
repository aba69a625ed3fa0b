"""Signers: who is trusted and until when, what each has signed, and where that runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation.errors import NotFound
from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.ports.records.governance import Pointer
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import Records
from lading.ports.records.trust import SignedFact
from lading.registry.caller import Caller
from lading.signing.signers import TrustedCertificate, TrustedIdentity, TrustedKey, TrustedSigner
from lading.signing.trust_policy import TrustPolicy


@dataclass(frozen=True, slots=True)
class ShownSigner:
    """A signer of the trust policy. ``refusal`` says why it does not count now; empty where it does."""

    signer: TrustedSigner
    rules: tuple[str, ...]
    refusal: str
    images: int  # that it is known to have signed

    @property
    def kind(self) -> str:
        """What kind of signer it is, for people."""
        match self.signer:
            case TrustedKey():
                return f"key, {self.signer.key.algorithm}"
            case TrustedIdentity():
                return f"identity, root {self.signer.root.name}"
            case TrustedCertificate():
                return f"certificate, authority {self.signer.authority.name}"


@dataclass(frozen=True, slots=True)
class SignedImageEntry:
    """Something that a signer signed, where it runs, and which environments have it."""

    fact: SignedFact
    running: tuple[RunningContainer, ...]
    pointers: tuple[Pointer, ...]


def list_signers(records: Records, policy: TrustPolicy, now: datetime) -> tuple[ShownSigner, ...]:
    """Every signer of a trust policy, in its order."""
    with records.read() as kept:
        counts = kept.trust.signed_counts()
    return tuple(
        ShownSigner(
            signer,
            tuple(rule.name for rule in policy.rules if signer in rule.everybody),
            signer.window.refusal(None, now),
            _count(signer, counts),
        )
        for signer in policy.signers
    )


def what_signer_signed(
    records: Records,
    caller: Caller,
    policy: TrustPolicy,
    name: str,
    *,
    after: str = "",
    limit: int = DEFAULT_LIMIT,
) -> Page[SignedImageEntry]:
    """What a signer signed, by its name or by what its signatures show; only what the caller may read."""
    named = next((signer for signer in policy.signers if signer.name == name), None)
    names = [name] if named is None else [name, named.id]
    with records.read() as kept:
        page = kept.trust.signed_by(names, after=after, limit=limit)
        if named is None and not page.items and not after:
            raise NotFound("signer-unknown", f"nothing is known of a signer {name[:160]!r}")
        visible = [fact for fact in page.items if caller.may(Verb.READ_EVIDENCE, fact.repository)]
        running = kept.inventory.running_from({fact.digest for fact in visible})
        pointers: dict[Digest, tuple[Pointer, ...]] = {
            fact.digest: kept.governance.environments_of(fact.digest) for fact in visible
        }
    items = tuple(
        SignedImageEntry(
            fact,
            running.get(fact.digest, ()),
            tuple(each for each in pointers[fact.digest] if each.repository == fact.repository),
        )
        for fact in visible
    )
    return Page(items, page.next)


def _count(signer: TrustedSigner, counts: Mapping[str, int]) -> int:
    """Signatures of a key show its id; those under certificates show whom each was issued to."""
    if isinstance(signer, TrustedKey):
        return counts.get(signer.id, 0)
    if isinstance(signer, TrustedIdentity):
        issued = ((shown.partition(" (issuer "), number) for shown, number in counts.items())
        return sum(number for (who, middle, _), number in issued if middle and signer.subject.matches(who))
    return sum(number for shown, number in counts.items() if "(certificate " in shown)
