"""LINE's objects, read tolerantly: unknown fields are ignored, ids may be numbers, only an id is a must."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = Mapping[str, Any]


def identifier(value: object) -> str:
    """LINE types the same id as text in one answer and as a number in the next."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError("no id")
    return str(value)


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


def moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return found if found.tzinfo else None


def number(value: object) -> int | None:
    shown = str(value)
    return int(shown) if shown.isascii() and shown.isdecimal() else None


# What an audience that LINE builds by a rule is built on; only the one that fits its function type is there.
RULES = ("webtraffic", "lookalike", "appEvent", "accountFriends", "videoView", "imageClick")


@dataclass(frozen=True)
class CustomAudience:
    id: str
    name: str
    function_type: str
    status: str
    failed_type: str
    estimated_size: str  # a number, "-" or "100 or fewer", as LINE words it
    created: datetime | None
    rules: Json = field(default_factory=dict)  # by the name of LINE's object, as LINE sends it

    @classmethod
    def read(cls, data: Json) -> CustomAudience:
        return cls(
            id=identifier(data["id"]),
            name=text(data.get("name")),
            function_type=text(data.get("functionType")),
            status=text(data.get("status")),
            failed_type=text(data.get("failedType")),
            estimated_size=str(data.get("estimatedAudienceSize", "")),
            created=moment(data.get("created")),
            rules={name: data[name] for name in RULES if isinstance(data.get(name), dict)},
        )

    @property
    def size(self) -> int | None:
        """The estimate as a number, when LINE gives one."""
        return number(self.estimated_size)


@dataclass(frozen=True)
class UploadJob:
    id: str
    name: str
    type: str
    status: str
    failed_type: str
    audience_count: int | None
    created: datetime | None

    @classmethod
    def read(cls, data: Json) -> UploadJob:
        return cls(
            id=identifier(data["audienceGroupJobId"]),
            name=text(data.get("name")),
            type=text(data.get("type")),
            status=text(data.get("jobStatus")),
            failed_type=text(data.get("failedType")),
            audience_count=number(data.get("audienceCount")),
            created=moment(data.get("created")),
        )


@dataclass(frozen=True)
class AdAccount:
    id: str
    name: str
    configured_status: str
    country: str
    timezone: str

    @classmethod
    def read(cls, data: Json) -> AdAccount:
        return cls(
            id=identifier(data["id"]),
            name=text(data.get("name")),
            configured_status=text(data.get("configuredStatus")),
            country=text(data.get("country")),
            timezone=text(data.get("timezone")),
        )


@dataclass(frozen=True)
class Page:
    audiences: tuple[CustomAudience, ...]
    page: int
    total: int | None
    has_next: bool

    @classmethod
    def read(cls, data: Json) -> Page:
        return cls(
            audiences=tuple(CustomAudience.read(entry) for entry in data["audienceGroups"]),
            page=number(data.get("page")) or 1,
            total=number(data.get("totalElements")),
            has_next=data.get("hasNextPage") is True,
        )


@dataclass(frozen=True)
class LineTag:
    """A LINE Tag that an ad account may use. LINE gives it no name, only that of its owner."""

    id: str
    owner_name: str
    owner_customer_id: str  # empty unless a LINE Ads account owns it
    owner_customer_type: str
    is_own: bool

    @classmethod
    def read(cls, data: Json) -> LineTag:
        return cls(
            id=identifier(data["tagId"]),
            owner_name=text(data.get("ownerName")),
            owner_customer_id=text(data.get("ownerCustomerId")),
            owner_customer_type=text(data.get("ownerCustomerType")),
            is_own=data.get("myTag") is True,
        )


@dataclass(frozen=True)
class TagEvent:
    name: str
    is_active: bool
    error_reason: str
    last_contact_at: datetime | None

    @classmethod
    def read(cls, data: Json) -> TagEvent:
        return cls(
            name=text(data.get("name")),
            is_active=data.get("status") == "ACTIVE",
            error_reason=text(data.get("errorReason")),
            last_contact_at=moment(data.get("lastContactAt")),
        )


@dataclass(frozen=True)
class TagEvents:
    page_view: TagEvent | None
    conversion: TagEvent | None
    custom: tuple[TagEvent, ...]  # what has no name is left out: it has nothing else to be known by

    @classmethod
    def read(cls, data: Json) -> TagEvents:
        fixed = {kind: data.get(kind) for kind in ("pageView", "conversion")}
        view, conversion = (TagEvent.read(each) if each else None for each in fixed.values())
        custom = [TagEvent.read(each) for each in data.get("customEvents") or []]
        return cls(view, conversion, tuple(event for event in custom if event.name))


def line_tags(data: Json) -> list[LineTag]:
    return [LineTag.read(entry) for entry in data["data"]]


def upload_jobs(data: Json) -> list[UploadJob]:
    return [UploadJob.read(entry) for entry in data["jobs"]]


def ad_accounts(data: Json) -> list[AdAccount]:
    return [AdAccount.read(entry) for entry in data["datas"]]
