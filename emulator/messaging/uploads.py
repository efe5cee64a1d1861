"""The four calls that bring ids of people: create and add, by JSON and by file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from emulator.emulator import Emulator
from emulator.exchange import Request, Response, answer
from emulator.identifiers import FORMATS, IdFile
from emulator.messaging import bodies, errors, shapes
from emulator.messaging.bodies import Said
from emulator.messaging.changes import check_name
from emulator.messaging.lists import owner_of
from emulator.multipart import Malformed, Part, Reader
from emulator.records import ID_TYPES, UPLOAD_TYPES, Audience, Busy, NewAudience, Refused, Upload

FIELDS = {"description", "isIfaAudience", "uploadDescription", "audienceGroupId"}
LONGEST_ROW = 38  # an advertising id and its line end
ANY_ID = re.compile(r"[0-9A-Za-z-]+")
WRONG_FORMAT = "UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT"
NONE_VALID = "UPLOAD_AUDIENCE_GROUP_NO_VALID_AUDIENCE_IDS"
TOO_MANY = "UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS"
# How the words for files of the Ads API are said here.
SAID_OF_FILES = {
    "EMPTY_FILE": NONE_VALID,
    "INVALID_FILE_CONTENT": WRONG_FORMAT,
    "FILE_SIZE_LIMIT_EXCEEDED": TOO_MANY,
}


@dataclass(frozen=True)
class Brought:
    """Ids, what was said with them, and the field they came in."""

    said: Said
    ids: IdFile
    field: str


def create(emulator: Emulator, request: Request) -> Response:
    """Without ids the audience is there, empty, and waits for some."""
    said = bodies.read(request)
    new = _new(emulator, request, said)
    if said.get("audiences") in (None, []):
        said.upload_description()
        audience = _refusing(lambda: emulator.audiences.create(owner_of(request), new, builds=False))
        return answer(shapes.created(emulator, audience), 202)
    with _ids_of(emulator, said) as ids:
        audience = _take(emulator, request, new, Brought(said, ids, "audiences"))
    return answer(shapes.created(emulator, audience), 202)


def add(emulator: Emulator, request: Request) -> Response:
    said = bodies.read(request)
    said.need("audiences")
    target = _existing(emulator, request, said)
    with _ids_of(emulator, said) as ids:
        _take(emulator, request, target, Brought(said, ids, "audiences"))
    return answer({}, 202)


def create_by_file(emulator: Emulator, request: Request) -> Response:
    with _file_ids(emulator) as ids:
        said = _read_form(emulator, request, ids)
        new = _new(emulator, request, said)
        audience = _take(emulator, request, new, Brought(said, ids, "file"))
    return answer(shapes.created(emulator, audience), 202)


def add_by_file(emulator: Emulator, request: Request) -> Response:
    with _file_ids(emulator) as ids:
        said = _read_form(emulator, request, ids)
        target = _existing(emulator, request, said)
        _take(emulator, request, target, Brought(said, ids, "file"))
    return answer({}, 202)


def _new(emulator: Emulator, request: Request, said: Said) -> NewAudience:
    name = said.text("description")
    check_name(emulator, request, name)
    id_type = "IFA" if said.flag("isIfaAudience") else "USER_ID"
    return NewAudience(name, UPLOAD_TYPES[id_type], create_route=shapes.OWN_ROUTE)


def _existing(emulator: Emulator, request: Request, said: Said) -> Audience:
    """One of the channel's own uploads that still takes ids."""
    audience = emulator.audiences.owned(owner_of(request), said.audience_id())
    if (
        audience is None
        or audience.create_route != shapes.OWN_ROUTE
        or audience.function_type not in ID_TYPES
    ):
        raise errors.not_found()
    if emulator.audiences.status(audience) == "EXPIRED":
        raise errors.bad("AUDIENCE_GROUP_CAN_NOT_UPLOAD_STATUS_EXPIRED", "audienceGroupId")
    return audience


def _take(emulator: Emulator, request: Request, target: Audience | NewAudience, brought: Brought) -> Audience:
    entry, id_type, ids = request.entry, ID_TYPES[target.function_type], brought.ids
    entry.action, entry.id_type, entry.rows, entry.ids = "ADD", id_type, ids.rows, 0
    label = brought.said.upload_description()
    _check(emulator, ids, id_type, brought.field)
    run = emulator.members.new_name()
    kept = ids.keep(run)
    into = target.id if isinstance(target, Audience) else target
    most = emulator.settings.max_audience_jobs
    upload = Upload(into, "ADD", label, run, ids.rows, fails=request.job_fails, most_running=most)
    try:
        audience = _refusing(lambda: emulator.audiences.take(owner_of(request), upload))
    except BaseException:
        emulator.members.drop(run)
        raise
    entry.ids = kept
    return audience


def _check(emulator: Emulator, ids: IdFile, id_type: str, field: str) -> None:
    wrong = SAID_OF_FILES.get(ids.wrong or "", ids.wrong)
    if wrong is None and ids.form is not FORMATS[id_type]:
        wrong = WRONG_FORMAT
    if wrong is None and field == "file" and ids.rows > emulator.settings.max_file_ids:
        wrong = TOO_MANY
    if wrong:
        is_json = wrong == WRONG_FORMAT and field == "audiences"
        raise errors.bad(wrong, field, "Invalid audience id format" if is_json else "")


@contextmanager
def _ids_of(emulator: Emulator, said: Said) -> Iterator[IdFile]:
    """`[{"id": …}]`, taken in as the file it might have been."""
    given = said.get("audiences")
    if not isinstance(given, list):
        raise errors.malformed("audiences", "must be an array")
    if not given:
        raise errors.bad(NONE_VALID, "audiences")
    if len(given) > emulator.settings.max_json_ids:
        raise errors.bad(TOO_MANY, "audiences")
    ids = [each.get("id") if isinstance(each, dict) else None for each in given]
    if not all(isinstance(each, str) and ANY_ID.fullmatch(each) for each in ids):
        raise errors.bad(WRONG_FORMAT, "audiences", "Invalid audience id format")
    content = "\n".join(map(str, ids)).encode()
    with IdFile(emulator.members.folder, most_bytes=len(content)) as file:
        file.write([content])
        yield file


def _file_ids(emulator: Emulator) -> IdFile:
    return IdFile(emulator.members.folder, most_bytes=emulator.settings.max_file_ids * LONGEST_ROW)


def _read_form(emulator: Emulator, request: Request, ids: IdFile) -> Said:
    if request.media_type != "multipart/form-data":
        raise errors.of_status(415)
    fields: dict[str, str] = {}
    try:
        for part in Reader(request.body, request.headers["Content-Type"]).parts():
            _read_part(emulator, part, fields, ids)
    except Malformed as error:
        raise errors.error(400, "The request body could not be parsed as a form") from error
    if "file" not in fields:
        raise errors.malformed("file", "May not be empty")
    return Said(fields, typed=False)


def _read_part(emulator: Emulator, part: Part, fields: dict[str, str], ids: IdFile) -> None:
    if part.name in fields:
        raise errors.malformed(part.name, "May not be given twice")
    if part.name == "file":
        if part.media_type != "text/plain" and not emulator.settings.any_file_type:
            raise errors.of_status(415)
        fields["file"] = part.file_name or ""
        ids.write(part.chunks())
    elif part.name in FIELDS:
        fields[part.name] = part.text()


def _refusing(act: Callable[[], Audience]) -> Audience:
    """What the rules say no to, in this API's words."""
    fields = {"name": "description", "id": "audienceGroupId"}
    try:
        return act()
    except Busy as busy:
        raise errors.of_status(429) from busy
    except Refused as refused:
        raise errors.bad(refused.reason, fields.get(refused.field, refused.field)) from refused
