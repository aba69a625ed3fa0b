"""Who may use which key of the server for what.

The right to sign in a repository is not enough for a named key: a grant must say that this subject may use
this key for this repository. Not even administrators use a key without one; they may give themselves a grant,
which the audit log shows.
"""

from datetime import datetime

from lading.access.bindings import iter_subjects
from lading.access.principal import PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import Verb
from lading.audit.entry import Event
from lading.foundation.errors import Forbidden, NotFound, Unauthenticated
from lading.ports.records.record_set import Records
from lading.ports.records.trust import KeyGrant
from lading.registry.caller import Caller
from lading.workflows.rights import parse_subject, require_on_installation


def require_key(records: Records, caller: Caller, key: str, repository: str) -> None:
    """Raise Unauthenticated or Forbidden ``key-not-granted`` unless a grant lets the caller use the key."""
    if caller.principal.kind is PrincipalKind.ANONYMOUS:
        raise Unauthenticated("sign-in-required", "using a key needs a sign-in")
    subjects = {str(subject) for subject in iter_subjects(caller.principal)}
    with records.read() as kept:
        grants = kept.trust.key_grants(key)
    for grant in grants:
        if grant.subject in subjects and RepositoryPattern.parse(grant.repositories).matches(repository):
            return
    raise Forbidden(
        "key-not-granted",
        f"{caller.principal} may not use the key {key!r} for {repository}",
        hint=f"an administrator can grant it: lading key grant {key} --to {caller.principal} "
        f"--for {repository}",
    )


def grant_key(records: Records, caller: Caller, grant: tuple[str, str, str], now: datetime) -> KeyGrant:
    """Let a subject use a key for the repositories of a pattern. Raises Malformed, Forbidden."""
    made = _grant(caller, grant, now)
    with records.write() as kept:
        if kept.trust.grant_key(made):
            kept.audit.append(_event(caller, "key.grant", made, now))
    return made


def withdraw_key(records: Records, caller: Caller, grant: tuple[str, str, str], now: datetime) -> None:
    """Take a grant back at once. Raises NotFound ``grant-unknown``, Malformed, Forbidden."""
    gone = _grant(caller, grant, now)
    with records.write() as kept:
        if not kept.trust.withdraw_key(gone):
            raise NotFound("grant-unknown", "there is no such grant", hint="lading key list")
        kept.audit.append(_event(caller, "key.withdraw", gone, now))


def _grant(caller: Caller, grant: tuple[str, str, str], now: datetime) -> KeyGrant:
    require_on_installation(caller, Verb.ADMINISTER)
    key, subject, repositories = grant
    RepositoryPattern.parse(repositories)
    return KeyGrant(key, str(parse_subject(subject)), repositories, str(caller.principal), now)


def _event(caller: Caller, action: str, grant: KeyGrant, now: datetime) -> Event:
    return caller.did(action, grant.key, now, to=grant.subject, repositories=grant.repositories)
