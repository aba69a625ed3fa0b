"""Lists: tags, referrers, and the catalog (end-8, end-12; the catalog is the distribution project's)."""

from lading.foundation.errors import Unauthenticated
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.registry.pagination import next_link, page_size
from lading.registry.referrers import FILTERS_APPLIED, referrers_document
from lading.server.distribution.api import Call
from lading.server.distribution.exchange import Headers, header
from lading.workflows.list_referrers import list_referrers
from lading.workflows.list_repositories import list_repositories
from lading.workflows.list_tags import list_tags


async def get_base(call: Call) -> None:
    """Say that this is a registry, to those who signed in; the others learn where to (end-1)."""
    if call.exchange.header(b"authorization") is None:
        raise Unauthenticated("sign-in-required", "sign in first")
    await call.exchange.respond_json(200, {})


async def get_tags(call: Call) -> None:
    """List tags by name."""
    records, repository = call.api.services.records, call.route.repository
    after, limit = _page_wanted(call)
    page = await call.api.run(lambda: list_tags(records, call.caller, repository, after=after, limit=limit))
    link = _link(f"/v2/{repository}/tags/list", {"n": str(limit), "last": page.next}) if page.next else []
    await call.exchange.respond_json(200, {"name": repository, "tags": list(page.items)}, link)


async def get_catalog(call: Call) -> None:
    """List repositories by name."""
    records = call.api.services.records
    after, limit = _page_wanted(call)
    page = await call.api.run(lambda: list_repositories(records, call.caller, after=after, limit=limit))
    link = _link("/v2/_catalog", {"n": str(limit), "last": page.next}) if page.next else []
    await call.exchange.respond_json(200, {"repositories": list(page.items)}, link)


async def get_referrers(call: Call) -> None:
    """List what refers to a manifest, all of it or of one artifact type."""
    subject = Digest.parse(call.route.name)
    wanted = call.exchange.parameter("artifactType") or ""
    after, limit = _page_wanted(call)
    page = await call.api.run(
        lambda: list_referrers(
            call.api.services.records,
            call.caller,
            call.route.repository,
            subject,
            artifact_type=wanted,
            after=after,
            limit=limit,
        )
    )
    headers: Headers = [(b"content-type", media_types.OCI_INDEX.encode())]
    query = {}
    if wanted:
        headers.append(header(b"oci-filters-applied", FILTERS_APPLIED))
        query["artifactType"] = wanted
    if page.next:
        path = f"/v2/{call.route.repository}/referrers/{subject}"
        headers += _link(path, {**query, "n": str(limit), "last": page.next})
    await call.exchange.respond(200, headers, referrers_document(page.items))


def _page_wanted(call: Call) -> tuple[str, int]:
    limit = page_size(call.exchange.parameter("n"), most=call.api.services.limits.page_items)
    return call.exchange.parameter("last") or "", limit


def _link(path: str, query: dict[str, str]) -> Headers:
    return [header(b"link", next_link(path, query))]
