"""Audiences and jobs as the store holds them, and the words both APIs have for them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

# What an upload may hold; the Messaging API calls IFA and user ids both UPLOAD.
UPLOAD_TYPES = {
    "IFA": "UPLOAD",
    "HASHED_PHONE_NUMBER": "HASHED_PHONE_NUMBER_UPLOAD",
    "HASHED_EMAIL": "HASHED_EMAIL_UPLOAD",
    "USER_ID": "USER_ID_UPLOAD",
}
ID_TYPES = {function_type: id_type for id_type, function_type in UPLOAD_TYPES.items()}
JOB_TYPES = {"ADD": "DIFF_ADD", "REPLACE": "DIFF_REPLACE"}
BUILD = "BUILD"  # the unseen job behind an audience that is made by a rule
# These age; audiences that follow what people do renew themselves.
EXPIRING = {*ID_TYPES, "LOOKALIKE", "CLICK", "IMP"}
INSUFFICIENT = "AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT"
INTERNAL = "INTERNAL_ERROR"
FAIL_HOOK = "[fail]"  # in a name: the first job ends FAILED


class Refused(Exception):
    """A rule about audiences said no; `reason` is LINE's word for it, `field` what it is about."""

    def __init__(self, reason: str, field: str) -> None:
        super().__init__(reason)
        self.reason, self.field = reason, field


class Busy(Exception):
    """As many jobs run for this audience as may at a time."""


@dataclass(frozen=True)
class Owner:
    service: str  # "lap": a LINE Ads account, "account": an official account
    code: str


@dataclass(frozen=True)
class Audience:
    id: int
    service: str
    owner: str
    name: str
    function_type: str
    status: str
    failed_type: str | None
    created: float
    uploaded: float
    members: int | None  # distinct ids, estimated; None until somebody asks
    deleted: float | None
    create_route: str
    rule: str | None  # the object that describes who belongs, as JSON
    size: int | None  # people LINE finds, where a rule and not a set of ids decides it
    in_use: int  # an ad delivers to it

    @property
    def described(self) -> dict[str, Any]:
        """The rule as it was given; empty for uploads."""
        if not self.rule:
            return {}
        rule: dict[str, Any] = json.loads(self.rule)
        return rule


@dataclass(frozen=True)
class NewAudience:
    """What is to be known of an audience before it exists."""

    name: str
    function_type: str
    create_route: str = "AD_MANAGER"
    rule: dict[str, Any] | None = None
    size: int | None = None


@dataclass(frozen=True)
class Upload:
    """Ids on their way into the audience `target`, or into a new one."""

    target: int | NewAudience
    action: str
    label: str  # the file's name, or what the client says of the upload
    run: str
    count: int
    fails: bool = False
    most_running: int | None = None  # jobs of the audience at a time, this one too


@dataclass(frozen=True)
class Job:
    id: int
    audience_id: int
    name: str
    type: str
    state: str
    fails: str | None  # how it will have failed
    count: int
    created: float
    started: float
    run: str | None

    @property
    def failed_type(self) -> str | None:
        return self.fails if self.state == "FAILED" else None
