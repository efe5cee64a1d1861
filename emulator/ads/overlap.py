"""How much audiences have in common, counted from the ids they hold."""

from __future__ import annotations

from emulator.ads import bodies, errors
from emulator.ads.bodies import Fields
from emulator.ads.seen import AdAccountView
from emulator.emulator import Emulator
from emulator.exchange import Request, Response, answer
from emulator.identifiers import FORMATS
from emulator.records import ID_TYPES, Audience

MOST_COMPARED = 4


def estimate(emulator: Emulator, request: Request) -> Response:
    body = bodies.read(request)
    view = AdAccountView(emulator, request.params["account"])
    base = _audience(view, body.whole("baseId"), "baseId")
    compared = [_audience(view, each, "comparedIds") for each in _compared_ids(body)]
    return answer({"estimations": {str(each.id): _estimation(emulator, base, each) for each in compared}})


def _compared_ids(body: Fields) -> list[int]:
    given = body.array("comparedIds")
    if not 1 <= len(given) <= MOST_COMPARED:
        raise errors.bad("INVALID_SIZE", "comparedIds")
    ids = [Fields({"comparedIds": value}).whole("comparedIds") for value in given]
    if len(set(ids)) < len(ids):
        raise errors.bad("INVALID_UNIQUE_ELEMENTS", "comparedIds")
    return ids


def _audience(view: AdAccountView, audience_id: int, field: str) -> Audience:
    audience = view.usable(audience_id)
    if audience is None:
        raise errors.bad("AUDIENCE_GROUP_NOT_FOUND", field)
    return audience


def _estimation(emulator: Emulator, base: Audience, other: Audience) -> dict[str, float]:
    """The shared part of the base, 0 to 1; nothing where the two hold no ids of the same kind."""
    id_type = ID_TYPES.get(base.function_type)
    if id_type is None or other.function_type != base.function_type:
        return {}
    of_base, of_other, common = emulator.members.overlap(base.id, other.id, FORMATS[id_type])
    whole = of_base if emulator.settings.overlap_of == "base" else min(of_base, of_other)
    return {"rate": round(common / whole, 4)} if whole else {}
