"""The API asks for the second factor beside a password, and administrators reset it."""

from datetime import timedelta

import pytest

from lading.access.principal import Principal, PrincipalKind
from lading.access.second_factor import STEP, code_of
from lading.registry.caller import BoundRights, Caller
from lading.workflows.second_factors import NewFactor, begin_factor, confirm_factor
from tests.support.management import Api
from tests.support.management import code_of as problem_code

SECRET = b"12345678901234567890"


@pytest.fixture
def api() -> Api:
    api = Api()
    api.add_person("ann")
    api.add_person("root", admin=True)
    services = api.app_services
    caller = Caller(Principal(PrincipalKind.PERSON, "ann"), BoundRights(services.bindings()))
    begin_factor(services.records, services.accounts.factors, caller, SECRET, api.now)
    confirm_factor(
        services.records, services.accounts.factors, caller, NewFactor(code(api), ("one",)), api.now
    )
    return api


def code(api: Api) -> str:
    api.move_clock(timedelta(seconds=STEP))
    return code_of(SECRET, int(api.now.timestamp()) // STEP)


def test_a_password_alone_is_refused_and_a_code_opens_one_session(api: Api) -> None:
    assert problem_code(api.ask("GET", "/whoami", who="ann")) == "second-factor-required"
    assert problem_code(api.ask("POST", "/sessions", who="ann")) == "second-factor-required"
    good = {"Lading-Code": code(api)}
    opened = api.ask("POST", "/sessions", who="ann", headers=good)
    assert opened.status_code == 201
    assert api.ask("GET", "/whoami", token=opened.json()["token"]).status_code == 200
    assert problem_code(api.ask("POST", "/sessions", who="ann", headers=good)) == "second-factor-wrong"


def test_only_an_administrator_resets_it(api: Api) -> None:
    api.add_person("eve")
    assert api.ask("DELETE", "/users/ann/second-factor", who="eve").status_code == 403
    assert api.ask("DELETE", "/users/ann/second-factor", who="root").status_code == 204
    assert api.ask("DELETE", "/users/ann/second-factor", who="root").status_code == 404
    assert api.ask("GET", "/whoami", who="ann").status_code == 200
