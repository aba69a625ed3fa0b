"""What is at hand must never be older than what is true: each way to make it so is tried here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from lading.adapters.change_stamps_memory import MemoryStamps
from lading.adapters.jobs_memory import MemoryJobs
from lading.adapters.keys_file import FileSigner
from lading.foundation.errors import Upstream
from lading.oci.digest import Digest
from lading.oci.manifest import parse_manifest
from lading.ports.claim_source import ClaimSource
from lading.signing.claims import Subject
from lading.signing.cosign import ArtifactKind, artifact_tag
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.signing.verdicts import Rejected, Undetermined, Verdict, Verified
from lading.workflows.local_claims import LocalClaims
from lading.workflows.sign_image import SigningPorts, sign_image
from lading.workflows.trust_in_force import REEVALUATE, TrustPorts, revoke_signer, set_trust
from lading.workflows.verdicts_at_hand import FRESH, Recent, VerdictsAtHand
from tests.support.registry import NOON, ROOT, DrivenRegistry
from tests.support.signers import Signing, p256

SERVER, OTHER = p256("server"), p256("other")
POLICY = parse_trust_policy(write_trust_policy({"server": SERVER.public}))
SECOND = timedelta(seconds=1)


class CountingClaims(LocalClaims):
    """Counts how often claims were looked for; can be told to fail, and to let something come in between."""

    looks = 0
    broken = False
    in_between: Callable[[], object] = staticmethod(lambda: None)

    def blob(self, repository: str, digest: Digest, max_bytes: int) -> bytes | None:
        if self.broken:
            raise Upstream("blob-store-busy", "too many requests")
        return super().blob(repository, digest, max_bytes)

    @contextmanager
    def at_once(self) -> Iterator[ClaimSource]:
        self.looks += 1
        with super().at_once() as source:
            yield source
        self.in_between()


@dataclass
class Gate:
    """A registry, and the verdicts at hand over it."""

    registry: DrivenRegistry = field(default_factory=DrivenRegistry)

    def __post_init__(self) -> None:
        self.claims = CountingClaims(self.registry.records, self.registry.blobs)
        self.verdicts = self.another_server()
        jobs = MemoryJobs({REEVALUATE: lambda _arguments: None}, workers=1)
        self.trust = TrustPorts(self.registry.records, POLICY, jobs)

    def another_server(self) -> VerdictsAtHand:
        return VerdictsAtHand(self.registry.records, self.claims, POLICY, self.registry.stamps)

    def image(self, repository: str = "team/app", *, signed: bool = True) -> Subject:
        subject = Subject(repository, self.registry.push_image(repository))
        if signed:
            self.sign(subject)
        return subject

    def sign(self, subject: Subject, key: Signing = SERVER) -> None:
        assert isinstance(key.private, ec.EllipticCurvePrivateKey)
        ports = SigningPorts(self.registry.ports, FileSigner(key.name, key.private), "registry.example.org")
        sign_image(ports, ROOT, subject, NOON)

    def unsign(self, subject: Subject) -> None:
        """Take every signature away."""
        with self.registry.records.write() as kept:
            tag = artifact_tag(subject.digest, ArtifactKind.SIGNATURES)
            kept.registry.delete_tag(subject.repository, tag, at=NOON, by="x")
            for referrer in kept.registry.referrers(subject.repository, subject.digest).items:
                kept.registry.delete_manifest(subject.repository, referrer.digest, at=NOON, by="x")

    def ask(self, subject: Subject, now: datetime = NOON, environment: str = "") -> Verdict:
        return self.verdicts.verify(subject, now, environment=environment).signatures

    def looked(self, subject: Subject, now: datetime = NOON, environment: str = "") -> bool:
        """Whether asking again looks for claims."""
        before = self.claims.looks
        self.ask(subject, now, environment)
        return self.claims.looks > before


@pytest.fixture
def gate() -> Gate:
    return Gate()


def test_what_was_judged_a_moment_ago_is_at_hand_without_a_query(gate: Gate) -> None:
    subject = gate.image()
    first = gate.verdicts.verify(subject, NOON)
    gate.registry.records.close()  # type: ignore[attr-defined] # nothing is asked of them any more
    assert gate.verdicts.verify(subject, NOON + SECOND) is first


def test_a_revoked_signer_does_not_count_from_the_next_question_on(gate: Gate) -> None:
    subject = gate.image()
    assert isinstance(gate.ask(subject), Verified)
    revoke_signer(gate.trust, ROOT, "server", "the laptop was stolen", NOON)
    for verdicts in (gate.verdicts, gate.another_server()):
        assert isinstance(verdicts.verify(subject, NOON).signatures, Rejected)


def test_another_trust_policy_counts_from_the_next_question_on_and_so_does_the_old_one_again(
    gate: Gate,
) -> None:
    subject = gate.image()
    others = write_trust_policy({"other": OTHER.public}).encode()
    assert isinstance(gate.ask(subject), Verified)
    set_trust(gate.trust, ROOT, others, "trust", NOON)
    assert isinstance(gate.ask(subject), Rejected)
    set_trust(gate.trust, ROOT, POLICY.text.encode(), "trust", NOON)
    assert isinstance(gate.ask(subject), Verified)


def test_a_signature_that_comes_or_goes_counts_from_the_next_question_on(gate: Gate) -> None:
    subject = gate.image(signed=False)
    assert isinstance(gate.ask(subject), Rejected)
    gate.sign(subject)
    assert isinstance(gate.ask(subject), Verified)
    gate.unsign(subject)
    assert isinstance(gate.ask(subject), Rejected)


def test_a_signature_that_is_only_a_referrer_counts_from_the_next_question_on(gate: Gate) -> None:
    """Such a push moves no tag: the manifest alone makes what is at hand old."""
    subject = gate.image()
    with gate.registry.records.read() as kept:
        named = kept.registry.referrers(subject.repository, subject.digest).items
        found = [kept.registry.manifest(subject.repository, each.digest) for each in named]
    gate.unsign(subject)
    assert isinstance(gate.ask(subject), Rejected)
    with gate.registry.records.write() as kept:
        for stored in found:
            assert stored is not None
            manifest = parse_manifest(stored.raw)
            kept.registry.save_manifest(subject.repository, stored.digest, manifest, at=NOON, by="x")
    assert isinstance(gate.ask(subject), Verified)


def test_an_index_that_comes_to_list_the_image_counts_from_the_next_question_on(gate: Gate) -> None:
    child = gate.image(signed=False)
    assert isinstance(gate.ask(child), Rejected)
    index = Subject("team/app", gate.registry.push_index("team/app", child.digest))
    gate.sign(index)
    assert isinstance(gate.ask(child), Verified)
    with gate.registry.records.write() as kept:
        kept.registry.delete_manifest("team/app", index.digest, at=NOON, by="x")
    assert isinstance(gate.ask(child), Rejected)


def test_a_change_that_comes_while_it_is_judged_is_not_covered_by_the_answer(gate: Gate) -> None:
    subject = gate.image()

    def revoke() -> None:
        gate.claims.in_between = lambda: None
        revoke_signer(gate.trust, ROOT, "server", "stolen", NOON)

    gate.claims.in_between = revoke
    assert isinstance(gate.ask(subject), Verified), "it was asked before"
    assert isinstance(gate.ask(subject), Rejected)


def test_signatures_that_go_while_it_is_judged_are_not_covered_by_the_answer(gate: Gate) -> None:
    subject = gate.image()

    def unsign() -> None:
        gate.claims.in_between = lambda: None
        gate.unsign(subject)

    gate.claims.in_between = unsign
    gate.ask(subject)
    assert isinstance(gate.ask(subject), Rejected)


def test_what_could_not_be_told_is_asked_again(gate: Gate) -> None:
    subject = gate.image()
    gate.claims.broken = True
    assert isinstance(gate.ask(subject), Undetermined)
    gate.claims.broken = False
    assert isinstance(gate.ask(subject), Verified)


def test_a_verdict_is_of_one_repository_and_one_environment(gate: Gate) -> None:
    signed = gate.image("team/app")
    copy = Subject("other/app", gate.registry.push_image("other/app"))
    assert copy.digest == signed.digest
    text = write_trust_policy({"server": SERVER.public, "other": OTHER.public})
    text = text.replace('signers = ["server", "other"]', 'signers = ["server"]')
    text += (
        '\n[[trust]]\nname = "prod"\nenvironments = ["prod"]\nrepositories = ["**"]\nsigners = ["other"]\n'
    )
    set_trust(gate.trust, ROOT, text.encode(), "trust", NOON)
    assert isinstance(gate.ask(signed), Verified)
    assert isinstance(gate.ask(copy), Rejected)
    assert isinstance(gate.ask(signed, environment="prod"), Rejected)
    assert isinstance(gate.ask(signed, environment="dev"), Verified)
    assert not gate.looked(signed, environment="dev"), "no rule names dev: it is as good as none"


def test_a_moment_that_the_policy_names_ends_what_is_at_hand(gate: Gate) -> None:
    subject = gate.image()
    ends = NOON + timedelta(seconds=5)
    key = POLICY.text + f"until = {ends.isoformat().replace('+00:00', 'Z')}\n"
    set_trust(gate.trust, ROOT, key.encode(), "trust", NOON)
    assert isinstance(gate.ask(subject, NOON), Verified)
    assert isinstance(gate.ask(subject, ends - SECOND), Verified)
    assert isinstance(gate.ask(subject, ends), Rejected)


def test_what_no_stamp_tells_of_counts_within_half_a_minute(gate: Gate) -> None:
    """A server was killed between its commit and its stamp: the stamps say nothing."""
    subject = gate.image()
    deaf = VerdictsAtHand(gate.registry.records, gate.claims, POLICY, MemoryStamps())
    assert isinstance(deaf.verify(subject, NOON).signatures, Verified)
    revoke_signer(gate.trust, ROOT, "server", "stolen", NOON)
    assert isinstance(deaf.verify(subject, NOON + FRESH - SECOND).signatures, Verified)
    assert isinstance(deaf.verify(subject, NOON + FRESH).signatures, Rejected)
    assert timedelta(seconds=30) >= FRESH


def test_a_clock_that_goes_back_does_not_keep_a_verdict_alive(gate: Gate) -> None:
    subject = gate.image()
    first = gate.verdicts.verify(subject, NOON)
    assert gate.verdicts.verify(subject, NOON - SECOND) is not first


def test_only_so_many_verdicts_are_remembered() -> None:
    recent: Recent[int, str] = Recent(2)
    for number in range(3):
        recent.put(number, "good", (1,), NOON, NOON + SECOND)
    assert [recent.get(number, (1,), NOON) for number in range(3)] == [None, "good", "good"]
    recent.put(1, "better", (2,), NOON, NOON + SECOND)
    assert recent.get(1, (1,), NOON) is None
    assert recent.get(1, (2,), NOON) == "better"
