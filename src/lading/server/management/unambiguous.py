"""Requests that could be taken in two ways are taken in none.

1. A query parameter that the route does not know is refused: a filter that was misspelt would else let
   through everything, and look as if it had worked.
2. A body is JSON without repeated members, lone surrogates or absurd depth: which of two equal members counts
   is something that two readers may see differently.
"""

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from lading.foundation import strict_json
from lading.foundation.errors import Malformed

MAX_BODY = 8 << 20  # bytes


async def refuse_ambiguous(request: Request) -> None:
    """Raise Malformed by the numbered rules; the body of a route that streams it is left to the route."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    # Rule 1.
    known = set(_iter_parameters(route.dependant))
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise Malformed(
            "query-unknown",
            f"{unknown[0][:80]!r} is not a parameter of {route.path}",
            hint=f"known are {', '.join(sorted(known))}" if known else "it takes none",
        )
    # Rule 2.
    if route.body_field is not None:
        content = await request.body()
        if content:
            strict_json.decode(content, what="the request", max_bytes=MAX_BODY)


def _iter_parameters(dependant: Dependant) -> Iterator[str]:
    """Names of the query parameters that a route takes, itself or by what it depends on."""
    yield from (field.alias for field in dependant.query_params)
    for needed in dependant.dependencies:
        yield from _iter_parameters(needed)
