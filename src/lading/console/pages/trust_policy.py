"""Whom is trusted, since when and by whose decision; and what each signer signed, and where that runs."""

from urllib.parse import urlencode

from lading.access.verbs import Verb
from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.views.trust_policy import (
    SignerView,
    TrustPolicyView,
    builder_row,
    rule_row,
    signed_row,
    signer_row,
    version_rows,
)
from lading.console.visit import Visit
from lading.workflows.rights import may_on_installation
from lading.workflows.show_signers import list_signers, what_signer_signed

VERSIONS = 20
ROWS = 200


def show(visit: Visit) -> Answer:
    """Show the trust policy in force."""
    records, now = visit.services.records, visit.now
    policy = visit.services.gate.sources.verdicts.policy(now)
    with records.read() as kept:
        versions = kept.trust.trust_history(limit=VERSIONS).items
        grants = kept.trust.key_grants() if may_on_installation(visit.caller, Verb.ADMINISTER) else None
    view = TrustPolicyView(
        digest=str(policy.digest),
        shipped=not versions,
        rules=tuple(rule_row(rule, now) for rule in policy.rules),
        signers=tuple(signer_row(each, now) for each in list_signers(records, policy, now)),
        builders=tuple(builder_row(each, now) for each in policy.builders),
        grants=grants,
        versions=version_rows(versions, now),
    )
    return Page("trust_policy.html", "Trust", Section.TRUST, view)


def signer(visit: Visit) -> Answer:
    """Show what one signer signed, by its name or by what its signatures show."""
    records, now, name = visit.services.records, visit.now, visit.asked("name")
    policy = visit.services.gate.sources.verdicts.policy(now)
    after = visit.asked("after")
    page = what_signer_signed(records, visit.caller, policy, name, after=after, limit=ROWS)
    named = next((each for each in list_signers(records, policy, now) if each.signer.name == name), None)
    rows = tuple(signed_row(each, now) for each in page.items)
    view = SignerView(
        name=name,
        signer=signer_row(named, now) if named is not None else None,
        rows=rows,
        running=sum(bool(row.running) for row in rows),
        next_link=_link(name, page.next) if page.next else "",
    )
    return Page("signer.html", f"Signed by {name}", Section.TRUST, view)


def _link(name: str, after: str) -> str:
    return f"/trust/signer?{urlencode({'name': name, 'after': after})}"
