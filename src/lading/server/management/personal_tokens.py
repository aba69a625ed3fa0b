"""`/api/v1/tokens`: tokens that people make for themselves."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response

from lading.access.personal_token import personal_token
from lading.api.message import Listing
from lading.api.personal_tokens import TokenLine, TokenRequest
from lading.foundation.errors import Forbidden
from lading.foundation.instants import rfc3339
from lading.ports.records.personal_tokens import PersonalToken
from lading.server.management.asking import Asking, Services, shows_personal_token
from lading.workflows.personal_tokens import NewToken, create_token, list_tokens, revoke_token

router = APIRouter(tags=["sessions"])


@router.get("/tokens")
def get_tokens(services: Services, caller: Asking, person: str = "") -> Listing[TokenLine]:
    """List one's own tokens, or those of a person, for who administers."""
    now = services.clock()
    return Listing(items=[_line(token, now) for token in list_tokens(services.records, caller, person)])


@router.post("/tokens", status_code=201)
def post_token(request: Request, services: Services, caller: Asking, body: TokenRequest) -> TokenLine:
    """Make a token. It is in this answer and nowhere else."""
    if shows_personal_token(request):
        raise Forbidden(
            "token-makes-token",
            "a token cannot make another one",
            hint="sign in with the password: lading login",
        )
    token, now = personal_token(services.new_token()), services.clock()
    life = timedelta(days=body.days) if body.days else services.longest_token
    new = NewToken(body.name, token, now + life, body.reading_only)
    made = create_token(services.records, caller, new, now, longest=services.longest_token)
    return _line(made, now).model_copy(update={"token": token})


@router.delete("/tokens/{id}", status_code=204)
def delete_token(services: Services, caller: Asking, id: str) -> Response:  # noqa: A002 - of the path
    """End a token, one's own or, for who administers, anybody's."""
    revoke_token(services.records, caller, id, services.clock())
    return Response(status_code=204)


def _line(token: PersonalToken, now: datetime) -> TokenLine:
    return TokenLine(
        id=token.id,
        person=token.person,
        name=token.name,
        created_at=rfc3339(token.created_at),
        expires_at=rfc3339(token.expires_at),
        reading_only=token.reading_only,
        last_used_at=rfc3339(token.last_used_at) if token.last_used_at else "",
        expired=token.expires_at <= now,
    )
