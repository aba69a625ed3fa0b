"""Accounts, teams, rights, sessions, over every adapter."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lading.access.principal import Principal, PrincipalKind
from lading.access.roles import Role
from lading.access.verbs import Verb
from lading.adapters.sql.engine import SqlRecords
from lading.foundation.errors import Conflict, NotFound
from lading.ports.records.people import (
    BrowserSession,
    FailedSignIns,
    Ownership,
    PeopleRecords,
    RobotAccount,
    RobotGrant,
    RoleBinding,
    ServerKey,
    Team,
    User,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
ANN = User("ann", "$argon2id$v=19$x", NOW, admin=True, must_change=True, groups=("dev", "ops"))
ROBOT = RobotAccount(
    name="robot$ci",
    secret_hash="$argon2id$v=19$y",
    grants=(RobotGrant("team/**", ("pull", "push")), RobotGrant("other", ("pull",))),
    created_at=NOW,
    created_by="person:ann",
    expires_at=SOON,
    description="the build",
)


def test_a_user_comes_back_whole_and_its_name_is_taken(records: SqlRecords) -> None:
    with records.write() as written:
        written.people.add_user(ANN)
        assert written.people.user("ann") == ANN
        assert written.people.user("Ann") is None
        with pytest.raises(Conflict) as refused:
            written.people.add_user(replace(ANN, admin=False))
        assert refused.value.code == "user-exists"
        assert written.people.user("ann") == ANN


def test_a_user_changes_only_where_there_is_one(records: SqlRecords) -> None:
    changed = replace(ANN, disabled=True, must_change=False, groups=())
    with records.write() as written:
        with pytest.raises(NotFound) as refused:
            written.people.change_user(ANN)
        assert refused.value.code == "user-unknown"
        written.people.add_user(ANN)
        written.people.change_user(changed)
        assert written.people.user("ann") == changed


def test_users_are_listed_by_name(records: SqlRecords) -> None:
    with records.write() as written:
        for name in ("zoe", "ann", "bob"):
            written.people.add_user(replace(ANN, name=name))
        first = written.people.users(limit=2)
        assert [user.name for user in first.items] == ["ann", "bob"]
        assert [user.name for user in written.people.users(after=first.next).items] == ["zoe"]


def test_a_user_of_a_directory_is_found_by_what_it_calls_them(records: SqlRecords) -> None:
    ben = replace(ANN, name="ben", directory="corp", directory_id="7", directory_groups=("ops", "all"))
    with records.write() as written:
        written.people.add_user(replace(ANN, directory="corp"))
        written.people.add_user(ben)
        assert written.people.user("ben") == ben
        assert ben.all_groups == ("dev", "ops", "all")
        assert written.people.user_of_directory("corp", "7") == ben
        assert written.people.user_of_directory("other", "7") is None
        assert written.people.user_of_directory("corp", "") is None, "who never signed in has no id"


def test_what_may_be_used_once_is_refused_until_it_would_not_be_good_any_more(records: SqlRecords) -> None:
    with records.write() as written:
        assert written.people.use_once("answer", until=SOON, now=NOW)
        assert written.people.use_once("other", until=SOON, now=NOW)
    with records.write() as written:
        assert not written.people.use_once("answer", until=SOON, now=NOW)
    with records.write() as written:
        assert written.people.use_once("answer", until=SOON, now=SOON), "forgotten when it has ended"


def test_a_robot_comes_back_whole_with_its_grants_and_newest_use(records: SqlRecords) -> None:
    with records.write() as written:
        written.people.add_robot(ROBOT)
        assert written.people.robot("robot$ci") == ROBOT
        with pytest.raises(Conflict):
            written.people.add_robot(ROBOT)
        written.people.robot_was_used("robot$ci", SOON)
        written.people.robot_was_used("robot$ci", NOW)  # told of late
        assert written.people.robot("robot$ci") == replace(ROBOT, last_used_at=SOON)
        written.people.change_robot(replace(ROBOT, disabled=True, grants=()))
        assert written.people.robots().items == (replace(ROBOT, disabled=True, grants=()),)
        assert written.people.delete_robot("robot$ci")
        assert not written.people.delete_robot("robot$ci")
        with pytest.raises(NotFound):
            written.people.change_robot(ROBOT)


def test_a_pattern_has_one_owner_who_exists(records: SqlRecords) -> None:
    with records.write() as written:
        with pytest.raises(NotFound) as refused:
            written.people.own(Ownership("pay/**", "payments"))
        assert refused.value.code == "team-unknown"
        written.people.save_team(Team("payments", "pay@example.org"))
        written.people.save_team(Team("payments", "pay@example.org", "+44"))
        written.people.save_team(Team("core"))
        assert written.people.team("payments") == Team("payments", "pay@example.org", "+44")
        assert [team.name for team in written.people.teams().items] == ["core", "payments"]
        written.people.own(Ownership("pay/**", "core"))
        written.people.own(Ownership("pay/**", "payments"))
        written.people.own(Ownership("**", "core"))
        assert written.people.ownerships() == (Ownership("**", "core"), Ownership("pay/**", "payments"))
        assert written.people.disown("**")
        assert not written.people.disown("**")


def test_a_role_is_granted_once_and_taken_back(records: SqlRecords) -> None:
    binding = RoleBinding("group:dev", "publisher", "team/**")
    in_prod = replace(binding, environment="prod")
    with records.write() as written:
        for granted in (in_prod, binding, binding):
            written.people.bind(granted)
        assert written.people.bindings() == (binding, in_prod)
        assert written.people.unbind(binding)
        assert not written.people.unbind(binding)
        assert written.people.bindings() == (in_prod,)


def test_a_session_ends_when_it_expires_or_is_closed(records: SqlRecords) -> None:
    ann = Principal(PrincipalKind.PERSON, "ann", admin=True, groups=("dev",))
    one = BrowserSession("d1", ann, NOW, SOON)
    with records.write() as written:
        written.people.open_session(one)
        written.people.open_session(replace(one, id_digest="d2", expires_at=SOON + timedelta(hours=1)))
        bob = Principal(PrincipalKind.PERSON, "bob")
        written.people.open_session(replace(one, id_digest="d3", principal=bob))
        assert written.people.session("d1", now=NOW) == one
        assert written.people.session("d1", now=SOON) is None
        assert written.people.session("d9", now=NOW) is None
        assert written.people.close_session("d1")
        assert not written.people.close_session("d1")
        assert written.people.drop_expired_sessions(now=SOON) == 1
        assert written.people.session("d3", now=NOW) is None
        assert written.people.close_sessions_of(ann) == 1
        assert written.people.session("d2", now=NOW) is None


def test_failures_are_counted_under_a_key_of_any_length_until_cleared(records: SqlRecords) -> None:
    key = "name:" + "\x00\udcff" * 50_000
    with records.write() as written:
        assert written.people.failures(key) is None
        assert written.people.count_failure(key, at=NOW) == FailedSignIns(key, 1, NOW, NOW)
        assert written.people.count_failure(key, at=SOON) == FailedSignIns(key, 2, NOW, SOON)
        assert written.people.failures("name:x") is None
        written.people.clear_failures(key)
        assert written.people.failures(key) is None


def test_failures_at_the_same_moment_are_all_counted(records: SqlRecords) -> None:
    def fail(_: int) -> None:
        with records.write() as written:
            written.people.count_failure("name:ann", at=NOW)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(fail, range(30)))
    with records.read() as view:
        counted = view.people.failures("name:ann")
    assert counted is not None
    assert counted.count == 30


def test_server_keys_stay_after_they_are_retired(records: SqlRecords) -> None:
    old = ServerKey("k1", "token", "ES256", "PEM", NOW)
    new = replace(old, id="k2", created_at=SOON)
    with records.write() as written:
        written.people.add_server_key(old)
        written.people.add_server_key(new)
        written.people.add_server_key(replace(old, id="k3", purpose="signature"))
        with pytest.raises(Conflict) as refused:
            written.people.add_server_key(new)
        assert refused.value.code == "key-exists"
        assert written.people.retire_server_key("k1", at=SOON)
        assert not written.people.retire_server_key("k1", at=SOON)
        assert not written.people.retire_server_key("k9", at=SOON)
        assert written.people.server_keys(purpose="token") == (new, replace(old, retired_at=SOON))
        assert len(written.people.server_keys()) == 3


def test_a_role_is_made_changed_and_forgotten(records: SqlRecords) -> None:
    role = Role("deployer", frozenset({Verb.PULL, Verb.PROMOTE}), "moves things")
    with records.write() as written:
        written.people.save_role(Role("aside", frozenset({Verb.PULL})))
        written.people.save_role(replace(role, verbs=frozenset({Verb.PULL})))
        written.people.save_role(role)
        assert [each.name for each in written.people.roles()] == ["aside", "deployer"]
        assert written.people.roles()[1] == role
        assert written.people.remove_role("aside")
        assert not written.people.remove_role("aside")


def test_the_stamp_of_rights_changes_with_every_change_of_them_and_no_other(
    records: SqlRecords,
) -> None:
    binding = RoleBinding("group:dev", "publisher", "team/**")
    role = Role("deployer", frozenset({Verb.PULL}))
    seen = [""]

    def changed(step: Callable[[PeopleRecords], object]) -> bool:
        with records.write() as written:
            step(written.people)
        with records.read() as kept:
            seen.append(kept.people.rights_stamp())
        return seen[-1] != seen[-2]

    assert changed(lambda people: people.bind(binding))
    assert changed(lambda people: people.unbind(binding))
    assert changed(lambda people: people.save_role(role))
    assert changed(lambda people: people.remove_role("deployer"))
    assert changed(lambda people: people.add_robot(ROBOT))
    assert changed(lambda people: people.change_robot(replace(ROBOT, grants=())))
    assert not changed(lambda people: people.robot_was_used(ROBOT.name, SOON))
    assert not changed(lambda people: people.add_user(ANN))
    assert changed(lambda people: people.delete_robot(ROBOT.name))
    assert len(set(seen)) == 8, "and never comes back"
