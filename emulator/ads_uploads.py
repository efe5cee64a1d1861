"""`POST .../custom-audiences/upload`: parts in any order, the file never held whole."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

from emulator import ads_errors, ads_queries
from emulator.audiences import FUNCTION_TYPES, JOB_TYPES, Audience, Owner, Refused, Upload
from emulator.emulator import Emulator
from emulator.exchange import Request
from emulator.identifiers import FORMATS, IFA, IdFile
from emulator.multipart import Malformed, Part, Reader

FIELDS = {"id", "name", "action", "idType"}
LONGEST_FILE_NAME = 255


@dataclass
class Form:
    fields: dict[str, str] = field(default_factory=dict)
    file_name: str | None = None


def take(emulator: Emulator, request: Request, owner: Owner) -> Audience:
    if request.media_type != "multipart/form-data":
        raise ads_errors.bad("INVALID_CONTENT_TYPE_HEADER", "Content-Type")
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
            raise ads_errors.bad("DECODING_FAILED", "body") from error
        return _accept(emulator, request, owner, form, ids)


def _read(part: Part, form: Form, ids: IdFile) -> None:
    if part.name in form.fields or (part.name == "file" and form.file_name is not None):
        raise ads_errors.bad("DUPLICATE_KEY", part.name)
    if part.name == "file":
        form.file_name = (part.file_name or "")[:LONGEST_FILE_NAME]
        ids.write(part.chunks())
    elif part.name in FIELDS:
        form.fields[part.name] = part.text()


def _enter(emulator: Emulator, owner: Owner, stack: ExitStack) -> None:
    """Hold one of the account's places for REPLACE until this request is answered."""
    running = emulator.audiences.running_replaces(owner) if emulator.settings.replace_counts == "jobs" else 0
    if not emulator.replaces.enter(owner, emulator.settings.replace_limit - running):
        raise ads_errors.too_many()
    stack.callback(emulator.replaces.leave, owner)


def _accept(emulator: Emulator, request: Request, owner: Owner, form: Form, ids: IdFile) -> Audience:
    entry, fields = request.entry, form.fields
    action, id_type = _choices(emulator, fields)
    entry.action, entry.id_type, entry.rows, entry.ids = action, id_type, ids.rows, 0
    run = emulator.members.new_name()
    try:
        audience_id = _target(emulator, owner, fields, action, id_type)
        fails = _check_file(emulator, form, ids, id_type) or request.job_fails
        kept = ids.keep(run)
        name, file_name = fields.get("name", ""), form.file_name or "file"
        upload = Upload(action, id_type, audience_id, name, file_name, run, ids.rows, fails=fails)
        audience = emulator.audiences.take(owner, upload)
    except Refused as refused:
        emulator.members.drop(run)
        raise ads_errors.bad(refused.reason, refused.field) from refused
    entry.ids = kept
    return audience


def _choices(emulator: Emulator, fields: dict[str, str]) -> tuple[str, str]:
    if "action" not in fields:
        raise ads_errors.bad("REQUIRED", "action")
    if fields["action"] not in JOB_TYPES:
        raise ads_errors.bad("INVALID_ENUM", "action")
    id_type = fields.get("idType", emulator.settings.default_id_type)
    if id_type not in FUNCTION_TYPES:
        raise ads_errors.bad("INVALID_ENUM", "idType")
    return fields["action"], id_type


def _target(
    emulator: Emulator, owner: Owner, fields: dict[str, str], action: str, id_type: str
) -> int | None:
    """The audience to fill, or None for a new one. With an id, a name says nothing."""
    if "id" in fields:
        audience_id = ads_queries.number(fields["id"], "id")
        emulator.audiences.check_target(owner, audience_id, id_type)
        return audience_id
    if "name" not in fields:
        raise ads_errors.bad("REQUIRED", "name")
    if action == "REPLACE" and not emulator.settings.replace_creates:
        raise ads_errors.bad("REQUIRED", "id")
    emulator.audiences.check_name(owner, fields["name"])
    return None


def _check_file(emulator: Emulator, form: Form, ids: IdFile, id_type: str) -> bool:
    """Refuse a wrong file; or, if LINE notices wrong lines only later, say that its job will fail."""
    if form.file_name is None:
        raise ads_errors.bad("REQUIRED", "file")
    wrong = ids.wrong
    if wrong is None and ids.form is not FORMATS[id_type]:
        wrong = "UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT"
    if wrong is None and ids.form is IFA and ids.rows > emulator.settings.max_ifa_lines:
        wrong = "UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS"
    if wrong == "UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT" and emulator.settings.bad_line == "job":
        return True
    if wrong:
        raise ads_errors.bad(wrong, "file")
    return False
