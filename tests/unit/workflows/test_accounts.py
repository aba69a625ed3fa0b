from datetime import timedelta

import pytest

from lading.access.bindings import NO_BINDINGS
from lading.access.ownership import Owned, Unowned
from lading.access.principal import ANONYMOUS, Principal, PrincipalKind
from lading.access.token_claims import RefusedToken, TokenRefusal, ValidToken
from lading.access.token_scopes import parse_scopes
from lading.adapters.private_key_file import new_p256_pem
from lading.adapters.tokens_jwt import JwtTokens
from lading.foundation.errors import Conflict, Forbidden, LadingError, Malformed, NotFound, Unauthenticated
from lading.ports.records.people import Ownership as OwnedPattern
from lading.ports.records.people import RobotGrant, RoleBinding, Team
from lading.registry.caller import BoundRights, Caller, TokenRights
from lading.workflows.browser_sessions import LIFETIME, close_session, find_session, open_session
from lading.workflows.first_admin import make_first_admin
from lading.workflows.registry_tokens import issue_registry_token, verify_registry_token
from lading.workflows.rights import find_owner, load_bindings
from lading.workflows.robot_accounts import (
    NewRobot,
    create_robot,
    delete_robot,
    disable_robot,
    rotate_robot_secret,
)
from lading.workflows.role_bindings import clear_owner, grant_role, revoke_role, save_team, set_owner
from lading.workflows.sign_in import AccountPorts, SignInAccepted, SignInAttempt, sign_in
from lading.workflows.user_accounts import (
    NewUser,
    UserChange,
    change_own_password,
    change_user,
    create_user,
    reset_password,
)
from tests.support.accounts import account_ports, events
from tests.support.registry import NOON, ROOT

PASSWORD = "kettle ocean violin"
OTHER_PASSWORD = "ladder prune magnet"
SECRET, OTHER_SECRET = "s" * 43, "t" * 43
TOKEN = "c" * 43
GRANT = RobotGrant("team/**", ("pull", "push"))
TOKENS = JwtTokens("lading", [new_p256_pem()])


@pytest.fixture
def ports() -> AccountPorts:
    made = account_ports()
    assert make_first_admin(made, PASSWORD, NOON)
    create_user(made, ROOT, NewUser("ann", PASSWORD, groups=("payments",)), NOON)
    create_robot(made, ROOT, NewRobot("ci", SECRET, (GRANT,)), NOON)
    return made


def signs_in(ports: AccountPorts, name: str, password: str) -> bool:
    outcome = sign_in(ports, SignInAttempt(name, password, "192.0.2.7", "test"), NOON)
    return isinstance(outcome, SignInAccepted)


def person(name: str, ports: AccountPorts) -> Caller:
    return Caller(Principal(PrincipalKind.PERSON, name), BoundRights(load_bindings(ports.records)))


def code(error: pytest.ExceptionInfo[LadingError]) -> str:
    return error.value.code


# The first administrator


def test_the_first_start_makes_one_administrator_who_must_choose_a_password() -> None:
    ports = account_ports()
    assert make_first_admin(ports, PASSWORD, NOON)
    outcome = sign_in(ports, SignInAttempt("admin", PASSWORD, "192.0.2.7", "test"), NOON)
    assert isinstance(outcome, SignInAccepted)
    assert (outcome.principal.admin, outcome.must_change) == (True, True)
    assert [event.action for event in events(ports)] == ["person.create", "sign-in.succeed"]


def test_a_later_start_makes_nobody(ports: AccountPorts) -> None:
    assert not make_first_admin(ports, OTHER_PASSWORD, NOON)
    assert not signs_in(ports, "admin", OTHER_PASSWORD)


# Users


def test_only_administrators_make_users(ports: AccountPorts) -> None:
    for caller in (person("ann", ports), Caller(ROOT.principal, TokenRights(()))):
        with pytest.raises(Forbidden):
            create_user(ports, caller, NewUser("eve", PASSWORD), NOON)
    with pytest.raises(Unauthenticated):
        create_user(ports, Caller(ANONYMOUS, BoundRights(NO_BINDINGS)), NewUser("eve", PASSWORD), NOON)


def test_a_user_is_made_once_with_a_good_name_and_password(ports: AccountPorts) -> None:
    for new in (NewUser("ann", PASSWORD), NewUser("Eve", PASSWORD), NewUser("eve", "short")):
        with pytest.raises(Conflict if new.name == "ann" else Malformed):
            create_user(ports, ROOT, new, NOON)
    assert PASSWORD not in repr(NewUser("eve", PASSWORD))


def test_a_refused_change_leaves_no_audit_entry(ports: AccountPorts) -> None:
    before = len(events(ports))
    with pytest.raises(Conflict):
        create_user(ports, ROOT, NewUser("ann", PASSWORD), NOON)
    with pytest.raises(NotFound):
        change_user(ports.records, ROOT, "nobody", UserChange(admin=True), NOON)
    assert len(events(ports)) == before


def test_disabling_a_person_ends_sessions_tokens_and_sign_in(ports: AccountPorts) -> None:
    ann = Principal(PrincipalKind.PERSON, "ann")
    open_session(ports.records, ann, TOKEN, NOON)
    token = issue_registry_token(TOKENS, ann, (), NO_BINDINGS, NOON, audience="r", token_id="t").token
    assert find_session(ports.records, TOKEN, NOON) is not None
    assert isinstance(verify_registry_token(ports.records, TOKENS, token, NOON, audience="r"), ValidToken)
    change_user(ports.records, ROOT, "ann", UserChange(disabled=True), NOON)
    assert find_session(ports.records, TOKEN, NOON) is None
    verdict = verify_registry_token(ports.records, TOKENS, token, NOON, audience="r")
    assert isinstance(verdict, RefusedToken)
    assert verdict.refusal is TokenRefusal.DISABLED
    assert not signs_in(ports, "ann", PASSWORD)
    change_user(ports.records, ROOT, "ann", UserChange(disabled=False), NOON)
    assert signs_in(ports, "ann", PASSWORD)


def test_further_accounts_of_one_human_are_told_of_their_first_one(ports: AccountPorts) -> None:
    create_user(ports, ROOT, NewUser("ann-admin", PASSWORD), NOON)
    changed = change_user(ports.records, ROOT, "ann-admin", UserChange(person="ann"), NOON)
    assert changed.person == "ann"
    assert events(ports, "person.change")[-1].details["person"] == "ann"
    kept = change_user(ports.records, ROOT, "ann-admin", UserChange(groups=("ops",)), NOON)
    assert (kept.person, kept.groups) == ("ann", ("ops",))
    assert change_user(ports.records, ROOT, "ann-admin", UserChange(person=""), NOON).person == ""


@pytest.mark.parametrize(
    ("name", "person"), [("ann", "ann"), ("ann", "admin"), ("admin", "ann-admin"), ("ann", "ann-admin")]
)
def test_further_accounts_make_no_chains_and_no_rings(ports: AccountPorts, name: str, person: str) -> None:
    create_user(ports, ROOT, NewUser("ann-admin", PASSWORD), NOON)
    change_user(ports.records, ROOT, "ann-admin", UserChange(person="ann"), NOON)
    with pytest.raises(Conflict) as caught:
        change_user(ports.records, ROOT, name, UserChange(person=person), NOON)
    assert code(caught) == "person-chained"


def test_a_first_account_exists_and_only_administrators_say_so(ports: AccountPorts) -> None:
    with pytest.raises(NotFound):
        change_user(ports.records, ROOT, "ann", UserChange(person="nobody"), NOON)
    ann = Caller(Principal(PrincipalKind.PERSON, "ann"), BoundRights(NO_BINDINGS))
    with pytest.raises(Forbidden):
        change_user(ports.records, ann, "ann", UserChange(person=""), NOON)


def test_the_last_administrator_stays(ports: AccountPorts) -> None:
    for change in (UserChange(admin=False), UserChange(disabled=True)):
        with pytest.raises(Conflict) as caught:
            change_user(ports.records, ROOT, "admin", change, NOON)
        assert code(caught) == "last-administrator"
    change_user(ports.records, ROOT, "ann", UserChange(admin=True), NOON)
    change_user(ports.records, ROOT, "admin", UserChange(admin=False), NOON)
    assert person_is_admin(ports, "ann")
    assert not person_is_admin(ports, "admin")


def person_is_admin(ports: AccountPorts, name: str) -> bool:
    with ports.records.read() as kept:
        user = kept.people.user(name)
    return user is not None and user.admin


def test_a_change_of_groups_works_on_the_next_request_of_an_open_session(ports: AccountPorts) -> None:
    open_session(ports.records, Principal(PrincipalKind.PERSON, "ann", groups=("payments",)), TOKEN, NOON)
    change_user(ports.records, ROOT, "ann", UserChange(groups=("cards",), admin=True), NOON)
    session = find_session(ports.records, TOKEN, NOON)
    assert session is not None
    assert session.principal == Principal(PrincipalKind.PERSON, "ann", admin=True, groups=("cards",))


def test_ones_own_password_is_changed_with_the_old_one_and_ends_all_sessions(ports: AccountPorts) -> None:
    open_session(ports.records, Principal(PrincipalKind.PERSON, "ann"), TOKEN, NOON)
    attempt = SignInAttempt("ann", PASSWORD, "192.0.2.7", "password-change")
    change_own_password(ports, person("ann", ports), attempt, OTHER_PASSWORD, NOON)
    assert find_session(ports.records, TOKEN, NOON) is None
    assert not signs_in(ports, "ann", PASSWORD)
    outcome = sign_in(ports, SignInAttempt("ann", OTHER_PASSWORD, "192.0.2.7", "test"), NOON)
    assert isinstance(outcome, SignInAccepted)
    assert not outcome.must_change
    assert "password.change" in {event.action for event in events(ports)}


def test_a_password_is_not_changed_without_the_old_one_or_for_somebody_else(ports: AccountPorts) -> None:
    wrong = SignInAttempt("ann", "wrong", "192.0.2.7", "password-change")
    with pytest.raises(Unauthenticated):
        change_own_password(ports, person("ann", ports), wrong, OTHER_PASSWORD, NOON)
    admins = SignInAttempt("admin", PASSWORD, "192.0.2.7", "password-change")
    with pytest.raises(Conflict):
        change_own_password(ports, person("ann", ports), admins, OTHER_PASSWORD, NOON)
    with pytest.raises(Malformed):
        change_own_password(ports, person("ann", ports), wrong, "short", NOON)
    assert signs_in(ports, "ann", PASSWORD)


def test_an_administrator_resets_a_password_that_must_then_be_changed(ports: AccountPorts) -> None:
    reset_password(ports, ROOT, "ann", OTHER_PASSWORD, NOON)
    assert signs_in(ports, "ann", OTHER_PASSWORD)
    with pytest.raises(Forbidden):
        reset_password(ports, person("ann", ports), "admin", OTHER_PASSWORD, NOON)
    with pytest.raises(NotFound):
        reset_password(ports, ROOT, "nobody", OTHER_PASSWORD, NOON)


# Robots


def test_a_robot_may_do_what_it_was_granted_and_no_more(ports: AccountPorts) -> None:
    ci = Principal(PrincipalKind.ROBOT, "ci")
    wish = parse_scopes(["repository:team/app:pull,push,delete", "repository:other/app:pull"])
    bindings = load_bindings(ports.records)
    issued = issue_registry_token(TOKENS, ci, wish, bindings, NOON, audience="r", token_id="t")
    assert [str(scope) for scope in issued.scopes] == ["repository:team/app:pull,push"]
    verdict = verify_registry_token(ports.records, TOKENS, issued.token, NOON, audience="r")
    assert isinstance(verdict, ValidToken)
    assert (verdict.claims.principal, verdict.claims.scopes) == (ci, issued.scopes)
    assert issued.expires_in == 300


def test_a_rotated_secret_replaces_the_old_one(ports: AccountPorts) -> None:
    rotate_robot_secret(ports, ROOT, "ci", OTHER_SECRET, NOON)
    assert not signs_in(ports, "robot$ci", SECRET)
    assert signs_in(ports, "robot$ci", OTHER_SECRET)


def test_a_robot_rotates_itself_and_those_that_name_it_and_nobody_else(ports: AccountPorts) -> None:
    later = NOON + timedelta(hours=1)
    for name, rotator in (("deploy", "vault"), ("vault", ""), ("other", "")):
        create_robot(ports, ROOT, NewRobot(name, SECRET, (GRANT,), rotator=rotator), NOON)
    vault = Caller(Principal(PrincipalKind.ROBOT, "vault"), BoundRights(NO_BINDINGS))
    for name in ("deploy", "vault"):
        rotate_robot_secret(ports, vault, name, OTHER_SECRET, later)
        assert signs_in(ports, f"robot${name}", OTHER_SECRET)
    with ports.records.read() as kept:
        rotated = kept.people.robot("deploy")
        assert rotated is not None
        assert (rotated.secret_at, rotated.created_at, rotated.grants) == (later, NOON, (GRANT,))
    with_token = Caller(Principal(PrincipalKind.ROBOT, "vault"), TokenRights(()))
    person = Caller(Principal(PrincipalKind.PERSON, "vault"), BoundRights(NO_BINDINGS))
    for caller, name in ((vault, "other"), (vault, "none"), (with_token, "deploy"), (person, "deploy")):
        with pytest.raises(Forbidden):
            rotate_robot_secret(ports, caller, name, SECRET, later)
    assert signs_in(ports, "robot$other", SECRET)


def test_a_disabled_or_deleted_robots_tokens_end_with_it(ports: AccountPorts) -> None:
    ci = Principal(PrincipalKind.ROBOT, "ci")
    token = issue_registry_token(TOKENS, ci, (), NO_BINDINGS, NOON, audience="r", token_id="t").token
    disable_robot(ports.records, ROOT, "ci", NOON)
    assert isinstance(verify_registry_token(ports.records, TOKENS, token, NOON, audience="r"), RefusedToken)
    disable_robot(ports.records, ROOT, "ci", NOON, disabled=False)
    assert isinstance(verify_registry_token(ports.records, TOKENS, token, NOON, audience="r"), ValidToken)
    delete_robot(ports.records, ROOT, "ci", NOON)
    assert isinstance(verify_registry_token(ports.records, TOKENS, token, NOON, audience="r"), RefusedToken)
    assert [event.action for event in events(ports, "robot")] == [
        "robot.create", "robot.disable", "robot.enable", "robot.delete",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "robot",
    [
        NewRobot("robot$x", SECRET, (GRANT,)),
        NewRobot("x", SECRET, (RobotGrant("A", ("pull",)),)),
        NewRobot("x", SECRET, (RobotGrant("**", ("fly",)),)),
        NewRobot("x", SECRET, (RobotGrant("**", ("administer",)),)),
        NewRobot("x", SECRET, (RobotGrant("team/**", ("read-audit",)),)),
        NewRobot("x", SECRET, (GRANT,), expires_at=NOON),
    ],
)
def test_a_robot_that_makes_no_sense_is_refused(ports: AccountPorts, robot: NewRobot) -> None:
    with pytest.raises(Malformed):
        create_robot(ports, ROOT, robot, NOON)


def test_a_robot_never_gets_a_guessable_secret(ports: AccountPorts) -> None:
    with pytest.raises(ValueError, match="random"):
        create_robot(ports, ROOT, NewRobot("x", "secret", ()), NOON)
    assert SECRET not in repr(NewRobot("x", SECRET, ()))


def test_unknown_robots_are_said_to_be_unknown(ports: AccountPorts) -> None:
    with pytest.raises(NotFound):
        rotate_robot_secret(ports, ROOT, "x", SECRET, NOON)
    with pytest.raises(NotFound):
        disable_robot(ports.records, ROOT, "x", NOON)
    with pytest.raises(NotFound):
        delete_robot(ports.records, ROOT, "x", NOON)


# Roles


def test_a_granted_role_counts_on_the_next_request_and_a_revoked_one_no_more(ports: AccountPorts) -> None:
    binding = RoleBinding("group:payments", "publisher", "payments/**")
    grant_role(ports.records, ROOT, binding, NOON)
    ann = Principal(PrincipalKind.PERSON, "ann", groups=("payments",))
    wish = parse_scopes(["repository:payments/api:push"])

    def granted() -> int:
        bindings = load_bindings(ports.records)
        return len(issue_registry_token(TOKENS, ann, wish, bindings, NOON, audience="r", token_id="t").scopes)

    assert granted() == 1
    revoke_role(ports.records, ROOT, binding, NOON)
    assert granted() == 0
    with pytest.raises(NotFound):
        revoke_role(ports.records, ROOT, binding, NOON)


def test_a_role_with_the_right_to_administer_can_be_given_by_nobody_but_an_administrator(
    ports: AccountPorts,
) -> None:
    binding = RoleBinding("person:ann", "maintainer", "**")
    with pytest.raises(Forbidden):
        grant_role(ports.records, person("ann", ports), binding, NOON)


@pytest.mark.parametrize(
    "binding",
    [
        RoleBinding("ann", "reader", "**"),
        RoleBinding("person:", "reader", "**"),
        RoleBinding("everyone:x", "reader", "**"),
        RoleBinding("person:ann", "emperor", "**"),
        RoleBinding("person:ann", "reader", "A"),
        RoleBinding("person:ann", "agent", "team/**"),
    ],
)
def test_a_binding_that_would_mean_nothing_is_refused(ports: AccountPorts, binding: RoleBinding) -> None:
    with pytest.raises(Malformed):
        grant_role(ports.records, ROOT, binding, NOON)


def test_stored_bindings_that_cannot_be_read_grant_nothing(ports: AccountPorts) -> None:
    with ports.records.write() as kept:
        kept.people.bind(RoleBinding("person:ann", "emperor", "**"))
        kept.people.bind(RoleBinding("ann", "reader", "**"))
    assert [str(binding.subject) for binding in load_bindings(ports.records).all] == ["robot:ci"]


def test_anonymous_pull_is_a_setting_that_lets_everyone_pull(ports: AccountPorts) -> None:
    wish = parse_scopes(["repository:team/app:pull,push"])
    for allowed, expected in ((False, []), (True, ["repository:team/app:pull"])):
        bindings = load_bindings(ports.records, anonymous_pull=allowed)
        issued = issue_registry_token(TOKENS, ANONYMOUS, wish, bindings, NOON, audience="r", token_id="t")
        assert [str(scope) for scope in issued.scopes] == expected
        verdict = verify_registry_token(ports.records, TOKENS, issued.token, NOON, audience="r")
        assert isinstance(verdict, ValidToken)


# Owners


def test_owners_are_found_by_pattern_and_taken_back(ports: AccountPorts) -> None:
    save_team(ports.records, ROOT, Team("payments", "#payments", "+44 20 7946 0000"), NOON)
    set_owner(ports.records, ROOT, OwnedPattern("payments/**", "payments"), NOON)
    found = find_owner(ports.records, "payments/api")
    assert isinstance(found, Owned)
    assert (found.team.name, found.team.on_call) == ("payments", "+44 20 7946 0000")
    clear_owner(ports.records, ROOT, "payments/**", NOON)
    assert find_owner(ports.records, "payments/api") == Unowned("payments/api")
    with pytest.raises(NotFound):
        clear_owner(ports.records, ROOT, "payments/**", NOON)


def test_a_team_named_for_just_one_repository_comes_before_every_pattern(ports: AccountPorts) -> None:
    for team in ("payments", "cards"):
        save_team(ports.records, ROOT, Team(team), NOON)
    set_owner(ports.records, ROOT, OwnedPattern("payments/api", "payments"), NOON)
    with ports.records.write() as kept:
        kept.registry.ensure_repository("payments/api", at=NOON, by="x")
        kept.registry.set_repository_owner("payments/api", "cards")
    found = find_owner(ports.records, "payments/api")
    assert isinstance(found, Owned)
    assert found.team.name == "cards"


def test_a_team_without_a_name_is_refused(ports: AccountPorts) -> None:
    with pytest.raises(Malformed):
        save_team(ports.records, ROOT, Team(" "), NOON)


# Sessions


def test_a_session_ends_by_itself_and_by_signing_out(ports: AccountPorts) -> None:
    ann = Principal(PrincipalKind.PERSON, "ann", groups=("payments",))
    assert open_session(ports.records, ann, TOKEN, NOON) == NOON + LIFETIME
    session = find_session(ports.records, TOKEN, NOON + LIFETIME - timedelta(seconds=1))
    assert session is not None
    assert (session.principal, session.must_change) == (ann, True)
    assert find_session(ports.records, TOKEN, NOON + LIFETIME) is None
    close_session(ports.records, TOKEN, NOON)
    close_session(ports.records, TOKEN, NOON)
    assert find_session(ports.records, TOKEN, NOON) is None
    assert [event.action for event in events(ports, "sign-out")] == ["sign-out.succeed"]


def test_records_hold_no_token_of_a_session(ports: AccountPorts) -> None:
    open_session(ports.records, Principal(PrincipalKind.PERSON, "ann"), TOKEN, NOON)
    with ports.records.read() as kept:
        assert kept.people.session(TOKEN, now=NOON) is None


def test_a_token_that_could_be_guessed_opens_no_session(ports: AccountPorts) -> None:
    with pytest.raises(ValueError, match="random"):
        open_session(ports.records, Principal(PrincipalKind.PERSON, "ann"), "short", NOON)


def test_a_cookie_of_strange_characters_is_nobodys(ports: AccountPorts) -> None:
    assert find_session(ports.records, "\ud800" * 50, NOON) is None
