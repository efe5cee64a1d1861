"""What one ad account sees: its own audiences and tags, and those others share with it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from emulator.clock import in_zone
from emulator.console import SharedResource, tags_of
from emulator.emulator import Emulator
from emulator.records import Audience, Owner
from emulator.tags import tag_of

# Which object of an audience describes it, by function type.
SUB_OBJECTS = {
    "LOOKALIKE": "lookalike",
    "WEBTRAFFIC": "webtraffic",
    "APP_EVENT": "appEvent",
    "ACCOUNT_FRIENDS": "accountFriends",
    "VIDEO_VIEW": "videoView",
    "IMAGE_CLICK": "imageClick",
}
FUNCTION_TYPES = {
    *SUB_OBJECTS,
    *(
        "UPLOAD",
        "HASHED_PHONE_NUMBER_UPLOAD",
        "HASHED_EMAIL_UPLOAD",
        "IMP",
        "CLICK",
        "CHAT_TAG",
        "FRIEND_PATH",
    ),
    *("THV_EVENT", "TRACKINGTAG_WEBTRAFFIC"),
}


class AdAccountView:
    def __init__(self, emulator: Emulator, account_id: str) -> None:
        self._emulator, self.account_id = emulator, account_id
        account = emulator.groups.account(account_id)
        self.account_name = account.name if account else account_id
        self.zone = account.timezone if account else emulator.settings.timezone

    @property
    def owner(self) -> Owner:
        return Owner("lap", self.account_id)

    def audiences(self) -> list[Audience]:
        """Own and, if the setting says so, shared ones, of the kinds the Ads API has a word for."""
        own = self._emulator.audiences.owned_by(self.owner)
        shared = self.shared if self._emulator.settings.shared_in_ads_list else []
        ids = {each.id for each in own}
        return own + [each for each in shared if each.id not in ids]

    @cached_property
    def shared(self) -> list[Audience]:
        shares = self._emulator.shared_audiences(self.account_id)
        held = self._emulator.audiences.held(int(each.line_id) for each in shares)
        found = [_as_audience(self._emulator, each, held.get(int(each.line_id))) for each in shares]
        return [each for each in found if each.function_type in FUNCTION_TYPES]

    def usable(self, audience_id: int) -> Audience | None:
        """Own or shared: what may be compared and looked like, whether or not lists show it."""
        own = self._emulator.audiences.owned(self.owner, audience_id)
        return own or next((each for each in self.shared if each.id == audience_id), None)

    def tags(self) -> list[dict[str, Any]]:
        """The own tag first."""
        own: dict[str, Any] = {"tagId": tag_of(self.account_id), "ownerName": self.account_name}
        own |= {"ownerCustomerId": self.account_id, "ownerCustomerType": "LAP", "myTag": True}
        return [own, *({**_tag(each), "myTag": False} for each in self._shared_tags())]

    def tag(self, tag_id: str) -> dict[str, Any] | None:
        return next((tag for tag in self.tags() if tag["tagId"] == tag_id), None)

    def shown(self, audience: Audience) -> dict[str, Any]:
        status = self._emulator.audiences.status(audience)
        return {
            "id": str(audience.id),
            "name": audience.name,
            "functionType": audience.function_type,
            "status": status,
            **({"failedType": audience.failed_type} if status == "FAILED" else {}),
            "estimatedAudienceSize": self._emulator.sizes.text(audience),
            **self._rule(audience),
            "created": in_zone(audience.created, self.zone),
        }

    def _shared_tags(self) -> list[SharedResource]:
        return tags_of(self._emulator.shares, self.account_id)

    def _rule(self, audience: Audience) -> dict[str, Any]:
        """The object that fits the function type, with what only LINE can say of it."""
        name, rule = SUB_OBJECTS.get(audience.function_type), audience.described
        if name is None or not rule:
            return {}
        if name == "lookalike":
            rule = rule | {"source": self._source(rule["source"]["audienceGroupId"])}
        if name == "webtraffic":
            tag = self.tag(rule["tagId"])
            rule = rule | ({"tagOwnerName": tag["ownerName"]} if tag else {})
        return {name: rule}

    def _source(self, source_id: int) -> dict[str, Any]:
        if self.usable(source_id):
            return {"audienceGroupId": source_id, "available": True}
        if source_id in self._emulator.audiences.deleted():
            reason = "DELETED"
        else:
            reason = "NOT_SHARED" if self._emulator.audiences.get(source_id) else "NOT_FOUND"
        return {"audienceGroupId": source_id, "available": False, "unavailableReason": reason}


def _tag(shared: SharedResource) -> dict[str, Any]:
    """Only tags of LINE Ads accounts say whose they are by id."""
    is_ads = shared.owner_service == "lap"
    names = {"lap": "LAP", "account": "OA", "bm": "BM"}
    return {
        "tagId": shared.line_id,
        "ownerName": shared.owner_name,
        "ownerCustomerId": shared.owner_code if is_ads else "",
        "ownerCustomerType": names.get(shared.owner_service, shared.owner_service.upper()),
    }


def _as_audience(emulator: Emulator, shared: SharedResource, own: Audience | None) -> Audience:
    """The emulator's own audience under the name it is shared by, or all that is known of one it lacks."""
    audience_id = int(shared.line_id)
    kind = (own.function_type if own else shared.kind).replace("USER_ID_UPLOAD", "UPLOAD")
    if own:
        return Audience(**{**vars(own), "name": shared.name, "function_type": kind})
    created = audience_id / 1000 if audience_id > 10**12 else 0.0
    return Audience(
        id=audience_id,
        service=shared.owner_service,
        owner=shared.owner_code,
        name=shared.name,
        function_type=kind,
        status="READY",
        failed_type=None,
        created=created,
        uploaded=emulator.clock.now(),
        members=0,
        deleted=None,
        create_route=shared.create_route,
        rule=None,
        size=0,
        in_use=0,
    )
