"""What LINE tells of an audience that it builds by a rule, as its page says it."""

from __future__ import annotations

from typing import Any

import pytest

from resources.describing import facts
from resources.models import Resource


def of(**details: Any) -> list[tuple[str, str]]:
    return facts(Resource(details=details))


def test_a_lookalike_names_its_source_and_its_width() -> None:
    rule = {"source": {"audienceGroupId": 77, "available": True}, "volumeRate": {"auto": False, "rate": 0.03}}

    assert of(lookalike=rule) == [("Built on", "77"), ("Similar to", "3 % of LINE's users")]


def test_a_lookalike_whose_source_is_gone_says_so() -> None:
    source = {"audienceGroupId": "77", "available": False, "unavailableReason": "NOT_SHARED"}

    assert of(lookalike={"source": source, "volumeRate": {"auto": True}}) == [
        ("Built on", "77 (no longer shared)"),
        ("Similar to", "as LINE chooses"),
    ]


def test_web_traffic_names_whom_by_which_tag_for_how_long() -> None:
    rule = {
        "tagId": "0f1e",
        "tagOwnerName": "Acme Ads",
        "visitType": "EVENT_MATCHING",
        "customEventName": "signup",
        "retentionDays": 90,
    }

    assert of(webtraffic=rule) == [
        ("Whom it holds", "Visitors with certain events · signup"),
        ("LINE Tag", "Acme Ads · 0f1e"),
        ("Of the last days", "90"),
    ]


@pytest.mark.parametrize(
    ("name", "rule", "told"),
    [
        ("appEvent", {"actionType": "PURCHASE"}, [("Action in the app", "PURCHASE")]),
        ("accountFriends", {"friendStatus": "ACTIVE"}, [("Whom it holds", "Friends")]),
        ("videoView", {"eventType": "CLICK", "recency": 3}, [("Event", "CLICK"), ("Of the last days", "3")]),
        ("imageClick", {}, []),
        ("webtraffic", {"visitType": "SOMETHING_NEW"}, [("Whom it holds", "SOMETHING_NEW")]),
        ("lookalike", "not an object", []),
        ("unheardOf", {"a": 1}, []),
    ],
)
def test_what_line_left_out_or_says_in_new_words_does_no_harm(
    name: str, rule: Any, told: list[tuple[str, str]]
) -> None:
    assert of(**{name: rule}) == told


def test_a_failure_has_a_reason_in_words() -> None:
    failed = Resource(failed_type="AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT")

    assert facts(failed) == [("Why it failed", "LINE found too few people.")]
    assert facts(Resource(failed_type="NEW_REASON")) == [("Why it failed", "NEW_REASON")]
