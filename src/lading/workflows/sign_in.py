"""Sign in with a name and a password; robots with ``robot$name`` and their secret.

1. While a wait is on for the name or the address, the attempt is refused unread: nothing is compared, counted
   or written, so that flooding costs little.
2. The password is compared; for a name that does not exist with the same work, so that the time of the answer
   does not tell. Comparing is slow on purpose and happens outside of any transaction. Somebody whom a
   directory signs in is asked for there, and a name that is not known here in each of them, in their order; a
   local account is never asked for anywhere else. A directory that is away is nobody's failure: it raises
   Upstream, and nothing is counted.
3. An account that is disabled or expired is refused like a wrong password: only the audit log knows better.
4. A failure is counted under name and address and written into the audit log, in one transaction.
5. Who has a second factor owes its code: without one, nobody is signed in yet, and the caller asks for it; a
   wrong one is counted by itself (``second_factors``).
6. A success clears the count for this name from this address, and is written into the audit log; a password
   that was stored with weaker parameters than today's is stored anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from lading.access.account_rules import ROBOT_PREFIX, is_account_name
from lading.access.directory import DirectoryPerson, NotAPerson
from lading.access.lockout import failure_keys
from lading.access.principal import Principal, PrincipalKind
from lading.audit.entry import Event
from lading.foundation.errors import LadingError, OverLimit, Unauthenticated
from lading.foundation.instants import rfc3339
from lading.ports.password_directory import NotThere, PasswordAnswer, PasswordDirectory, WrongPassword
from lading.ports.passwords import Passwords
from lading.ports.records.people import PeopleRecords, RobotAccount, User
from lading.ports.records.record_set import Records, RecordSet
from lading.workflows.directory_accounts import take_up_account
from lading.workflows.failed_sign_ins import count_failure, waiting_until
from lading.workflows.rights import is_active
from lading.workflows.second_factors import FactorPorts, has_factor, misses_factor, take_factor_code


@dataclass(frozen=True, slots=True)
class AccountPorts:
    """What checking and keeping passwords needs."""

    records: Records
    passwords: Passwords
    directories: tuple[PasswordDirectory, ...] = ()
    factors: FactorPorts = field(default_factory=FactorPorts)


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """What somebody typed, where it came from, and what for ("console", "registry": for the audit log)."""

    name: str
    password: str
    address: str
    purpose: str
    request_id: str = ""
    code: str = ""  # of the second factor

    def __repr__(self) -> str:
        """Never the password."""
        return f"SignInAttempt(name={self.name!r}, address={self.address!r}, purpose={self.purpose!r})"


class RefusalReason(StrEnum):
    """Why nobody was signed in. For the audit log; who asked is told only whether to wait."""

    WAITING = "waiting"
    UNKNOWN = "unknown-name"
    PASSWORD = "wrong-password"  # noqa: S105 -- a reason, no password
    TOKEN = "wrong-token"  # noqa: S105 -- a reason, no token
    DISABLED = "disabled"
    EXPIRED = "expired"
    FACTOR = "second-factor"
    DIRECTORY = "directory"  # what came from the directory was not believed, or opens no account


@dataclass(frozen=True, slots=True)
class SignInAccepted:
    """Who it is. ``must_change``: the password was given to them, not chosen by them.

    ``factor_due``: the password was right, and nobody is signed in before the second factor was. With
    ``factor_missing`` they must have one and do not: they may do nothing but set it up.
    """

    principal: Principal
    must_change: bool = False
    factor_due: bool = False
    factor_missing: bool = False


@dataclass(frozen=True, slots=True)
class SignInRefusal:
    """Not signed in; nothing is tried before ``wait_until``, None where trying again now is fine."""

    reason: RefusalReason
    wait_until: datetime | None = None

    def to_error(self, now: datetime) -> LadingError:
        """The error to answer with: the same for every reason but waiting."""
        if self.wait_until is not None and self.reason is RefusalReason.WAITING:
            seconds = max(1, int((self.wait_until - now).total_seconds()))
            return OverLimit(
                "sign-in-wait",
                "too many sign-ins have failed",
                hint=f"try again in {seconds} seconds",
                details={"retry_after": seconds},
            )
        if self.reason is RefusalReason.FACTOR:
            return Unauthenticated("second-factor-wrong", "this code is not good", hint="take the next one")
        return Unauthenticated("sign-in-failed", "the name or the password is wrong")


SignInOutcome: TypeAlias = SignInAccepted | SignInRefusal


def sign_in(ports: AccountPorts, attempt: SignInAttempt, now: datetime) -> SignInOutcome:
    """Check a name and a password, by the numbered steps above."""
    with ports.records.read() as kept:
        # Step 1.
        until = waiting_until(kept.people, failure_keys(attempt.name, attempt.address), now)
        if until is not None:
            return SignInRefusal(RefusalReason.WAITING, until)
        account = _account(kept.people, attempt.name)
    # Step 2.
    check = ports.passwords.verify(attempt.password, _stored(account))
    if _is_elsewhere(account, attempt.name):
        return _by_directory(ports, attempt, account, now)
    # Step 3.
    reason = _refusal(account, matches=check.matches, now=now)
    if reason is not None or account is None:
        # Step 4.
        with ports.records.write() as kept:
            return _fail(kept, attempt, reason or RefusalReason.UNKNOWN, now)
    # Step 5.
    fresh = ports.passwords.encode(attempt.password) if check.outdated else None
    with ports.records.write() as kept:
        return _succeed(ports, kept, attempt, account, now, fresh=fresh)


def sign_in_or_raise(ports: AccountPorts, attempt: SignInAttempt, now: datetime) -> Principal:
    """Check a name and a password; raise Unauthenticated ``sign-in-failed`` or OverLimit ``sign-in-wait``."""
    outcome = sign_in(ports, attempt, now)
    if isinstance(outcome, SignInRefusal):
        raise outcome.to_error(now)
    if outcome.factor_due:
        raise Unauthenticated(
            "second-factor-required",
            "the password is not enough",
            hint="programs take a personal token (lading tokens create); lading login asks for the code",
        )
    if outcome.factor_missing:
        raise Unauthenticated(
            "second-factor-missing",
            "this account must have a second factor, and has none",
            hint="sign in to the console and set it up",
        )
    return outcome.principal


def _account(kept: PeopleRecords, name: str) -> User | RobotAccount | None:
    if name.startswith(ROBOT_PREFIX):
        return kept.robot(name.removeprefix(ROBOT_PREFIX))
    return kept.user(name)


def _is_elsewhere(account: User | RobotAccount | None, name: str) -> bool:
    if account is None:
        return not name.startswith(ROBOT_PREFIX)
    return isinstance(account, User) and bool(account.directory)


def _by_directory(
    ports: AccountPorts, attempt: SignInAttempt, account: User | RobotAccount | None, now: datetime
) -> SignInOutcome:
    """Steps 2 to 5 for who is not a local account."""
    known = account.directory if isinstance(account, User) else ""
    answer: PasswordAnswer = NotThere()
    newcomers = False
    for directory in ports.directories:
        if known in {"", directory.name} and isinstance(answer, NotThere):
            answer = directory.check(attempt.name, attempt.password)
            newcomers = directory.newcomers
    with ports.records.write() as kept:
        if not isinstance(answer, DirectoryPerson):
            return _fail(kept, attempt, _DIRECTORY_REASONS[type(answer)], now)
        user = take_up_account(kept, answer, now, newcomers=newcomers)
        if isinstance(user, str):
            return _fail(kept, attempt, RefusalReason.DIRECTORY, now)
        return _succeed(ports, kept, attempt, user, now)


_DIRECTORY_REASONS: Mapping[type[PasswordAnswer], RefusalReason] = {
    NotThere: RefusalReason.UNKNOWN,
    WrongPassword: RefusalReason.PASSWORD,
    NotAPerson: RefusalReason.DIRECTORY,
}


def _stored(account: User | RobotAccount | None) -> str | None:
    match account:
        case None:
            return None
        case User():  # whom a directory signs in has no password here
            return account.password_hash or None
        case RobotAccount():
            return account.secret_hash


def _refusal(account: User | RobotAccount | None, *, matches: bool, now: datetime) -> RefusalReason | None:
    if account is None:
        return RefusalReason.UNKNOWN
    if not matches:
        return RefusalReason.PASSWORD
    if account.disabled:
        return RefusalReason.DISABLED
    if isinstance(account, RobotAccount) and not is_active(account, now):
        return RefusalReason.EXPIRED
    return None


def _fail(kept: RecordSet, attempt: SignInAttempt, reason: RefusalReason, now: datetime) -> SignInRefusal:
    until = count_failure(kept.people, failure_keys(attempt.name, attempt.address), now)
    details = {"reason": str(reason), "wait_until": rfc3339(until) if until else ""}
    kept.audit.append(_event(attempt, "sign-in.fail", "failed", now, details))
    return SignInRefusal(reason, until)


def _succeed(
    ports: AccountPorts,
    kept: RecordSet,
    attempt: SignInAttempt,
    account: User | RobotAccount,
    now: datetime,
    *,
    fresh: str | None = None,
) -> SignInOutcome:
    kept.people.clear_failures(failure_keys(attempt.name, attempt.address)[0][0])
    if isinstance(account, RobotAccount):
        if fresh is not None:
            kept.people.change_robot(replace(account, secret_hash=fresh))
        kept.people.robot_was_used(account.name, now)
        accepted = SignInAccepted(Principal(PrincipalKind.ROBOT, account.name))
    else:
        if fresh is not None:
            kept.people.change_user(replace(account, password_hash=fresh))
        accepted = _person(ports, kept, account)
    if accepted.factor_due and attempt.code:
        wrong = take_factor_code(kept, ports.factors, accepted.principal.name, attempt.code, now)
        if wrong is not None:
            details = {"reason": str(RefusalReason.FACTOR)}
            kept.audit.append(_event(attempt, "sign-in.fail", "failed", now, details))
            return SignInRefusal(RefusalReason.FACTOR)
        accepted = replace(accepted, factor_due=False)
    action = "sign-in.password" if accepted.factor_due else "sign-in.succeed"
    kept.audit.append(_event(attempt, action, "done", now, {}))
    return accepted


def _person(ports: AccountPorts, kept: RecordSet, user: User) -> SignInAccepted:
    directories = {directory.name for directory in ports.directories}
    return SignInAccepted(
        Principal(PrincipalKind.PERSON, user.name, user.admin, user.all_groups),
        user.must_change,
        factor_due=has_factor(kept, user.name),
        factor_missing=misses_factor(kept, ports.factors, user, directories),
    )


def _event(
    attempt: SignInAttempt, action: str, outcome: str, now: datetime, details: Mapping[str, object]
) -> Event:
    return Event(
        at=rfc3339(now),
        actor=_actor(attempt.name),
        action=action,
        subject=attempt.purpose,
        outcome=outcome,
        details={"address": attempt.address, **details},
        request_id=attempt.request_id,
    )


def _actor(name: str) -> str:
    """Who it claimed to be. What cannot be a name is not repeated: it may be a password, typed too early."""
    kind = PrincipalKind.ROBOT if name.startswith(ROBOT_PREFIX) else PrincipalKind.PERSON
    plain = name.removeprefix(ROBOT_PREFIX)
    return f"{kind}:{plain}" if is_account_name(plain) else f"{kind}:?"
