"""Personal tokens: passwords that a person makes for machines of theirs, with the rights of that person.

1. Making one needs the password or a session and never another token: whoever gets hold of a token cannot
   keep what it opens beyond its end (the routes see to it, who know what was shown).
2. A token has no rights of its own: those of the person count, as they are at each request; one for reading
   only has of them what changes nothing. Disabling the person or revoking the token ends it with the next
   one.
3. A token is 256 random bits, which nobody guesses. So a right one is let in however many wrong ones came
   before, and wrong ones never make the person or their password wait: nobody is locked out by them.
4. Wrong ones are counted under the address alone; while that waits they are refused unwritten, so that
   flooding costs little.
5. The newest use, and its line in the audit log, are written at most once a minute for each token.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lading.access.account_rules import is_account_name
from lading.access.lockout import ADDRESS
from lading.access.personal_token import (
    MOST_TOKENS,
    check_expiry,
    check_token_name,
    is_personal_token,
    token_digest,
)
from lading.access.principal import Principal, PrincipalKind
from lading.access.verbs import Verb
from lading.audit.entry import Event
from lading.foundation.errors import Conflict, Forbidden, NotFound, Unauthenticated
from lading.foundation.instants import rfc3339
from lading.ports.records.people import PeopleRecords
from lading.ports.records.personal_tokens import PersonalToken
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.failed_sign_ins import count_failure, waiting_until
from lading.workflows.rights import current_principal, may_on_installation, require_on_installation
from lading.workflows.sign_in import (
    AccountPorts,
    RefusalReason,
    SignInAttempt,
    SignInRefusal,
    sign_in_or_raise,
)

LONGEST = timedelta(days=90)  # where the settings say nothing else
_BETWEEN_WRITES = timedelta(minutes=1)
_SHOWN_AFTER_END = timedelta(days=30)  # so that its owner sees why a machine cannot sign in any more
_ID = 16  # hexadecimal digits of the digest, which give nothing of the token away


@dataclass(frozen=True, slots=True)
class NewToken:
    """What a token is to be."""

    name: str
    token: str  # as ``personal_token`` made it
    expires_at: datetime
    reading_only: bool = False

    def __repr__(self) -> str:
        """Never the token."""
        return f"NewToken(name={self.name!r}, expires_at={self.expires_at!r})"


def create_token(
    records: Records, caller: Caller, new: NewToken, now: datetime, *, longest: timedelta = LONGEST
) -> PersonalToken:
    """Make a token for the caller. Raises Malformed, Forbidden, or Conflict ``token-exists``."""
    person = caller.principal.name
    if caller.principal.kind is not PrincipalKind.PERSON:
        raise Forbidden("not-a-person", "only people have personal tokens", hint="robots have their secret")
    check_token_name(new.name)
    check_expiry(new.expires_at, now, longest)
    digest = token_digest(new.token)
    token = PersonalToken(
        digest[:_ID], digest, person, new.name, now, new.expires_at, reading_only=new.reading_only
    )
    with records.write() as kept:
        _require_own_password(kept.people, person)
        kept.personal_tokens.forget_expired(before=now - _SHOWN_AFTER_END)
        if len(kept.personal_tokens.of_person(person)) >= MOST_TOKENS:
            raise Conflict("too-many-tokens", f"{person} has {MOST_TOKENS} tokens", hint="revoke some")
        kept.personal_tokens.add(token)
        details: dict[str, object] = {"name": new.name, "expires_at": rfc3339(new.expires_at)}
        if new.reading_only:
            details["reading_only"] = True
        kept.audit.append(caller.did("token.create", f"token:{token.id}", now, **details))
    return token


def list_tokens(records: Records, caller: Caller, person: str = "") -> tuple[PersonalToken, ...]:
    """The caller's tokens, or those of another person, for who administers the installation."""
    if person and not _is_own(caller, person):
        require_on_installation(caller, Verb.ADMINISTER)
    elif caller.principal.kind is not PrincipalKind.PERSON:
        return ()
    with records.read() as kept:
        return kept.personal_tokens.of_person(person or caller.principal.name)


def revoke_token(records: Records, caller: Caller, token_id: str, now: datetime) -> None:
    """End a token: one's own, or anybody's for who administers. Raises NotFound ``token-unknown``.

    One that may not cannot tell whether there is such a token.
    """
    with records.write() as kept:
        token = kept.personal_tokens.by_id(token_id)
        if token is None or not (
            _is_own(caller, token.person) or may_on_installation(caller, Verb.ADMINISTER)
        ):
            raise NotFound("token-unknown", f"there is no token {token_id[:80]}", hint="lading tokens list")
        kept.personal_tokens.remove(token.id)
        details = {"name": token.name, "person": token.person}
        kept.audit.append(caller.did("token.revoke", f"token:{token.id}", now, **details))


def prove_or_raise(ports: AccountPorts, attempt: SignInAttempt, now: datetime) -> Principal:
    """Check a name with a password or a personal token; raise Unauthenticated or OverLimit.

    For programs. People who open a session or choose a password show their password: ``sign_in``.
    """
    if is_personal_token(attempt.password):
        return prove_token(ports.records, attempt, now)
    return sign_in_or_raise(ports, attempt, now)


def prove_token(records: Records, attempt: SignInAttempt, now: datetime) -> Principal:
    """Check a token, by the rules above. A name that is empty is that of whoever the token belongs to."""
    with records.read() as kept:
        token = kept.personal_tokens.by_digest(token_digest(attempt.password))
        person = Principal(PrincipalKind.PERSON, token.person) if token else None
        principal = current_principal(kept.people, person, now) if person else None
    reason = _refusal(token, principal, attempt.name, now)
    if reason is not None or token is None or principal is None:
        refused = _refuse(records, attempt, token, reason or RefusalReason.UNKNOWN, now)
        if refused.reason is RefusalReason.EXPIRED:  # told to nobody but who has shown the whole token
            hint = "make another one: lading tokens create"
            raise Unauthenticated("token-ended", "this personal token has ended", hint=hint)
        raise refused.to_error(now)
    if token.last_used_at is None or now - token.last_used_at >= _BETWEEN_WRITES:
        with records.write() as kept:
            kept.personal_tokens.was_used(token.id, now)
            kept.audit.append(_event(attempt, str(principal), "token.use", "done", now, token=token.id))
    return replace(principal, reading_only=token.reading_only)


def _refusal(
    token: PersonalToken | None, principal: Principal | None, name: str, now: datetime
) -> RefusalReason | None:
    if token is None or (name and name != token.person):
        return RefusalReason.TOKEN
    if principal is None:
        return RefusalReason.DISABLED
    return None if now < token.expires_at else RefusalReason.EXPIRED


def _refuse(
    records: Records,
    attempt: SignInAttempt,
    token: PersonalToken | None,
    reason: RefusalReason,
    now: datetime,
) -> SignInRefusal:
    keys = ((f"token:{attempt.address}", ADDRESS),)
    with records.read() as kept:
        until = waiting_until(kept.people, keys, now)
    if until is not None:
        return SignInRefusal(RefusalReason.WAITING, until)
    with records.write() as kept:
        count_failure(kept.people, keys, now)
        known = {"token": token.id} if token else {}
        actor = f"person:{attempt.name if is_account_name(attempt.name) else '?'}"
        event = _event(attempt, actor, "token.refuse", "failed", now, reason=str(reason), **known)
        kept.audit.append(event)
    return SignInRefusal(reason)


def _event(
    attempt: SignInAttempt, actor: str, action: str, outcome: str, now: datetime, **details: str
) -> Event:
    return Event(
        at=rfc3339(now),
        actor=actor,
        action=action,
        subject=attempt.purpose,
        outcome=outcome,
        details={"address": attempt.address, **details},
        request_id=attempt.request_id,
    )


def _is_own(caller: Caller, person: str) -> bool:
    return caller.principal.kind is PrincipalKind.PERSON and caller.principal.name == person


def _require_own_password(kept: PeopleRecords, person: str) -> None:
    """Who knows the password that was given to somebody else must not make tokens in their name."""
    user = kept.user(person)
    if user is None or user.disabled:
        raise Unauthenticated("sign-in-required", "this account may not sign in any more")
    if user.must_change:
        raise Forbidden(
            "password-given",
            "the password was given to you, so no token can be made yet",
            hint="choose your own password first, in the console under /password",
        )
