"""The pages of roles, people and groups."""

import pytest

from lading.access.roles import Role
from lading.access.verbs import Verb
from lading.ports.records.people import RoleBinding, User
from tests.support.console import Browser, ConsoleUnderTest, build_console, form_token_in


@pytest.fixture
def console() -> ConsoleUnderTest:
    console = build_console()
    console.add_person("root", admin=True)
    console.add_person("ann")
    with console.records.write() as kept:
        eve = User("eve", "", console.clock(), directory="corp", directory_groups=("<b>dev",))
        kept.people.add_user(eve)
        kept.people.bind(RoleBinding("person:ann", "owner", "shop/**"))
        kept.people.bind(RoleBinding("group:<b>dev", "reader", "lab/**", "prod"))
        kept.people.save_role(Role("deployer", frozenset({Verb.PULL, Verb.PROMOTE}), "moves <i>things"))
    return console


def _signed_in(console: ConsoleUnderTest, name: str = "root") -> Browser:
    browser = Browser(console)
    browser.sign_in(name)
    return browser


def _give(browser: Browser, **fields: str) -> tuple[int, str]:
    token = form_token_in(browser.get("/access/roles"))
    form = {"form_token": token, "principal": "person:ben", "pattern": "shop/app", "environment": ""}
    answer = browser.post("/access/roles", form | fields)
    return answer.status_code, answer.text


def test_roles_are_shown_given_and_taken_back(console: ConsoleUnderTest) -> None:
    root = _signed_in(console)
    page = root.get("/access/roles").text
    assert "moves &lt;i&gt;things" in page
    assert "group:&lt;b&gt;dev" in page
    assert _give(root, role="deployer", environment="prod")[0] == 303
    assert RoleBinding("person:ben", "deployer", "shop/app", "prod") in _bindings(console)
    form = {"form_token": form_token_in(root.get("/access/roles")), "principal": "person:ben"}
    form |= {"role": "deployer", "pattern": "shop/app", "environment": "prod"}
    for _ in range(2):  # the second time somebody else was quicker
        assert root.post("/access/roles/revoke", form).status_code == 303
    assert len(_bindings(console)) == 2


def test_what_is_wrong_is_said_and_what_was_written_is_kept(console: ConsoleUnderTest) -> None:
    status, text = _give(_signed_in(console), role="reader", principal="ben", pattern="shop/<x>")
    assert status == 400
    assert 'value="shop/&lt;x&gt;"' in text
    assert "names nobody that a role can be given to" in text


def test_an_owner_sees_and_gives_only_what_is_theirs(console: ConsoleUnderTest) -> None:
    ann = _signed_in(console, "ann")
    page = ann.get("/access/roles").text
    assert "person:ann" in page
    assert "lab/**" not in page
    assert _give(ann, role="publisher")[0] == 303
    assert _give(ann, role="publisher", pattern="lab/app")[0] == 403
    assert ann.get("/access/people").status_code == 403


def test_who_has_nothing_to_give_sees_nothing(console: ConsoleUnderTest) -> None:
    console.add_person("ben")
    ben = _signed_in(console, "ben")
    assert ben.get("/access/roles").status_code == 403
    form = {"form_token": form_token_in(ben.get("/tokens")), "disabled": "yes"}
    assert ben.post("/access/people/root", form).status_code == 403


def test_people_are_shown_with_where_they_come_from_and_groups_with_what_they_give(
    console: ConsoleUnderTest,
) -> None:
    page = _signed_in(console).get("/access/people").text
    assert "&lt;b&gt;dev" in page
    assert "reader on lab/** in prod" in page
    assert "corp" in page
    assert "a password here" in page


def test_a_person_is_disabled_and_enabled_and_the_last_administrator_stays(console: ConsoleUnderTest) -> None:
    ann, root = _signed_in(console, "ann"), _signed_in(console)
    form = {"form_token": form_token_in(root.get("/access/people"))}
    done = root.post("/access/people/ann", form | {"disabled": "yes"})
    assert "sessions and tokens have ended" in root.get(done.headers["location"]).text
    assert ann.get("/tokens").status_code == 303
    root.post("/access/people/ann", form | {"disabled": "no"})
    assert Browser(console).sign_in("ann").status_code == 303
    done = root.post("/access/people/root", form | {"disabled": "yes"})
    assert "last administrator" in root.get(done.headers["location"]).text


def _bindings(console: ConsoleUnderTest) -> tuple[RoleBinding, ...]:
    with console.records.read() as kept:
        return kept.people.bindings()


def test_what_nobody_answers_for_is_listed_until_somebody_does(ann: Browser) -> None:
    page = ann.get("/access/people").text.partition("Nobody answers for")[2]
    assert "team-x/experiment" in page
    assert "team-x/legacy" in page
    assert "shop/" not in page.partition("running containers")[0]
    assert "adhoc-shell" in page, "what runs from nowhere known is nobody's"
    assert "checkout-7d9f8-x2k" not in page, "what runs is its image's owner's"
