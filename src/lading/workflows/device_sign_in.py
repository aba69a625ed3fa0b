"""Sign a command in by a browser; the rules are those of ``access.device_grant``."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from lading.access.device_grant import (
    INTERVAL,
    LIFETIME,
    MOST_WAITING,
    WRONG_CODES,
    DeviceGrant,
    GrantState,
    described,
    parse_user_code,
    user_code,
)
from lading.access.principal import Principal, PrincipalKind
from lading.audit.entry import Event
from lading.foundation.errors import Conflict, Forbidden, LadingError, NotFound, OverLimit
from lading.foundation.instants import rfc3339
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.workflows.failed_sign_ins import count_failure, waiting_until
from lading.workflows.rights import current_principal


@dataclass(frozen=True, slots=True)
class AskingCommand:
    """A command that asks. ``secret`` is fresh, random, and given to nobody but this command."""

    secret: str
    name: str  # what it says of itself
    address: str

    def __repr__(self) -> str:
        """Never the secret."""
        return f"AskingCommand(name={self.name!r}, address={self.address!r})"


def begin_device(records: Records, asking: AskingCommand, now: datetime) -> DeviceGrant:
    """Begin (rule 1). Raises OverLimit where the address has many that wait."""
    digest = _digest(asking.secret)
    code = user_code(hashlib.sha256(b"user code" + asking.secret.encode()).digest())
    grant = DeviceGrant(digest, code, described(asking.name), asking.address, now, now + LIFETIME)
    with records.write() as kept:
        kept.device_grants.forget_expired(now=now)
        if kept.device_grants.waiting(asking.address) >= MOST_WAITING or not kept.device_grants.add(grant):
            raise OverLimit(
                "device-grants",
                f"{MOST_WAITING} commands of this address wait for somebody to sign them in",
                hint="finish those, or try again in some minutes",
                details={"limit": MOST_WAITING, "retry_after": int(LIFETIME.total_seconds())},
            )
    return grant


def find_waiting(records: Records, caller: Caller, typed: str, now: datetime) -> DeviceGrant:
    """The grant of a code that a person has typed. Raises Malformed, NotFound or OverLimit (rule 3)."""
    keys = ((f"device:{caller.principal.name}", WRONG_CODES),)
    with records.read() as kept:
        until = waiting_until(kept.people, keys, now)
    if until is not None:
        seconds = max(1, int((until - now).total_seconds()))
        hint = f"try again in {seconds} seconds"
        raise OverLimit("device-wait", "too many codes were wrong", hint=hint, details={"limit": 5})
    code = parse_user_code(typed)
    with records.read() as kept:
        grant = kept.device_grants.by_code(code)
    if grant is None or grant.expires_at <= now or grant.state is not GrantState.WAITING:
        with records.write() as kept:
            count_failure(kept.people, keys, now)
        raise NotFound(
            "user-code-unknown", "no command waits for this code", hint="codes are good for ten minutes"
        )
    return grant


def answer_device(records: Records, caller: Caller, typed: str, now: datetime, *, granted: bool) -> None:
    """Say yes or no (rule 2). Raises as ``find_waiting`` does, and Forbidden for who is no person."""
    if caller.principal.kind is not PrincipalKind.PERSON:
        raise Forbidden("not-a-person", "only people sign commands in")
    grant = find_waiting(records, caller, typed, now)
    state = GrantState.GRANTED if granted else GrantState.DENIED
    with records.write() as kept:
        grant = kept.device_grants.by_digest(grant.digest) or grant
        if grant.state is not GrantState.WAITING:
            raise Conflict("device-answered", "somebody else was quicker with this code", hint="begin again")
        kept.device_grants.change(replace(grant, state=state, person=caller.principal.name))
        action = "device.grant" if granted else "device.deny"
        details = {"asking": grant.asking, "address": grant.address}
        kept.audit.append(caller.did(action, str(caller.principal), now, **details))


def redeem_device(records: Records, secret: str, now: datetime, *, request_id: str = "") -> Principal:
    """Give who granted it, once (rule 4).

    Raises Conflict ``authorization-pending``, OverLimit ``slow-down``, Forbidden ``access-denied`` or
    NotFound ``expired-token``: the words of RFC 8628, 3.5.
    """
    with records.write() as kept:
        grant = kept.device_grants.by_digest(_digest(secret))
        if grant is None or grant.expires_at <= now:
            raise NotFound("expired-token", "nobody signed this command in", hint="begin again")
        refusal = _not_yet(kept, grant, now)
        if refusal is None:
            kept.device_grants.remove(grant.digest)
            named = Principal(PrincipalKind.PERSON, grant.person)
            principal = current_principal(kept.people, named, now)
            if grant.state is GrantState.DENIED or principal is None:
                refusal = Forbidden("access-denied", "whoever was asked said no")
            else:
                kept.audit.append(_signed_in(grant, principal, now, request_id))
                return principal
    raise refusal


def _not_yet(kept: RecordSet, grant: DeviceGrant, now: datetime) -> LadingError | None:
    """Remember that the command asked; say why it has to ask again, None where there is an answer."""
    hasty = grant.asked_at is not None and now - grant.asked_at < INTERVAL
    kept.device_grants.change(replace(grant, asked_at=now))
    if hasty:
        seconds = 2 * int(INTERVAL.total_seconds())
        return OverLimit("slow-down", "asked too often", details={"limit": 1, "retry_after": seconds})
    if grant.state is GrantState.WAITING:
        return Conflict("authorization-pending", "nobody has said yes or no yet")
    return None


def _signed_in(grant: DeviceGrant, principal: Principal, now: datetime, request_id: str) -> Event:
    details = {"address": grant.address, "asking": grant.asking}
    return Event(rfc3339(now), str(principal), "sign-in.succeed", "device", "done", details, request_id)


def _digest(secret: str) -> str:
    """The secret has 256 random bits, so a plain digest of it cannot be guessed back."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
