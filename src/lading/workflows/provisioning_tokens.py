"""Tokens by which identity providers say who there is.

1. A token is of one directory, which the directories file names; a directory has one, and a new one ends it.
2. It is 256 random bits, kept as SHA-256 alone: nobody guesses it, and a right one is let in however many
   wrong ones came before. Wrong ones are counted under the address, and refused unwritten while that waits.
3. The newest use is written at most once a minute.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.access.lockout import ADDRESS
from lading.access.personal_token import token_digest
from lading.access.principal import ANONYMOUS
from lading.access.verbs import Verb
from lading.audit.entry import Event
from lading.foundation.errors import NotFound, Unauthenticated
from lading.foundation.instants import rfc3339
from lading.ports.records.provisioning import ProvisioningToken
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.failed_sign_ins import count_failure, waiting_until
from lading.workflows.rights import require_on_installation

_BETWEEN_WRITES = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Provisioner:
    """A directory that has shown its token, and the request that it makes."""

    directory: str
    request_id: str = ""

    def did(self, action: str, subject: str, at: datetime, **details: object) -> Event:
        """Write down that the directory did this."""
        actor = f"directory:{self.directory}"
        return Event(rfc3339(at), actor, action, subject, "done", details, self.request_id)


def make_provisioning_token(
    records: Records, caller: Caller, directory: str, token: str, *, known: Collection[str], now: datetime
) -> ProvisioningToken:
    """Give a directory a token in place of the one that it had. Raises NotFound for no such directory."""
    require_on_installation(caller, Verb.ADMINISTER)
    if directory not in known:
        hint = (
            f"there are {', '.join(sorted(known))}"
            if known
            else "access.directories of the settings names them"
        )
        raise NotFound("directory-unknown", f"people sign in by no directory {directory[:80]!r}", hint=hint)
    made = ProvisioningToken(directory, token_digest(token), now, str(caller.principal))
    with records.write() as kept:
        kept.provisioning.save_token(made)
        kept.audit.append(caller.did("provisioning.token", f"directory:{directory}", now))
    return made


def end_provisioning_token(records: Records, caller: Caller, directory: str, now: datetime) -> None:
    """End the token of a directory. Raises NotFound where it has none."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        if not kept.provisioning.end_token(directory):
            raise NotFound("provisioning-token-unknown", f"the directory {directory[:80]!r} has no token")
        kept.audit.append(caller.did("provisioning.end", f"directory:{directory}", now))


def prove_provisioner(
    records: Records, token: str, known: Collection[str], now: datetime, *, address: str, request_id: str
) -> Provisioner:
    """The directory whose token this is. Raises Unauthenticated, also where the directory is gone."""
    with records.read() as kept:
        found = kept.provisioning.token_by_digest(token_digest(token))
    if found is None or found.directory not in known:
        if token:  # whoever shows nothing has guessed nothing
            _note_refusal(records, now, address, request_id)
        raise Unauthenticated("provisioning-token-invalid", "this is no token of a directory")
    if found.last_used_at is None or now - found.last_used_at >= _BETWEEN_WRITES:
        with records.write() as kept:
            kept.provisioning.token_was_used(found.directory, now)
    return Provisioner(found.directory, request_id)


def _note_refusal(records: Records, now: datetime, address: str, request_id: str) -> None:
    """Rule 2."""
    keys = ((f"provisioning:{address}", ADDRESS),)
    with records.read() as kept:
        if waiting_until(kept.people, keys, now) is not None:
            return
    with records.write() as kept:
        count_failure(kept.people, keys, now)
        details: dict[str, object] = {"address": address}
        kept.audit.append(
            Event(rfc3339(now), str(ANONYMOUS), "provisioning.refuse", "scim", "failed", details, request_id)
        )
