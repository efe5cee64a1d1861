"""Conditions on URLs and on app events, shared by web traffic, app events and custom conversions."""

from __future__ import annotations

from typing import Any

from emulator.ads import errors
from emulator.ads.bodies import Fields
from emulator.settings import Settings

URL_CONDITIONS = ("EQUAL_TO", "CONTAIN", "NOT_CONTAIN")
APP_PARAMETERS = (
    *("CATEGORY_IDS", "ITEM_IDS", "ITEM_PRICE", "ITEM_QUANTITY"),
    *("SEARCH_KEYWORDS", "LEVEL_IDS", "DATA", "EVENT_NAMES"),
)
NUMERIC = {"ITEM_PRICE", "ITEM_QUANTITY"}
COMPARISONS = ("GREATER_THAN", "LESS_THAN", "GREATER_THAN_OR_EQ", "LESS_THAN_OR_EQ")
APP_CONDITIONS = (*URL_CONDITIONS, "NOT_EQUAL_TO", "PREFIX", "SUFFIX", *COMPARISONS)
WEB, APP, CONVERSION = "WEBTRAFFIC_AUDIENCE_GROUP", "APP_EVENT_AUDIENCE_GROUP", "CUSTOM_CONVERSION"
# LINE's spelling of the catalogue: without the I in CONDITION where a whole group is meant.
WEB_GROUP, WEB_KEYWORDS = "WEBTRAFFIC_CONDTION_GROUP", "WEBTRAFFIC_CONDITION_GROUP_KEYWORDS"


def urls(given: Fields, visit: str, settings: Settings) -> dict[str, Any]:
    """`matchingType` and `conditionGroup` of web traffic."""
    matching = given.choice("matchingType", ("NONE", "NORMAL")) if given.has("matchingType") else ""
    if visit == "VISIT_ALL":
        if given.has("conditionGroup"):
            raise errors.bad(f"{WEB}_UNNECESSARY_{WEB_GROUP}", given.name("conditionGroup"))
        return {}
    # Pages that match nothing in particular would be all of them: a URL rule needs its conditions.
    is_needed = matching == "NORMAL" or visit == "URL_MATCHING"
    if not is_needed:
        if given.has("conditionGroup"):
            raise errors.bad(f"{WEB}_UNNECESSARY_{WEB_GROUP}", given.name("conditionGroup"))
        return {"matchingType": "NONE"}
    if not given.has("conditionGroup") or not given.array("conditionGroup"):
        raise errors.bad(f"{WEB}_MISSING_{WEB_GROUP}", given.name("conditionGroup"))
    groups = url_groups(given, "conditionGroup", WEB, WEB_KEYWORDS, settings)
    return {"matchingType": "NORMAL", "conditionGroup": groups}


def url_groups(given: Fields, field: str, kind: str, what: str, settings: Settings) -> list[dict[str, Any]]:
    """`[{"conditionType", "keywords"}]`; `kind` and `what` are the two ends of LINE's reasons."""
    seen: set[str] = set()
    groups = []
    for group in given.objects(field):
        condition = group.choice("conditionType", URL_CONDITIONS)
        words = group.texts("keywords") if group.has("keywords") else []
        _check_words(words, group.name("keywords"), kind, what, settings)
        if seen & set(words) or len(set(words)) < len(words):
            raise errors.bad(f"{kind}_SAME_{what}", group.name("keywords"))
        seen |= set(words)
        groups.append({"conditionType": condition, "keywords": words})
    if len(seen) > settings.max_keywords:
        raise errors.bad(f"{kind}_TOO_MANY_{what}", given.name(field))
    return groups


def _check_words(words: list[str], field: str, kind: str, what: str, settings: Settings) -> None:
    if not words or not all(words):
        raise errors.bad(f"{kind}_MISSING_{what}", field)
    if any(len(word) > settings.max_keyword for word in words):
        raise errors.bad(f"{kind}_MAX_LENGTH_OVER_{what}", field)
    if any(not word.isprintable() or " " in word for word in words):
        raise errors.bad(f"{kind}_WRONG_{what}", field)


def app_events(given: Fields, settings: Settings) -> dict[str, Any]:
    """`matchMethod` and `conditionGroup` of app events."""
    method = given.choice("matchMethod", ("NONE", "NORMAL"))
    if method == "NONE":
        if given.has("conditionGroup"):
            raise errors.bad("REQUEST_INPUT_INVALID", given.name("conditionGroup"))
        return {"matchMethod": method}
    if not given.has("conditionGroup") or not given.array("conditionGroup"):
        raise errors.bad(f"{APP}_MISSING_CONDITION_GROUP", given.name("conditionGroup"))
    groups = [_app_group(group, settings) for group in given.objects("conditionGroup")]
    return {"matchMethod": method, "conditionGroup": groups}


def _app_group(group: Fields, settings: Settings) -> dict[str, Any]:
    key = group.choice("parameterKey", APP_PARAMETERS)
    condition = group.choice("conditionType", APP_CONDITIONS)
    if condition in COMPARISONS and key not in NUMERIC:
        reason = f"{APP}_INVALID_COMBINATION_PARAMETER_AND_CONDITION"
        raise errors.bad(reason, group.name("conditionType"))
    values = group.texts("values") if group.has("values") else []
    field = group.name("values")
    if not values or not all(values):
        raise errors.bad(f"{APP}_MISSING_CONDITION_GROUP_VALUES", field)
    if len(values) > settings.max_keywords:
        raise errors.bad(f"{APP}_TOO_MANY_APP_EVENT_CONDITION_GROUP_VALUES", field)
    if any(len(value) > settings.max_keyword for value in values):
        raise errors.bad(f"{APP}_MAX_LENGTH_OVER_APP_EVENT_CONDITION_GROUP_KEYWORD", field)
    if condition in COMPARISONS and not all(value.isascii() and value.isdigit() for value in values):
        raise errors.bad(f"{APP}_INVALID_CONDITION", field)
    return {"parameterKey": key, "conditionType": condition, "values": values}
