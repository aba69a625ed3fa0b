"""A command is signed in by a browser (RFC 8628), and by nothing less than a person who types its code."""

from datetime import timedelta
from typing import Any

import pytest

from lading.access.device_grant import INTERVAL, LIFETIME, MOST_WAITING, parse_user_code, user_code
from lading.access.principal import Principal, PrincipalKind
from lading.foundation.errors import Conflict, Forbidden, Malformed, NotFound, OverLimit
from lading.registry.caller import BoundRights, Caller
from lading.workflows.device_sign_in import answer_device
from tests.support.management import Api, code_of


@pytest.fixture
def api() -> Api:
    api = Api()
    api.add_person("ann", ("reader", "shop/**"))
    api.add_person("eve")
    return api


def begin(api: Api, asking: str = "lading on laptop") -> dict[str, Any]:
    answer = api.ask("POST", "/sessions/device", json={"asking": asking})
    assert answer.status_code == 201
    return dict(answer.json())


def poll(api: Api, codes: dict[str, Any]) -> tuple[int, str]:
    api.move_clock(INTERVAL)
    answer = api.ask("POST", "/sessions/device/token", json={"device_code": codes["device_code"]})
    if answer.status_code == 201:
        return 201, str(answer.json()["token"])
    return answer.status_code, code_of(answer)


def says(
    api: Api, name: str, code: str, *, yes: bool = True, kind: PrincipalKind = PrincipalKind.PERSON
) -> None:
    caller = Caller(Principal(kind, name), BoundRights(api.app_services.bindings()))
    answer_device(api.app_services.records, caller, code, api.now, granted=yes)


def test_a_command_acts_as_who_typed_its_code(api: Api) -> None:
    codes = begin(api)
    assert codes["verification_uri_complete"].endswith(f"/device?code={codes['user_code']}")
    assert poll(api, codes) == (409, "authorization-pending")
    says(api, "ann", codes["user_code"].lower().replace("-", " "))
    status, token = poll(api, codes)
    assert status == 201
    assert api.ask("GET", "/whoami", token=token).json()["principal"] == "person:ann"
    assert poll(api, codes) == (404, "expired-token"), "what was granted is given out once"


def test_a_command_that_was_refused_is_told_so_once(api: Api) -> None:
    codes = begin(api)
    says(api, "ann", codes["user_code"], yes=False)
    assert poll(api, codes) == (403, "access-denied")
    assert poll(api, codes) == (404, "expired-token")


def test_nobody_but_the_command_can_fetch_what_was_granted(api: Api) -> None:
    codes = begin(api)
    says(api, "ann", codes["user_code"])
    for guess in (codes["user_code"], "", "x" * 5000):
        answer = api.ask("POST", "/sessions/device/token", json={"device_code": guess})
        assert code_of(answer) == "expired-token"


def test_a_command_that_asks_too_often_is_slowed_down(api: Api) -> None:
    codes = begin(api)
    assert poll(api, codes)[1] == "authorization-pending"
    body = {"device_code": codes["device_code"]}
    assert code_of(api.ask("POST", "/sessions/device/token", json=body)) == "slow-down"
    says(api, "ann", codes["user_code"])
    assert code_of(api.ask("POST", "/sessions/device/token", json=body)) == "slow-down"
    assert poll(api, codes)[0] == 201


def test_a_code_ends_with_its_time_also_when_it_was_granted(api: Api) -> None:
    late, granted = begin(api), begin(api)
    says(api, "ann", granted["user_code"])
    api.move_clock(LIFETIME)
    with pytest.raises(NotFound):
        says(api, "ann", late["user_code"])
    assert poll(api, granted) == (404, "expired-token")


def test_a_code_is_answered_once(api: Api) -> None:
    codes = begin(api)
    says(api, "ann", codes["user_code"])
    with pytest.raises(NotFound):
        says(api, "eve", codes["user_code"])
    assert api.ask("GET", "/whoami", token=poll(api, codes)[1]).json()["principal"] == "person:ann"


def test_only_people_answer(api: Api) -> None:
    codes = begin(api)
    for kind in (PrincipalKind.ROBOT, PrincipalKind.JOB, PrincipalKind.ANONYMOUS):
        with pytest.raises(Forbidden):
            says(api, "ci", codes["user_code"], kind=kind)


def test_who_guesses_codes_has_to_wait_and_locks_out_nobody_else(api: Api) -> None:
    codes = begin(api)
    for number in range(5):
        with pytest.raises(NotFound):
            says(api, "eve", user_code(bytes([number]) * 16))
    with pytest.raises(OverLimit):
        says(api, "eve", codes["user_code"])
    says(api, "ann", codes["user_code"])


def test_a_disabled_person_signs_no_command_in(api: Api) -> None:
    api.add_person("root", admin=True)
    codes = begin(api)
    says(api, "ann", codes["user_code"])
    assert api.ask("PUT", "/users/ann", who="root", json={"disabled": True}).status_code == 200
    assert poll(api, codes) == (403, "access-denied")


def test_an_address_cannot_fill_the_records(api: Api) -> None:
    for _ in range(MOST_WAITING):
        begin(api)
    answer = api.ask("POST", "/sessions/device", json={})
    assert (answer.status_code, code_of(answer)) == (429, "device-grants")
    api.move_clock(LIFETIME + timedelta(seconds=1))
    begin(api)


def test_what_a_command_says_of_itself_is_shown_as_text_and_cut(api: Api) -> None:
    codes = begin(api, "<b>\x1b[2J\u202e" + "x" * 1000)
    with api.app_services.records.read() as kept:
        grant = kept.device_grants.by_code(parse_user_code(codes["user_code"]))
    assert grant is not None
    assert grant.asking == "<b>[2J" + "x" * 72


@pytest.mark.parametrize("typed", ["", "WDJB-MJH", "WDJB-MJHA", "WDJBMJHTT", "\uff37DJB-MJHT", "W" * 5000])
def test_what_is_no_code_is_refused_before_it_is_looked_up(typed: str) -> None:
    with pytest.raises(Malformed):
        parse_user_code(typed)


def test_two_people_at_once_do_not_both_answer(api: Api) -> None:
    """The second one's look came before the first one's word."""
    codes = begin(api)
    says(api, "ann", codes["user_code"], yes=False)
    with pytest.raises((Conflict, NotFound)):
        says(api, "eve", codes["user_code"])
