"""Who answers for a name, over the API."""

import pytest

from lading.ports.records.people import Ownership, Team
from tests.support.management import Api, code_of


@pytest.fixture
def api() -> Api:
    api = Api()
    api.add_person("ann", ("reader", "shop/**"))
    api.governed.registry.push_image("shop/app", tags=("1",))
    api.governed.registry.push_image("pay/app", tags=("1",))
    with api.governed.registry.records.write() as kept:
        kept.people.save_team(Team("shop", "shop@r.example", "+1 555"))
        kept.people.own(Ownership("**", "shop"))
    return api


def test_an_image_comes_with_the_team_and_the_rule(api: Api) -> None:
    (found,) = api.ask("GET", "/owner?name=shop/app:1", who="ann").json()["items"]
    assert (found["kind"], found["state"], found["repository"]) == ("image", "owned", "shop/app")
    assert (found["team"], found["contact"], found["on_call"]) == ("shop", "shop@r.example", "+1 555")
    assert found["chain"] == ["in the repository shop/app", "rule **"]


def test_what_ann_may_not_see_is_unknown_and_a_hostile_name_is_refused(api: Api) -> None:
    for name in ("pay/app", "pay/app:1", "pay/none"):
        answer = api.ask("GET", f"/owner?name={name}", who="ann")
        assert (answer.status_code, code_of(answer)) == (404, "owner-name-unknown")
    hostile = api.ask("GET", "/owner?name=%1b[31mshop", who="ann")
    assert (hostile.status_code, code_of(hostile)) == (400, "name-invalid")
    assert api.ask("GET", "/owner?name=shop/app").status_code == 401
