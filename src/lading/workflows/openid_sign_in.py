"""Sign in with an OpenID provider; the rules of what is believed are those of ``access.openid``.

1. While too many answers from an address were wrong, further ones are refused unread.
2. The answer is judged before anything is sent anywhere: a code of somebody else's is given to nobody.
3. An attempt is used up by its first answer that fits, whatever comes of it: neither the answer nor its token
   can be shown again (replay), not even to another server of this installation.
4. The code goes to the provider that was asked, with the verifier and the redirect address of this attempt.
5. Claims become an account (``directory_accounts``).
6. Failures and successes are written into the audit log; who asked is told only that it did not work.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lading.access.account_rules import is_account_name
from lading.access.directory import DirectoryPerson
from lading.access.lockout import ADDRESS
from lading.access.openid import (
    LONGEST,
    Attempt,
    OpenIdProvider,
    Refused,
    authorization_url,
    check_answer,
    judge_identity,
)
from lading.audit.entry import Event
from lading.foundation.errors import NotFound
from lading.foundation.instants import rfc3339
from lading.ports.openid_client import OpenIdClient
from lading.ports.records.people import User
from lading.ports.records.record_set import Records
from lading.workflows.directory_accounts import principal_of, take_up_account
from lading.workflows.failed_sign_ins import count_failure, waiting_until
from lading.workflows.sign_in import RefusalReason, SignInAccepted, SignInOutcome, SignInRefusal


@dataclass(frozen=True, slots=True)
class OpenIdPorts:
    """Providers by name, and how they are asked. ``address`` is the URL that browsers reach us by."""

    records: Records
    client: OpenIdClient
    providers: Mapping[str, OpenIdProvider]
    address: str

    def provider(self, name: str) -> OpenIdProvider:
        """The provider of this name; raises NotFound ``provider-unknown``."""
        found = self.providers.get(name)
        if found is None:
            raise NotFound("provider-unknown", f"nobody signs in here by {name[:80]!r}")
        return found

    def redirect_uri(self, name: str) -> str:
        """The one address that answers of this provider come to: made of settings, never of a request."""
        return f"{self.address.rstrip('/')}/sign-in/openid/{name}/answer"


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What a browser brought back, and with which attempt of its own."""

    provider: str
    attempt: Attempt | None
    query: Mapping[str, str] = field(repr=False)
    address: str = ""
    request_id: str = ""


def begin_sign_in(
    ports: OpenIdPorts, name: str, after: str, new_secret: Callable[[], str], now: datetime
) -> tuple[Attempt, str]:
    """Begin: give what the browser is to keep, and where it is to go. Writes nothing down."""
    provider, moment = ports.provider(name), int(now.timestamp())
    endpoints = ports.client.endpoints(provider, now=moment)
    attempt = Attempt(name, new_secret(), new_secret(), new_secret(), after, moment)
    return attempt, authorization_url(provider, endpoints, attempt, ports.redirect_uri(name))


def finish_sign_in(ports: OpenIdPorts, answer: ProviderAnswer, now: datetime) -> SignInOutcome:
    """Judge what came back, by the numbered steps above. Raises Upstream where the provider is away."""
    keys = ((f"openid:{answer.address}", ADDRESS),)
    # Step 1.
    with ports.records.read() as kept:
        until = waiting_until(kept.people, keys, now)
    if until is not None:
        return SignInRefusal(RefusalReason.WAITING, until)
    person = _believed(ports, answer, now)
    with ports.records.write() as kept:
        account: User | str = (
            person.reason
            if isinstance(person, Refused)
            # Step 5.
            else take_up_account(kept, person, now, newcomers=ports.provider(answer.provider).newcomers)
        )
        # Step 6.
        if isinstance(account, str):
            count_failure(kept.people, keys, now)
            named = person.name if isinstance(person, DirectoryPerson) else ""
            kept.audit.append(_event(answer, "sign-in.fail", named, "failed", now, reason=account))
            return SignInRefusal(RefusalReason.DIRECTORY)
        kept.audit.append(_event(answer, "sign-in.succeed", account.name, "done", now))
    return SignInAccepted(principal_of(account))


def _believed(ports: OpenIdPorts, answer: ProviderAnswer, now: datetime) -> DirectoryPerson | Refused:
    provider, moment = ports.provider(answer.provider), int(now.timestamp())
    endpoints = ports.client.endpoints(provider, now=moment)
    # Step 2.
    code = check_answer(provider, endpoints, answer.attempt, answer.query, moment)
    if isinstance(code, Refused):
        return code
    assert answer.attempt is not None  # else the answer was refused
    # Step 3.
    with ports.records.write() as kept:
        used = f"openid:{answer.attempt.state}"
        if not kept.people.use_once(used, until=now + timedelta(seconds=LONGEST), now=now):
            return Refused("this answer was shown before")
    # Step 4.
    redirect_uri = ports.redirect_uri(provider.name)
    claims = ports.client.redeem(provider, code, answer.attempt.verifier, redirect_uri, now=moment)
    if isinstance(claims, Refused):
        return claims
    return judge_identity(provider, claims, answer.attempt.nonce, moment)


def _event(
    answer: ProviderAnswer, action: str, name: str, outcome: str, now: datetime, **details: str
) -> Event:
    actor = f"person:{name if is_account_name(name) else '?'}"
    return Event(
        at=rfc3339(now),
        actor=actor,
        action=action,
        subject="console",
        outcome=outcome,
        details={"address": answer.address, "directory": answer.provider, **details},
        request_id=answer.request_id,
    )
