"""Second factors: set up, show, take away; the rules of codes are those of ``access.second_factor``.

1. A factor counts from the first code that it has shown: who fails to set one up is not locked out by it.
2. Codes are taken in the transaction that remembers them, so that one is not taken twice by two servers.
3. Wrong codes are counted by the person. Only who knows the password can make them wait.
4. Setting up, replacing and removing ends every other session of the person; an administrator may remove
   somebody's, for who has lost everything, and nobody's but through that is it told what the secret is.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from lading.access.principal import PrincipalKind
from lading.access.second_factor import (
    WRONG_CODES,
    FactorRule,
    SecondFactor,
    digests_of,
    take_code,
    take_recovery,
)
from lading.access.verbs import Verb
from lading.foundation.errors import Conflict, Forbidden, LadingError, NotFound, OverLimit
from lading.ports.records.people import User
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.secret_box import SecretBox
from lading.registry.caller import Caller
from lading.workflows.failed_sign_ins import count_failure, waiting_until
from lading.workflows.rights import require_on_installation


@dataclass(frozen=True, slots=True)
class FactorPorts:
    """What second factors need: where their secrets are sealed, and who must have one."""

    box: SecretBox | None = None
    rule: FactorRule = FactorRule.NOBODY

    def seal(self, person: str, secret: bytes) -> str:
        """Seal the secret of a person."""
        return self._box.seal(secret.hex(), purpose=_purpose(person))

    def open(self, factor: SecondFactor) -> bytes:
        """The secret of a factor; raises Upstream ``secret-unreadable``."""
        return bytes.fromhex(self._box.open(factor.sealed, purpose=_purpose(factor.person)))

    @property
    def _box(self) -> SecretBox:
        if self.box is None:
            raise Conflict("factors-off", "this server keeps no second factors")
        return self.box


@dataclass(frozen=True, slots=True)
class NewFactor:
    """A first code of a new factor, and fresh recovery codes, which are shown once."""

    code: str
    recovery: tuple[str, ...]

    def __repr__(self) -> str:
        """Never the codes."""
        return "NewFactor()"


def begin_factor(records: Records, ports: FactorPorts, caller: Caller, secret: bytes, now: datetime) -> bytes:
    """The secret to put into an authenticator: a fresh one, or the one that was shown and not confirmed."""
    person = _person(caller)
    with records.write() as kept:
        found = kept.second_factors.of_person(person)
        if found is not None and found.confirmed:
            raise Conflict("factor-exists", "you have a second factor", hint="remove it first")
        if found is not None:
            return ports.open(found)
        kept.second_factors.save(SecondFactor(person, ports.seal(person, secret), now))
    return secret


def confirm_factor(
    records: Records, ports: FactorPorts, caller: Caller, shown: NewFactor, now: datetime
) -> None:
    """Let the factor count from now, if its code is right."""
    person = _person(caller)
    with records.write() as kept:
        found = kept.second_factors.of_person(person)
        if found is None or found.confirmed:
            raise NotFound("factor-unknown", "no second factor waits to be confirmed", hint="begin again")
        taken = take_code(found, ports.open(found), shown.code, now)
        if taken is not None:
            kept.second_factors.save(replace(taken, confirmed=True, recovery=digests_of(shown.recovery)))
            kept.people.close_sessions_of(caller.principal)
            kept.audit.append(caller.did("factor.add", f"person:{person}", now))
            return
    raise Forbidden(
        "factor-code-wrong", "this is not the code of now", hint="is the clock of the authenticator right?"
    )


def remove_own_factor(
    records: Records, ports: FactorPorts, caller: Caller, typed: str, now: datetime
) -> None:
    """Take one's own factor away, by one of its codes. Raises Forbidden or OverLimit."""
    person = _person(caller)
    with records.write() as kept:
        refusal = take_factor_code(kept, ports, person, typed, now)
        if refusal is None:
            kept.second_factors.remove(person)
            kept.people.close_sessions_of(caller.principal)
            kept.audit.append(caller.did("factor.remove", f"person:{person}", now))
            return
    raise refusal


def remove_factor_of(records: Records, caller: Caller, person: str, now: datetime) -> None:
    """Take somebody's factor away, for who has lost it. Raises NotFound ``factor-unknown``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        if not kept.second_factors.remove(person):
            raise NotFound("factor-unknown", f"{person} has no second factor")
        kept.audit.append(caller.did("factor.reset", f"person:{person}", now))


def take_factor_code(
    kept: RecordSet, ports: FactorPorts, person: str, typed: str, now: datetime
) -> LadingError | None:
    """Take a code or recovery code (rule 2); None where it was good. Counts one that was not (rule 3)."""
    keys = ((f"factor:{person}", WRONG_CODES),)
    until = waiting_until(kept.people, keys, now)
    if until is not None:
        seconds = max(1, int((until - now).total_seconds()))
        hint, details = f"try again in {seconds} seconds", {"retry_after": seconds}
        return OverLimit("factor-wait", "too many codes were wrong", hint=hint, details=details)
    factor = kept.second_factors.of_person(person)
    taken = None
    if factor is not None and factor.confirmed:
        taken = take_code(factor, ports.open(factor), typed, now) or take_recovery(factor, typed)
    if taken is None:
        count_failure(kept.people, keys, now)
        return Forbidden("factor-code-wrong", "this code is not good", hint="each code is good once")
    kept.people.clear_failures(keys[0][0])
    kept.second_factors.save(taken)
    return None


def has_factor(kept: RecordSet, person: str) -> bool:
    """Whether a person has a factor that counts."""
    factor = kept.second_factors.of_person(person)
    return factor is not None and factor.confirmed


def misses_factor(kept: RecordSet, ports: FactorPorts, user: User, password_directories: set[str]) -> bool:
    """Whether somebody must have a factor and has none."""
    return must_have_factor(ports, user, password_directories) and not has_factor(kept, user.name)


def must_have_factor(ports: FactorPorts, user: User, password_directories: set[str]) -> bool:
    """Whether somebody must have a factor. Who comes by an OpenID provider is asked for it there."""
    by_password = not user.directory or user.directory in password_directories
    return by_password and ports.rule.demands(admin=user.admin)


def _person(caller: Caller) -> str:
    if caller.principal.kind is not PrincipalKind.PERSON:
        raise Forbidden("not-a-person", "only people have a second factor")
    return caller.principal.name


def _purpose(person: str) -> str:
    return f"second factor of {person}"
