"""Audiences that LINE fills by a rule: what each kind needs, and how LINE words what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.ads import conditions, errors
from emulator.ads.bodies import Fields
from emulator.ads.seen import SUB_OBJECTS, AdAccountView
from emulator.emulator import Emulator
from emulator.records import Audience, NewAudience, Refused

LONGEST_RETENTION = 180  # days
HIGHEST_RATE = 0.15  # of all LINE users, for a lookalike
APP_ACTIONS = (
    *("INSTALL", "OPEN", "ADD_TO_CART", "PURCHASE", "VIEW_HOME", "VIEW_CATEGORY", "VIEW_ITEM"),
    *("SEARCH", "LEVEL_ACHIEVED", "TUTORIAL_COMPLETE", "CUSTOM"),
)
VIDEO_EVENTS = (
    *("CLICK", "PLAY_START", "VIDEO_PLAY_3S", "VIDEO_PLAY_25P", "VIDEO_PLAY_50P"),
    *("VIDEO_PLAY_75P", "VIDEO_PLAY_95P", "VIDEO_PLAY_COMPLETED"),
)


class Rules:
    """Reads one kind's object; a method answers the rule as it is kept and shown."""

    def __init__(self, emulator: Emulator, view: AdAccountView) -> None:
        self._emulator, self._view = emulator, view

    def read(self, function_type: str, body: Fields) -> dict[str, Any]:
        wanted = SUB_OBJECTS[function_type]
        for other in SUB_OBJECTS.values():
            if other != wanted and body.has(other):
                raise errors.bad("REQUEST_INPUT_INVALID", other)
        readers: dict[str, Callable[[Fields], dict[str, Any]]] = {
            "LOOKALIKE": self._lookalike,
            "WEBTRAFFIC": self._web_traffic,
            "APP_EVENT": self._app_event,
            "ACCOUNT_FRIENDS": self._friends,
            "VIDEO_VIEW": self._video_view,
            "IMAGE_CLICK": self._image_click,
        }
        return readers[function_type](body.object(wanted))

    def _lookalike(self, given: Fields) -> dict[str, Any]:
        source, volume = given.object("source"), given.object("volumeRate")
        source_id = source.whole("audienceGroupId")
        auto = volume.flag("auto", default=False)
        rate = 0.0 if auto and not volume.has("rate") else volume.number("rate", 0, HIGHEST_RATE)
        if not auto and not rate:
            raise errors.bad("OUT_OF_RANGE", volume.name("rate"))
        rule = {"source": {"audienceGroupId": source_id}, "volumeRate": {"auto": auto, "rate": rate}}
        self._check_source(source_id, source.name("audienceGroupId"))
        self._check_lookalikes(rule)
        return rule

    def _check_source(self, source_id: int, field: str) -> None:
        settings, audience = self._emulator.settings, self._view.usable(source_id)
        if audience is None or audience.function_type == "LOOKALIKE":
            raise errors.bad("LOOKALIKE_SOURCE_AUDIENCE_GROUP_NOT_FOUND", field)
        members = self._emulator.sizes.matched(audience)
        is_ready = self._emulator.audiences.status(audience) == "READY"
        if not is_ready or members < settings.lookalike_source_low:
            raise errors.bad("LOOKALIKE_SOURCE_AUDIENCE_GROUP_INSUFFICIENT", field)
        if members > settings.lookalike_source_high:
            raise errors.bad("LOOKALIKE_SOURCE_AUDIENCE_GROUP_TOO_MUCH", field)

    def _check_lookalikes(self, rule: dict[str, Any]) -> None:
        others = [each for each in self._own() if each.function_type == "LOOKALIKE"]
        if any(each.described == rule for each in others):
            raise errors.bad("LOOKALIKE_DUPLICATE_AUDIENCE_GROUP", "lookalike")
        if len(others) >= self._emulator.settings.max_lookalikes:
            raise errors.bad("LOOKALIKE_AUDIENCE_GROUP_COUNT_MAX_OVER", "lookalike")

    def _web_traffic(self, given: Fields) -> dict[str, Any]:
        tag_id = given.optional_text("tagId") or self._view.tags()[0]["tagId"]
        tag = self._view.tag(tag_id)
        if tag is None:
            raise errors.bad("INVALID_VALUE", given.name("tagId"))
        visit = given.choice("visitType", ("VISIT_ALL", "URL_MATCHING", "EVENT_MATCHING"))
        if visit == "EVENT_MATCHING" and not tag["myTag"]:  # shared tags give visits only
            raise errors.bad("INVALID_VALUE", given.name("tagId"))
        rule = {"tagId": tag_id, "visitType": visit}
        rule["retentionDays"] = given.whole("retentionDays", 1, LONGEST_RETENTION)
        rule |= conditions.urls(given, visit, self._emulator.settings)
        return rule | self._tag_event(given, visit, tag_id)

    def _tag_event(self, given: Fields, visit: str, tag_id: str) -> dict[str, Any]:
        kind = "WEBTRAFFIC_AUDIENCE_GROUP"
        if visit != "EVENT_MATCHING":
            _refuse_field(given, "tagEventType", f"{kind}_UNNECESSARY_WEBTRAFFIC_TAG_EVENT_TYPE")
            _refuse_field(given, "customEventName", f"{kind}_UNNECESSARY_WEBTRAFFIC_CUSTOM_EVENT_NAME")
            return {}
        if not given.has("tagEventType"):
            raise errors.bad(f"{kind}_MISSING_WEBTRAFFIC_TAG_EVENT_TYPE", given.name("tagEventType"))
        event = given.choice("tagEventType", ("CONVERSION_EVENT", "CUSTOM_EVENT"))
        if event == "CONVERSION_EVENT":
            _refuse_field(given, "customEventName", f"{kind}_UNNECESSARY_WEBTRAFFIC_CUSTOM_EVENT_NAME")
            return {"tagEventType": event}
        name = given.optional_text("customEventName")
        if not name:
            raise errors.bad(f"{kind}_MISSING_WEBTRAFFIC_CUSTOM_EVENT_NAME", given.name("customEventName"))
        if name not in self._emulator.tags.custom_events(tag_id):
            raise errors.bad(f"{kind}_NOT_EXISTS_WEBTRAFFIC_CUSTOM_EVENT_NAME", given.name("customEventName"))
        return {"tagEventType": event, "customEventName": name}

    def _app_event(self, given: Fields) -> dict[str, Any]:
        rule: dict[str, Any] = {}
        if given.has("mobileAppId"):
            rule["mobileAppId"] = given.whole("mobileAppId")
        rule["actionType"] = given.choice("actionType", APP_ACTIONS)
        rule["retentionDays"] = given.whole("retentionDays", 1, LONGEST_RETENTION)
        return rule | conditions.app_events(given, self._emulator.settings)

    def _friends(self, given: Fields) -> dict[str, Any]:
        rule = {"friendStatus": given.choice("friendStatus", ("ACTIVE", "BLOCKED"))}
        if any(each.function_type == "ACCOUNT_FRIENDS" and each.described == rule for each in self._own()):
            raise errors.bad("ACCOUNT_FRIENDS_AUDIENCE_GROUP_ALREADY_EXISTS", given.name("friendStatus"))
        return rule

    def _video_view(self, given: Fields) -> dict[str, Any]:
        return {
            "eventType": given.choice("eventType", VIDEO_EVENTS),
            "mediaVideoId": given.whole("mediaVideoId"),
            "recency": given.whole("recency", 1, self._emulator.settings.video_recency),
        }

    def _image_click(self, given: Fields) -> dict[str, Any]:
        return {
            "eventType": given.choice("eventType", ("CLICK",)),
            "campaignId": given.whole("campaignId"),
            "recency": given.whole("recency", 1, LONGEST_RETENTION),
        }

    def _own(self) -> list[Audience]:
        return self._emulator.audiences.owned_by(self._view.owner)


def create(emulator: Emulator, view: AdAccountView, body: Fields, fails: str | None) -> Audience:
    """Raises Refused or a refusal in the API's words; then nothing was made. `fails`: how its job will."""
    function_type = body.choice("functionType", list(SUB_OBJECTS))
    name = body.optional_text("name")
    if name is None:
        raise Refused("AUDIENCE_GROUP_NAME_EMPTY", "name")
    emulator.audiences.check_name(view.owner, name)
    rule = Rules(emulator, view).read(function_type, body)
    size = _size(emulator, function_type, rule)
    new = NewAudience(name, function_type, rule=rule, size=size)
    return emulator.audiences.create(view.owner, new, builds=True, fails=fails)


def source_of(audience: Audience) -> int | None:
    """The audience a lookalike takes after."""
    if audience.function_type != "LOOKALIKE":
        return None
    return int(audience.described["source"]["audienceGroupId"])


def _size(emulator: Emulator, function_type: str, rule: dict[str, Any]) -> int:
    if function_type == "LOOKALIKE":
        settings = emulator.settings
        return int(settings.line_users * (rule["volumeRate"]["rate"] or settings.lookalike_auto_rate))
    return emulator.sizes.built(repr(sorted(rule.items())))


def _refuse_field(given: Fields, field: str, reason: str) -> None:
    if given.has(field):
        raise errors.bad(reason, given.name(field))
