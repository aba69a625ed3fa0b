"""Whom is trusted: rules, signers, builders, and the versions of all that. What a signer signed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.console.formats.instants import Instant, instant
from lading.console.formats.sentences import sentence
from lading.console.links import image_link
from lading.console.views.badges import Badge, Tone
from lading.ports.records.trust import KeyGrant, TrustDocument
from lading.signing.signers import Window
from lading.signing.trust_policy import TrustedBuilder, TrustRule
from lading.workflows.show_signers import ShownSigner, SignedImageEntry


@dataclass(frozen=True, slots=True)
class SignerRow:
    """A signer, and whether it counts now. ``ends`` is when it stops to, None where it does not."""

    name: str
    kind: str
    id: str
    badge: Badge
    rules: tuple[str, ...]
    images: int
    ends: Instant | None


@dataclass(frozen=True, slots=True)
class RuleRow:
    """Who must have signed what, where."""

    name: str
    repositories: tuple[str, ...]
    environments: tuple[str, ...]
    need: int
    signers: tuple[str, ...]
    attestations: tuple[str, ...]
    badge: Badge


@dataclass(frozen=True, slots=True)
class BuilderRow:
    """A builder on the list."""

    name: str
    id: str
    owner: str
    badge: Badge


@dataclass(frozen=True, slots=True)
class TrustVersionRow:
    """A trust policy as it was put in force."""

    digest: str
    set_at: Instant
    set_by: str
    why: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class TrustPolicyView:
    """The whole page. ``grants`` is None for who may not see them."""

    digest: str
    shipped: bool
    rules: tuple[RuleRow, ...]
    signers: tuple[SignerRow, ...]
    builders: tuple[BuilderRow, ...]
    grants: tuple[KeyGrant, ...] | None
    versions: tuple[TrustVersionRow, ...]


@dataclass(frozen=True, slots=True)
class SignedRow:
    """Something that a signer signed."""

    image: str
    link: str
    what: str
    seen: Instant
    proven: Instant | None
    environments: tuple[str, ...]
    running: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignerView:
    """What one signer signed. ``signer`` is None for one that the trust policy does not name."""

    name: str
    signer: SignerRow | None
    rows: tuple[SignedRow, ...]
    running: int
    next_link: str


_SOON = timedelta(days=30)


def signer_row(shown: ShownSigner, now: datetime) -> SignerRow:
    """A signer for people."""
    window = shown.signer.window
    ends = window.revoked or window.end
    return SignerRow(
        shown.signer.name,
        shown.kind,
        shown.signer.id,
        _counts(window, now, shown.refusal),
        shown.rules,
        shown.images,
        instant(ends, now) if ends is not None else None,
    )


def rule_row(rule: TrustRule, now: datetime) -> RuleRow:
    """A rule for people."""
    return RuleRow(
        rule.name,
        tuple(pattern.text for pattern in rule.repositories),
        rule.environments,
        rule.need,
        tuple(signer.name for signer in rule.signers),
        tuple(demand.type for demand in rule.demands),
        _counts(rule.window, now, rule.window.refusal(None, now)),
    )


def builder_row(builder: TrustedBuilder, now: datetime) -> BuilderRow:
    """A builder for people."""
    window = builder.window
    return BuilderRow(
        builder.name, builder.id.text, builder.owner, _counts(window, now, window.refusal(None, now))
    )


def version_rows(documents: Iterable[TrustDocument], now: datetime) -> tuple[TrustVersionRow, ...]:
    """Versions, as they come."""
    return tuple(
        TrustVersionRow(str(each.digest), instant(each.set_at, now), each.set_by, each.why, each.active)
        for each in documents
    )


def signed_row(entry: SignedImageEntry, now: datetime) -> SignedRow:
    """Something signed, for people."""
    fact = entry.fact
    return SignedRow(
        fact.repository,
        image_link(fact.repository, str(fact.digest), "trust"),
        fact.what,
        instant(fact.seen_at, now),
        instant(fact.signed_at, now) if fact.signed_at is not None else None,
        tuple(pointer.environment for pointer in entry.pointers),
        tuple(f"{container.host}/{container.name}" for container in entry.running),
    )


def _counts(window: Window, now: datetime, refusal: str) -> Badge:
    if not refusal:
        ending = min((at for at in (window.end, window.revoked) if at is not None), default=None)
        soon = ending is not None and ending - now < _SOON
        return Badge(Tone.WARN, "Ends soon") if soon else Badge(Tone.GOOD, "Counts")
    if window.revoked is not None and now >= window.revoked:
        return Badge(Tone.BAD, "Revoked", sentence(refusal))
    return Badge(Tone.QUIET, "Does not count", sentence(refusal))
