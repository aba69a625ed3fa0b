"""`/api/v1/engine/authorize`: what the gate in front of a Docker Engine asks."""

import base64

from fastapi import APIRouter

from lading.admission.engine_requests import EngineRequest
from lading.api import engine as api
from lading.foundation.errors import Malformed
from lading.server.management.asking import Asking, Services
from lading.workflows.authorize_engine import MAX_HOST, EngineAsk, authorize_engine

router = APIRouter(tags=["gates"])


@router.post("/engine/authorize")
def post_authorization(services: Services, caller: Asking, body: api.EngineAsk) -> api.EngineAnswer:
    """Say whether a request to a Docker Engine may be carried out."""
    if not body.host or len(body.host) > MAX_HOST:
        raise Malformed("host-name", f"a host has a name of at most {MAX_HOST} characters")
    try:
        content = base64.b64decode(body.body, validate=True)
    except ValueError as error:  # also what is not ASCII, which is no binascii.Error
        raise Malformed("engine-request", "the body is not base64") from error
    ask = EngineAsk(
        body.host,
        services.environment_of_host(body.host),
        EngineRequest(body.method, body.uri, content, body.user),
        body.image_id,
        tuple(body.digests),
    )
    answer = authorize_engine(services.gate, caller, ask, services.clock())
    return api.EngineAnswer(allow=answer.allow, message=answer.message, policy=answer.policy)
