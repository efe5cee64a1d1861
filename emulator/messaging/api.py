"""Which call is answered by what, for whoever has a channel's token."""

from __future__ import annotations

import uuid

from emulator.emulator import Emulator
from emulator.exchange import Request, Response
from emulator.messaging import changes, errors, lists, reactions, uploads
from emulator.routing import Api, Route


def _guard(emulator: Emulator, request: Request, route: Route) -> None:
    scheme, _, token = (request.headers.get("Authorization") or "").partition(" ")
    basic_id = emulator.accounts.channel(token.strip()) if scheme.lower() == "bearer" else None
    if basic_id is None:
        raise errors.error(401, errors.UNAUTHORIZED)
    if not emulator.messaging_rate.take((basic_id, route.method, route.path)):
        raise errors.of_status(429)
    request.params["basic_id"] = basic_id


def _finish(response: Response) -> Response:
    response.headers["x-line-request-id"] = str(uuid.uuid4())
    return response


GROUP = "/v2/bot/audienceGroup"
API = Api(
    prefix="/v2/",
    routes=(
        Route("POST", f"{GROUP}/upload", uploads.create),
        Route("PUT", f"{GROUP}/upload", uploads.add),
        Route("POST", f"{GROUP}/upload/byFile", uploads.create_by_file),
        Route("PUT", f"{GROUP}/upload/byFile", uploads.add_by_file),
        Route("POST", f"{GROUP}/click", reactions.create_click),
        Route("POST", f"{GROUP}/imp", reactions.create_impression),
        Route("GET", f"{GROUP}/list", lists.list_own),
        Route("GET", f"{GROUP}/shared/list", lists.list_shared),
        Route("GET", f"{GROUP}/shared/{{audience}}", lists.get_shared),
        Route("GET", f"{GROUP}/{{audience}}", lists.get_own),
        Route("PUT", f"{GROUP}/{{audience}}/updateDescription", changes.rename),
        Route("DELETE", f"{GROUP}/{{audience}}", changes.delete),
    ),
    refuse=errors.refuse,
    guard=_guard,
    finish=_finish,
)
