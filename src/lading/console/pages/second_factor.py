"""One's own second factor: set it up, or remove it. Either ends every session of the person."""

from markupsafe import Markup

from lading.access.principal import PrincipalKind
from lading.access.second_factor import (
    RECOVERY_BYTES,
    RECOVERY_CODES,
    SECRET_BYTES,
    provisioning_uri,
    recovery_codes,
    secret_text,
)
from lading.console.answers import Answer, Page, Redirect
from lading.console.formats.sentences import whole_sentence
from lading.console.sign_in_endpoint import FACTOR_REMOVED
from lading.console.views.second_factor import FactorView, grouped, picture_of
from lading.console.visit import Visit
from lading.foundation.errors import Forbidden, OverLimit
from lading.workflows.second_factors import NewFactor, begin_factor, confirm_factor, remove_own_factor


def show(visit: Visit) -> Answer:
    """Show how to set it up, or that it is there."""
    return _page(visit)


def confirm(visit: Visit) -> Answer:
    """Let it count, and show the recovery codes this once."""
    services = visit.services
    codes = recovery_codes(services.new_bytes(RECOVERY_CODES * RECOVERY_BYTES))
    try:
        shown = NewFactor(visit.written("code"), codes)
        confirm_factor(services.records, services.factors, visit.caller, shown, visit.now)
    except Forbidden as error:
        return _page(visit, error)
    return Page("second_factor.html", "Second factor", None, FactorView(recovery=codes))


def remove(visit: Visit) -> Answer:
    """Take it away, by one of its codes."""
    services = visit.services
    try:
        remove_own_factor(services.records, services.factors, visit.caller, visit.written("code"), visit.now)
    except (Forbidden, OverLimit) as error:
        return _page(visit, error)
    return Redirect(f"/sign-in?said={FACTOR_REMOVED}")


def _page(visit: Visit, problem: Forbidden | OverLimit | None = None) -> Page:
    services, person = visit.services, visit.caller.principal
    said = (whole_sentence(problem.message), whole_sentence(problem.hint)) if problem else ("", "")
    with services.records.read() as kept:
        factor = kept.second_factors.of_person(person.name)
    required = services.factors.rule.demands(admin=person.admin)
    if factor is not None and factor.confirmed:
        view = FactorView(left=len(factor.recovery), required=required, problem=said[0], hint=said[1])
    elif person.kind is not PrincipalKind.PERSON:
        raise Forbidden("not-a-person", "only people have a second factor")
    else:
        secret = begin_factor(
            services.records, services.factors, visit.caller, services.new_bytes(SECRET_BYTES), visit.now
        )
        picture = Markup(picture_of(provisioning_uri(secret, person.name, services.registry)))  # noqa: S704 -- ours
        view = FactorView(grouped(secret_text(secret)), picture, (), 0, required, *said)
    status = 200 if problem is None else 429 if isinstance(problem, OverLimit) else 403
    return Page("second_factor.html", "Second factor", None, view, status=status)
