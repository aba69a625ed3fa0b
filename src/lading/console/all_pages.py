"""Every page, by its path. A page is its module, its template and its line here.

An image is addressed as people write it: ``/images/shop/app@sha256:…``. The order counts where one path's
pattern covers another's.
"""

from lading.console.page_endpoint import PASSWORD_PATH, PageRoute
from lading.console.pages import (
    audit,
    bases,
    decision,
    environments,
    image_inside,
    image_lineage,
    image_lists,
    image_past,
    image_summary,
    image_trust,
    images,
    jobs,
    overview,
    password,
    repositories,
    running,
    storage,
    tags,
    waivers,
    who_has,
)

_IMAGE = "/images/{repository:path}@{digest}"

ALL_PAGES: tuple[PageRoute, ...] = (
    PageRoute("/", get=overview.show),
    PageRoute("/repositories", get=repositories.show),
    PageRoute("/repositories/{repository:path}/tags", get=tags.show),
    PageRoute("/repositories/{repository:path}/tags/{tag}", get=tags.history),
    PageRoute("/registry/storage", get=storage.show),
    PageRoute("/registry/storage/collect", post=storage.collect),
    PageRoute("/registry/storage/stop", post=storage.stop),
    PageRoute("/registry/storage/resume", post=storage.resume),
    PageRoute("/registry/tag-rules", get=tags.rules, post=tags.add_rule),
    PageRoute("/registry/tag-rules/{id}/remove", post=tags.remove_rule),
    PageRoute("/images", get=images.show),
    PageRoute(f"{_IMAGE}/findings", get=image_lists.findings),
    PageRoute(f"{_IMAGE}/packages", get=image_lists.packages),
    PageRoute(f"{_IMAGE}/layers", get=image_inside.layers),
    PageRoute(f"{_IMAGE}/lineage", get=image_lineage.lineage),
    PageRoute(f"{_IMAGE}/secrets", get=image_inside.secrets),
    PageRoute(f"{_IMAGE}/trust", get=image_trust.trust),
    PageRoute(f"{_IMAGE}/sbom/{{format}}", get=image_trust.sbom),
    PageRoute(f"{_IMAGE}/decisions", get=image_past.decisions),
    PageRoute(f"{_IMAGE}/history", get=image_past.history),
    PageRoute(_IMAGE, get=image_summary.show),
    PageRoute("/images/{repository:path}:{tag}", get=images.by_tag),
    PageRoute("/decisions/{id}", get=decision.show),
    PageRoute("/bases", get=bases.show),
    PageRoute("/who-has", get=who_has.show),
    PageRoute("/running", get=running.show),
    PageRoute("/environments", get=environments.show),
    PageRoute("/promotions/{id}/approve", post=environments.approve),
    PageRoute("/promotions/{id}/reject", post=environments.reject),
    PageRoute("/waivers", get=waivers.show, post=waivers.ask),
    PageRoute("/waivers/new", get=waivers.form),
    PageRoute("/waivers/{id}/approve", post=waivers.approve_one),
    PageRoute("/waivers/{id}/revoke", post=waivers.revoke_one),
    PageRoute("/audit", get=audit.show),
    PageRoute("/audit/verify", post=audit.verify),
    PageRoute("/jobs", get=jobs.show),
    PageRoute("/jobs/retry", post=jobs.retry),
    PageRoute(PASSWORD_PATH, get=password.show, post=password.change),
)
