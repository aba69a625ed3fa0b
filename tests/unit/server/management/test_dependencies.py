"""Why packages are in an image, over the management API."""

import pytest

from tests.support.analyses import pypi
from tests.support.fleet import keep_image
from tests.support.management import Api


@pytest.fixture
def api() -> Api:
    made = Api()
    made.add_person("ann", ("reader", "team/**"))
    made.add_person("bob", ("reader", "other/**"))
    records = made.governed.registry.records
    keep_image(records, "app", pypi("jinja2", "2.10"), repository="team/app", tag="v1")
    return made


def test_what_says_nothing_of_its_needs_is_not_known_and_not_guessed(api: Api) -> None:
    answer = api.ask("GET", "/image/why?ref=team/app:v1&package=jinja2", who="ann").json()
    (found,) = answer["packages"]
    assert (found["package"]["name"], found["package"]["version"]) == ("jinja2", "2.10")
    assert found["is_known"] is False
    assert found["chains"] == found["needed_by"] == found["needs"] == []


def test_who_may_not_see_the_image_learns_nothing_of_it(api: Api) -> None:
    hidden = api.ask("GET", "/image/why?ref=team/app:v1&package=jinja2", who="bob")
    absent = api.ask("GET", "/image/why?ref=team/app:v1&package=no-such", who="bob")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["code"] == absent.json()["code"] == "image-unknown"


def test_a_name_that_no_package_has_is_not_found(api: Api) -> None:
    answer = api.ask("GET", "/image/why?ref=team/app:v1&package=no-such", who="ann")
    assert answer.status_code == 404
    assert answer.json()["code"] == "package-unknown"
