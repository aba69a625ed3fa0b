"""Trust policies, who signed what, grants of keys and builds, over every adapter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lading.adapters.sql.engine import SqlRecords
from lading.oci.digest import Digest
from lading.ports.records.governance import StoredVerification
from lading.ports.records.trust import BuildRecord, KeyGrant, SignedFact, TrustDocument

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE, TWO = Digest.of(b"1"), Digest.of(b"2")


def document(text: str, minutes: int) -> TrustDocument:
    at = NOW + timedelta(minutes=minutes)
    return TrustDocument(Digest.of(text.encode()), text, at, "person:ann", "because")


def test_the_trust_that_was_set_last_is_in_force_and_the_past_is_kept(records: SqlRecords) -> None:
    one, two = document("one", 0), document("two", 1)
    with records.write() as kept:
        assert kept.trust.active_trust() is None
        kept.trust.activate_trust(one)
        kept.trust.activate_trust(two)
    with records.read() as kept:
        assert kept.trust.active_trust() == two
        first = kept.trust.trust_history(limit=1)
        assert first.items == (two,)
        assert kept.trust.trust_history(after=first.next).items == (replace(one, active=False),)
    again = replace(one, set_at=NOW + timedelta(hours=1))
    with records.write() as kept:
        kept.trust.activate_trust(again)
    with records.read() as kept:
        assert kept.trust.active_trust() == again


def fact(name: str, repository: str, digest: Digest = ONE, what: str = "signature") -> SignedFact:
    return SignedFact(name, f"sha256:{name}", repository, digest, what, None, NOW)


def test_what_a_signer_signed_is_found_by_name_and_by_id_in_pages(records: SqlRecords) -> None:
    facts = [fact("alice", "a/b"), fact("alice", "a/b", what="x"), fact("alice", "c", TWO), fact("bob", "c")]
    with records.write() as kept:
        kept.trust.note_signed(facts)
        later = replace(facts[0], seen_at=NOW + timedelta(days=1), signed_at=NOW)
        kept.trust.note_signed([later])
        kept.trust.note_signed([])
    with records.read() as kept:
        first = kept.trust.signed_by(["alice"], limit=2)
        rest = kept.trust.signed_by(["alice"], after=first.next, limit=2)
        assert set(first.items + rest.items) == set(facts[:3])
        assert set(kept.trust.signed_by(["sha256:bob", "nobody"]).items) == {facts[3]}
        assert kept.trust.signed_by(["nobody"]).items == ()
        assert kept.trust.signed_counts() == {"sha256:alice": 2, "sha256:bob": 1}


def test_a_key_is_granted_once_and_withdrawn(records: SqlRecords) -> None:
    grant = KeyGrant("release", "group:ops", "prod/**", "person:ann", NOW)
    other = replace(grant, key="other")
    with records.write() as kept:
        assert kept.trust.grant_key(grant)
        assert not kept.trust.grant_key(replace(grant, granted_by="person:eve"))
        assert kept.trust.grant_key(other)
    with records.read() as kept:
        assert kept.trust.key_grants("release") == (grant,)
        assert kept.trust.key_grants() == (other, grant)
    with records.write() as kept:
        assert kept.trust.withdraw_key(grant)
        assert not kept.trust.withdraw_key(grant)
        assert kept.trust.key_grants() == (other,)


def test_builds_are_listed_by_whether_their_method_is_known(records: SqlRecords) -> None:
    known = BuildRecord("a", ONE, TWO, "type", "builder", "listed", "source", "c0", {"builder": "b"}, NOW)
    unknown = BuildRecord("b", ONE, TWO, "", "", "", "", "", {}, NOW)
    with records.write() as kept:
        kept.trust.save_build(replace(known, builder="before"))
        kept.trust.save_build(known)
        kept.trust.save_build(unknown)
    with records.read() as kept:
        assert kept.trust.build("a", ONE) == known
        assert kept.trust.build("a", TWO) is None
        assert kept.trust.builds(method_known=True).items == (known,)
        assert kept.trust.builds(method_known=False).items == (unknown,)
        first = kept.trust.builds(limit=1)
        assert first.items + kept.trust.builds(after=first.next).items == (known, unknown)


def test_verdicts_are_kept_by_environment(records: SqlRecords) -> None:
    anywhere = StoredVerification("a", ONE, TWO, ONE, {"outcome": "x"}, NOW)
    prod = replace(anywhere, environment="prod", outcome={"outcome": "y"})
    with records.write() as kept:
        kept.governance.save_verification(anywhere)
        kept.governance.save_verification(prod)
    with records.read() as kept:
        assert kept.governance.verification("a", ONE, TWO) == anywhere
        assert kept.governance.verification("a", ONE, TWO, "prod") == prod
        assert kept.governance.verification("a", ONE, TWO, "dev") is None
