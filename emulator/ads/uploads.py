"""`POST .../custom-audiences/upload`: parts in any order, the file never held whole."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

from emulator.ads import errors, queries
from emulator.emulator import Emulator
from emulator.exchange import Request
from emulator.identifiers import FORMATS, IFA, IdFile
from emulator.multipart import Malformed, Part, Reader
from emulator.records import JOB_TYPES, UPLOAD_TYPES, Audience, NewAudience, Owner, Refused, Upload

FIELDS = {"id", "name", "action", "idType"}
ADS_ID_TYPES = ("IFA", "HASHED_PHONE_NUMBER", "HASHED_EMAIL")
LONGEST_FILE_NAME = 255


@dataclass
class Form:
    fields: dict[str, str] = field(default_factory=dict)
    file_name: str | None = None


def take(emulator: Emulator, request: Request, owner: Owner) -> Audience:
    if request.media_type != "multipart/form-data":
        raise errors.bad("INVALID_CONTENT_TYPE_HEADER", "Content-Type")
    with ExitStack() as stack:
        ids = stack.enter_context(
            IdFile(emulator.members.folder, most_bytes=emulator.settings.max_file_bytes)
        )
        form = Form()
        try:
            for part in Reader(request.body, request.headers["Content-Type"]).parts():
                _read(part, form, ids)
                if part.name == "action" and form.fields["action"] == "REPLACE":
                    _enter(emulator, owner, stack)
        except Malformed as error:
            raise errors.bad("DECODING_FAILED", "body") from error
        return _accept(emulator, request, owner, form, ids)


def _read(part: Part, form: Form, ids: IdFile) -> None:
    if part.name in form.fields or (part.name == "file" and form.file_name is not None):
        raise errors.bad("DUPLICATE_KEY", part.name)
    if part.name == "file":
        form.file_name = (part.file_name or "")[:LONGEST_FILE_NAME]
        ids.write(part.chunks())
    elif part.name in FIELDS:
        form.fields[part.name] = part.text()


def _enter(emulator: Emulator, owner: Owner, stack: ExitStack) -> None:
    """Hold one of the account's places for REPLACE until this request is answered."""
    settings = emulator.settings

    def most() -> int:
        jobs = settings.replace_counts == "jobs"
        return settings.replace_limit - (emulator.audiences.running_replaces(owner) if jobs else 0)

    if not emulator.replaces.enter(owner, most):
        raise errors.too_many()
    stack.callback(emulator.replaces.leave, owner)


def _accept(emulator: Emulator, request: Request, owner: Owner, form: Form, ids: IdFile) -> Audience:
    entry, fields = request.entry, form.fields
    action, id_type = _choices(emulator, fields)
    entry.action, entry.id_type, entry.rows, entry.ids = action, id_type, ids.rows, 0
    run = emulator.members.new_name()
    try:
        target = _target(emulator, owner, fields, action, id_type)
        fails = _check_file(emulator, form, ids, id_type) or request.job_fails
        kept = ids.keep(run)
        upload = Upload(target, action, form.file_name or "file", run, ids.rows, fails=fails)
        audience = emulator.audiences.take(owner, upload)
    except Refused as refused:
        emulator.members.drop(run)
        raise errors.bad(refused.reason, refused.field) from refused
    entry.ids = kept
    return audience


def _choices(emulator: Emulator, fields: dict[str, str]) -> tuple[str, str]:
    if "action" not in fields:
        raise errors.bad("REQUIRED", "action")
    if fields["action"] not in JOB_TYPES:
        raise errors.bad("INVALID_ENUM", "action")
    id_type = fields.get("idType", emulator.settings.default_id_type)
    if id_type not in ADS_ID_TYPES:
        raise errors.bad("INVALID_ENUM", "idType")
    return fields["action"], id_type


def _target(
    emulator: Emulator, owner: Owner, fields: dict[str, str], action: str, id_type: str
) -> int | NewAudience:
    """The audience to fill, or what a new one is to be. With an id, a name says nothing."""
    if "id" in fields:
        return _existing(emulator, owner, queries.number(fields["id"], "id"), id_type)
    if "name" not in fields:
        raise errors.bad("REQUIRED", "name")
    if action == "REPLACE" and not emulator.settings.replace_creates:
        raise errors.bad("REQUIRED", "id")
    emulator.audiences.check_name(owner, fields["name"])
    return NewAudience(fields["name"], UPLOAD_TYPES[id_type])


def _existing(emulator: Emulator, owner: Owner, audience_id: int, id_type: str) -> int:
    """Refused before the ids are sorted for nothing."""
    audience = emulator.audiences.owned(owner, audience_id)
    if audience is None:
        raise Refused("AUDIENCE_GROUP_NOT_FOUND", "id")
    if audience.function_type != UPLOAD_TYPES[id_type]:
        raise Refused("INVALID_VALUE", "idType")
    if emulator.audiences.status(audience) == "EXPIRED":
        raise Refused("INVALID_REQUEST", "id")
    return audience_id


def _check_file(emulator: Emulator, form: Form, ids: IdFile, id_type: str) -> bool:
    """Refuse a wrong file; or, if LINE notices wrong lines only later, say that its job will fail."""
    if form.file_name is None:
        raise errors.bad("REQUIRED", "file")
    wrong = ids.wrong
    if wrong is None and ids.form is not FORMATS[id_type]:
        wrong = "UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT"
    if wrong is None and ids.form is IFA and ids.rows > emulator.settings.max_ifa_lines:
        wrong = "UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS"
    if wrong == "UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT" and emulator.settings.bad_line == "job":
        return True
    if wrong:
        raise errors.bad(wrong, "file")
    return False
