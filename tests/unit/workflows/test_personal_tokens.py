from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lading.access.bindings import NO_BINDINGS
from lading.access.personal_token import MOST_TOKENS, personal_token
from lading.access.principal import Principal, PrincipalKind
from lading.foundation.errors import Conflict, Forbidden, LadingError, Malformed, NotFound, OverLimit
from lading.ports.records.people import User
from lading.ports.records.personal_tokens import PersonalToken
from lading.registry.caller import BoundRights, Caller
from lading.workflows.personal_tokens import (
    NewToken,
    create_token,
    list_tokens,
    prove_or_raise,
    revoke_token,
)
from lading.workflows.sign_in import AccountPorts, SignInAttempt
from tests.support.accounts import QUICK, account_ports, events
from tests.support.registry import NOON

PASSWORD = "kettle ocean violin"
ANN = User("ann", QUICK.encode(PASSWORD), NOON, groups=("payments",))
MONTH = timedelta(days=30)
TOKEN = personal_token("a" * 43)
FORGED = personal_token("b" * 43)  # of the right form, and nobody's


@pytest.fixture
def ports() -> AccountPorts:
    made = account_ports()
    with made.records.write() as kept:
        kept.people.add_user(ANN)
        kept.people.add_user(replace(ANN, name="ben"))
        kept.people.add_user(replace(ANN, name="root", admin=True))
    return made


def caller(name: str = "ann", *, admin: bool = False, kind: PrincipalKind = PrincipalKind.PERSON) -> Caller:
    return Caller(Principal(kind, name, admin), BoundRights(NO_BINDINGS), "r1")


def create(ports: AccountPorts, token: str = TOKEN, *, name: str = "laptop") -> PersonalToken:
    return create_token(ports.records, caller(), NewToken(name, token, NOON + MONTH), NOON)


def prove(
    ports: AccountPorts,
    token: str = TOKEN,
    *,
    name: str = "ann",
    now: datetime = NOON,
    address: str = "192.0.2.7",
) -> Principal:
    return prove_or_raise(ports, SignInAttempt(name, token, address, "api", "r2"), now)


def refusal(ports: AccountPorts, token: str = TOKEN, **how: object) -> LadingError:
    with pytest.raises(LadingError) as caught:
        prove(ports, token, **how)  # type: ignore[arg-type]
    return caught.value


def test_a_token_is_its_person_with_the_groups_and_rights_of_now(ports: AccountPorts) -> None:
    create(ports)
    assert prove(ports) == Principal(PrincipalKind.PERSON, "ann", groups=("payments",))
    with ports.records.write() as kept:
        kept.people.change_user(replace(ANN, admin=True, groups=()))
    assert prove(ports, name="") == Principal(PrincipalKind.PERSON, "ann", admin=True)


def test_a_password_works_as_before(ports: AccountPorts) -> None:
    assert prove(ports, PASSWORD).name == "ann"


def test_neither_records_nor_the_audit_log_hold_the_token(ports: AccountPorts) -> None:
    made = create(ports)
    prove(ports)
    assert TOKEN[4:] not in repr(made)
    assert TOKEN[4:] not in repr(NewToken("laptop", TOKEN, NOON))
    written = events(ports, "token.")
    assert [event.action for event in written] == ["token.create", "token.use"]
    assert TOKEN[4:] not in repr(written)


def test_a_token_of_somebody_else_is_refused(ports: AccountPorts) -> None:
    create(ports)
    assert refusal(ports, name="ben").code == "sign-in-failed"


def test_disabling_the_person_ends_the_token_with_the_next_request(ports: AccountPorts) -> None:
    create(ports)
    with ports.records.write() as kept:
        kept.people.change_user(replace(ANN, disabled=True))
    assert refusal(ports).code == "sign-in-failed"


def test_a_token_ends_at_its_moment_and_its_holder_is_told_so(ports: AccountPorts) -> None:
    create(ports)
    assert prove(ports, now=NOON + MONTH - timedelta(seconds=1)).name == "ann"
    assert refusal(ports, now=NOON + MONTH).code == "token-ended"
    assert events(ports, "token.refuse")[0].details["reason"] == "expired"


def test_the_use_is_written_at_most_once_a_minute(ports: AccountPorts) -> None:
    create(ports)
    for seconds in (0, 1, 59, 60, 61):
        prove(ports, now=NOON + timedelta(seconds=seconds))
    assert len(events(ports, "token.use")) == 2
    assert list_tokens(ports.records, caller())[0].last_used_at == NOON + timedelta(seconds=60)


def test_wrong_tokens_lock_out_neither_the_password_nor_right_tokens(ports: AccountPorts) -> None:
    create(ports)
    for _ in range(60):
        refusal(ports, FORGED)
    assert prove(ports).name == "ann"
    assert prove(ports, PASSWORD).name == "ann"


def test_a_flood_of_wrong_tokens_waits_and_is_not_written(ports: AccountPorts) -> None:
    for _ in range(30):
        assert refusal(ports, FORGED).code == "sign-in-failed"
    assert isinstance(refusal(ports, FORGED), OverLimit)
    assert len(events(ports, "token.refuse")) == 30
    assert refusal(ports, FORGED, address="198.51.100.1").code == "sign-in-failed"
    assert refusal(ports, FORGED, now=NOON + timedelta(hours=2)).code == "sign-in-failed"


def test_wrong_passwords_do_not_stop_a_token(ports: AccountPorts) -> None:
    create(ports)
    for number in range(30):
        refusal(ports, "wrong wrong wrong", address=f"198.51.100.{number}")
    assert isinstance(refusal(ports, PASSWORD), OverLimit)
    assert prove(ports).name == "ann"


@pytest.mark.parametrize("token", ["ldp_", "ldp_" + "x" * 100_000, "ldp_\0", "ldp_\udcff"])
def test_absurd_tokens_are_refused_like_any_other(ports: AccountPorts, token: str) -> None:
    assert refusal(ports, token).code == "sign-in-failed"


def test_only_people_who_chose_their_password_make_tokens(ports: AccountPorts) -> None:
    new = NewToken("laptop", TOKEN, NOON + MONTH)
    with pytest.raises(Forbidden) as refused:
        create_token(ports.records, caller("ci", kind=PrincipalKind.ROBOT), new, NOON)
    assert refused.value.code == "not-a-person"
    with ports.records.write() as kept:
        kept.people.change_user(replace(ANN, must_change=True))
    with pytest.raises(Forbidden) as refused:
        create_token(ports.records, caller(), new, NOON)
    assert refused.value.code == "password-given"


def test_a_token_lives_no_longer_than_the_setting_allows(ports: AccountPorts) -> None:
    new = NewToken("laptop", TOKEN, NOON + MONTH)
    with pytest.raises(Malformed) as refused:
        create_token(ports.records, caller(), new, NOON, longest=timedelta(days=29))
    assert refused.value.code == "token-expiry-invalid"


def test_a_name_is_taken_and_tokens_are_bounded(ports: AccountPorts) -> None:
    create(ports)
    with pytest.raises(Conflict):
        create(ports, FORGED)
    for number in range(1, MOST_TOKENS):
        create(ports, personal_token(f"{number:043d}"), name=f"machine {number}")
    with pytest.raises(Conflict) as refused:
        create(ports, FORGED, name="one more")
    assert refused.value.code == "too-many-tokens"


def test_its_owner_revokes_a_token_and_so_does_an_administrator(ports: AccountPorts) -> None:
    one, other = create(ports), create(ports, FORGED, name="build")
    with pytest.raises(NotFound):
        revoke_token(ports.records, caller("ben"), one.id, NOON)
    revoke_token(ports.records, caller(), one.id, NOON)
    revoke_token(ports.records, caller("root", admin=True), other.id, NOON)
    assert {refusal(ports, token).code for token in (TOKEN, FORGED)} == {"sign-in-failed"}
    assert [event.actor for event in events(ports, "token.revoke")] == ["person:ann", "person:root"]
    with pytest.raises(NotFound):
        revoke_token(ports.records, caller(), one.id, NOON)


def test_tokens_of_others_are_listed_for_administrators_only(ports: AccountPorts) -> None:
    made = create(ports)
    assert list_tokens(ports.records, caller("root", admin=True), "ann") == (made,)
    assert list_tokens(ports.records, caller("ben")) == ()
    with pytest.raises(Forbidden):
        list_tokens(ports.records, caller("ben"), "ann")
