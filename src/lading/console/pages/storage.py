"""What is stored, what of it nobody needs, collecting it, and whether it is whole."""

from dataclasses import dataclass, replace

from lading.console.answers import Answer, Page, Redirect
from lading.console.frame import Section
from lading.console.views.notices import notice_of
from lading.console.views.scrubs import ScrubView, scrub_view
from lading.console.views.storage import QuotaForm, StorageView, storage_view
from lading.console.visit import Visit
from lading.foundation.errors import Malformed
from lading.workflows.collect_garbage import (
    list_collections,
    resume_collection,
    start_collection,
    stop_collection,
)
from lading.workflows.preview_collection import preview_collection
from lading.workflows.scrub_storage import run_scrub, stop_scrub
from lading.workflows.show_scrubs import list_damage, scrub_standing
from lading.workflows.storage_use import list_usage, remove_quota, set_quota

_SHOWN = 10
_DAMAGE_SHOWN = 50


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the template shows."""

    storage: StorageView
    scrub: ScrubView
    quota: QuotaForm


def show(visit: Visit) -> Answer:
    """Show what each project keeps, what a collection would free, and those that were."""
    return _page(visit, QuotaForm(visit.asked("project")))


def set_project_quota(visit: Visit) -> Answer:
    """Give a project a quota, or another one. What was not accepted is shown again."""
    form = QuotaForm(*(visit.written(name) for name in ("project", "gib", "artifacts")))
    try:
        set_quota(
            visit.services.records,
            visit.caller,
            form.project,
            visit.now,
            most_bytes=form.most_bytes(),
            most_artifacts=form.most_artifacts(),
        )
    except Malformed as error:
        return _page(visit, replace(form, problem=error.message, hint=error.hint))
    return Redirect("/registry/storage?done=quota-set")


def remove_project_quota(visit: Visit) -> Answer:
    """Let a project keep as much as there is room for."""
    remove_quota(visit.services.records, visit.caller, visit.written("project"), visit.now)
    return Redirect("/registry/storage?done=quota-removed")


def _page(visit: Visit, form: QuotaForm) -> Page:
    services, ports = visit.services, visit.services.collect
    preview = preview_collection(services.records, services.blobs, visit.caller, ports.asked, visit.now)
    runs = list_collections(services.records, visit.caller, limit=_SHOWN)
    used = list_usage(services.records, visit.caller)
    view = storage_view(preview, runs, used, visit.now, notice_of(visit.asked("done")))
    damage = list_damage(services.records, visit.caller, limit=_DAMAGE_SHOWN).items
    scrub = scrub_view(scrub_standing(services.records, visit.caller), damage, visit.now)
    return Page(
        "storage.html",
        "Storage",
        Section.STORAGE,
        _Shown(view, scrub, form),
        status=400 if form.problem else 200,
    )


def collect(visit: Visit) -> Answer:
    """Begin a collection."""
    ports, run_id = visit.services.collect, visit.services.new_token()[:16]
    start_collection(ports, visit.caller, ports.asked, visit.now, run_id=run_id)
    return Redirect("/registry/storage?done=collection-started")


def stop(visit: Visit) -> Answer:
    """Stop the one under way."""
    stop_collection(visit.services.collect, visit.caller, visit.now)
    return Redirect("/registry/storage?done=collection-stopping")


def resume(visit: Visit) -> Answer:
    """Go on with one that was stopped."""
    resume_collection(visit.services.collect, visit.caller, visit.now)
    return Redirect("/registry/storage?done=collection-resumed")


def scrub(visit: Visit) -> Answer:
    """Read everything again, or go on with it."""
    run_scrub(visit.services.scrub, visit.caller, visit.now, run_id=visit.services.new_token()[:16])
    return Redirect("/registry/storage?done=scrub-started")


def stop_scrubbing(visit: Visit) -> Answer:
    """Stop reading."""
    stop_scrub(visit.services.scrub, visit.caller, visit.now)
    return Redirect("/registry/storage?done=scrub-stopping")
