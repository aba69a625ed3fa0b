"""A key takes another one's place in every rule, and nothing else changes."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lading.foundation.errors import Conflict, LadingError, Malformed, NotFound
from lading.signing.claims import ClaimedAttestation, ClaimedSignature
from lading.signing.cosign import build_payload
from lading.signing.statement import build_statement
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import parse_trust_policy
from lading.signing.trust_rotation import Rotation, rotate_in
from lading.signing.verdicts import Rejected, Step, Verdict, Verified
from lading.signing.verification import judge_attestations, verify_signatures
from tests.attacks.case import AT, ATTESTED, IMAGE, SUBJECT
from tests.support.signers import Signing, envelope, p256, trust

OLD, NEW, OTHER = p256("old"), p256("new"), p256("other")
PAYLOAD = build_payload("registry.example/team/app", IMAGE)
UNTIL = AT + timedelta(days=30)
ROTATION = Rotation("old", "new", NEW.public, UNTIL)
KEYS = trust(OLD, OTHER, rules="# no rules\n").text


def policy(rules: str) -> TrustPolicy:
    return parse_trust_policy(KEYS + rules)


def rule(signers: str, more: str = "") -> str:
    return f'[[trust]]\nname = "all"\nrepositories = ["**"]\n{signers}\n{more}'


def verdict(trusted: TrustPolicy, *signers: Signing, at: datetime = AT) -> Verdict:
    claims = [ClaimedSignature(PAYLOAD, signer.sign_text(PAYLOAD)) for signer in signers]
    return verify_signatures(SUBJECT, claims, (), trusted, at=at)


@pytest.mark.parametrize(
    "signers",
    [
        'signers = ["old"]',
        "keys = ['old']",
        'signers = "old"',
        'signers = [ # whoever releases\n  "other",\n  "old",\n]',
        'signers=["old", "other"]',
    ],
)
def test_both_keys_count_while_they_overlap_and_then_the_new_one_alone(signers: str) -> None:
    rotated = rotate_in(policy(rule(signers)), ROTATION)
    for signer in (OLD, NEW):
        assert isinstance(verdict(rotated, signer), Verified)
    assert isinstance(verdict(rotated, NEW, at=UNTIL), Verified)
    late = verdict(rotated, OLD, at=UNTIL)
    assert isinstance(late, Rejected)
    assert late.step is Step.TIME


def test_who_holds_the_old_key_and_the_new_one_is_one_signer_where_two_are_needed() -> None:
    rotated = rotate_in(policy(rule('signers = ["old", "other"]', "need = 2")), ROTATION)
    for pair in ((OLD, OTHER), (NEW, OTHER)):
        assert isinstance(verdict(rotated, *pair), Verified)
    alone = verdict(rotated, OLD, NEW)
    assert isinstance(alone, Rejected)
    assert alone.step is Step.THRESHOLD
    assert isinstance(verdict(rotated, OLD, NEW, OTHER), Verified)
    third = p256("third")
    text = rotated.text.replace(f"until = {UNTIL.isoformat().replace('+00:00', 'Z')}\n", "")
    again = rotate_in(parse_trust_policy(text), Rotation("new", "third", third.public, UNTIL))
    assert isinstance(verdict(again, OLD, NEW, third), Rejected), "a key of a key that was replaced, too"
    assert isinstance(verdict(again, third, OTHER), Verified)


def test_a_rule_cannot_need_more_signers_than_there_are_holders() -> None:
    rotated = rotate_in(policy(rule('signers = ["old"]')), ROTATION)
    with pytest.raises(Malformed, match="need must be a number from 1 to 1"):
        parse_trust_policy(rotated.text.replace('repositories = ["**"]', 'repositories = ["**"]\nneed = 2'))


def test_attestations_follow() -> None:
    demand = f'[[trust.attestations]]\ntype = "{ATTESTED}"\nsigners = ["old"]\n'
    rotated = rotate_in(policy(rule('signers = ["other"]', demand)), ROTATION)
    statement = build_statement([("registry.example/team/app", IMAGE)], ATTESTED, b"{}")
    claim = ClaimedAttestation(envelope(statement, NEW))
    judged = judge_attestations(SUBJECT, [claim], (), rotated, at=AT)
    assert isinstance(judged.of_type(ATTESTED).verdict, Verified)
    assert isinstance(verdict(rotated, NEW), Rejected), "the rule itself never named the old key"


def test_nothing_else_changes() -> None:
    rules = rule('signers = ["old"]', 'signed-as = ["**"]\n') + rule('signers = ["other"]').replace(
        '"all"\nrepositories = ["**"]', '"other"\nrepositories = ["old"]'
    )
    before = policy(rules)
    after = rotate_in(before, ROTATION)
    assert [replace(each, signers=()) for each in after.rules] == [
        replace(each, signers=()) for each in before.rules
    ]
    assert [signer.name for signer in after.rules[1].signers] == ["other"]


def test_a_rotation_that_cannot_be_written_is_refused() -> None:
    whole = policy(rule('signers = ["old"]'))
    with pytest.raises(NotFound):
        rotate_in(whole, replace(ROTATION, old="nobody"))
    for known in (replace(ROTATION, name="other"), replace(ROTATION, key=OTHER.public)):
        with pytest.raises(Conflict):
            rotate_in(whole, known)
    with pytest.raises(Conflict):
        rotate_in(rotate_in(whole, ROTATION), replace(ROTATION, name="third", key=p256("x").public))
    with pytest.raises(LadingError):
        rotate_in(whole, replace(ROTATION, name='x"]\n[[trust]]'))
    odd = KEYS + rule("").replace('repositories = ["**"]', '"signers" = ["old"]\nrepositories = ["**"]')
    with pytest.raises(Malformed, match="was not followed"):
        rotate_in(parse_trust_policy(odd), ROTATION)


def test_a_key_can_only_replace_one_that_stands_before_it() -> None:
    with pytest.raises(Malformed, match="replaces: there is no"):
        parse_trust_policy(KEYS.replace('name = "old"\n', 'name = "old"\nreplaces = "other"\n'))
