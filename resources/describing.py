"""What LINE tells of an audience beyond its name and size, in words: why it failed, what it is built on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from resources.models import Resource

Fact = tuple[str, str]
FAILURES: dict[str, Promise] = {
    "AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT": gettext_lazy("LINE found too few people."),
    "INTERNAL_ERROR": gettext_lazy("LINE had an error of its own."),
}
UNUSABLE: dict[str, Promise] = {
    "DELETED": gettext_lazy("deleted"),
    "NOT_SHARED": gettext_lazy("no longer shared"),
    "NOT_FOUND": gettext_lazy("not found"),
}
VISITS: dict[str, Promise] = {
    "VISIT_ALL": gettext_lazy("All visitors"),
    "URL_MATCHING": gettext_lazy("Visitors of certain pages"),
    "EVENT_MATCHING": gettext_lazy("Visitors with certain events"),
}
FRIENDS: dict[str, Promise] = {
    "ACTIVE": gettext_lazy("Friends"),
    "BLOCKED": gettext_lazy("People who blocked the account"),
}


def facts(resource: Resource) -> list[Fact]:
    """Label and value; what LINE left out, or says in words of its own, is left out or shown as it is."""
    found = [(_("Why it failed"), _word(FAILURES, resource.failed_type))] if resource.failed_type else []
    for name, describe in DESCRIBED.items():
        if isinstance(rule := resource.details.get(name), Mapping):
            found += describe(rule)
    return [(label, value) for label, value in found if value]


def _word(words: Mapping[str, Promise], code: object) -> str:
    return str(words.get(str(code), code)) if code else ""


def _lookalike(rule: Mapping[str, Any]) -> list[Fact]:
    source, volume = _object(rule, "source"), _object(rule, "volumeRate")
    shown = str(source.get("audienceGroupId", ""))
    if reason := source.get("unavailableReason"):
        shown = f"{shown} ({_word(UNUSABLE, reason)})"
    return [(_("Built on"), shown), (_("Similar to"), _share(volume))]


def _share(volume: Mapping[str, Any]) -> str:
    rate = volume.get("rate")
    if volume.get("auto") is True or not isinstance(rate, int | float):
        return _("as LINE chooses")
    return _("%(percent)s %% of LINE's users") % {"percent": f"{rate * 100:g}"}


def _webtraffic(rule: Mapping[str, Any]) -> list[Fact]:
    visits = [_word(VISITS, rule.get("visitType")), str(rule.get("customEventName") or "")]
    return [
        (_("Whom it holds"), " · ".join(filter(None, visits))),
        (_("LINE Tag"), " · ".join(str(rule[key]) for key in ("tagOwnerName", "tagId") if rule.get(key))),
        _days(rule, "retentionDays"),
    ]


def _app_event(rule: Mapping[str, Any]) -> list[Fact]:
    return [(_("Action in the app"), str(rule.get("actionType") or "")), _days(rule, "retentionDays")]


def _friends(rule: Mapping[str, Any]) -> list[Fact]:
    return [(_("Whom it holds"), _word(FRIENDS, rule.get("friendStatus")))]


def _ad_event(rule: Mapping[str, Any]) -> list[Fact]:
    return [(_("Event"), str(rule.get("eventType") or "")), _days(rule, "recency")]


def _days(rule: Mapping[str, Any], key: str) -> Fact:
    days = rule.get(key)
    return _("Of the last days"), str(days) if isinstance(days, int) else ""


def _object(rule: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = rule.get(key)
    return found if isinstance(found, Mapping) else {}


DESCRIBED = {
    "lookalike": _lookalike,
    "webtraffic": _webtraffic,
    "appEvent": _app_event,
    "accountFriends": _friends,
    "videoView": _ad_event,
    "imageClick": _ad_event,
}
