"""LINE Tags and what pages have reported to them, as LINE tells of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lineads.errors import Kind, LineAdsError
from lineads.shapes import LineTag, TagEvent
from tests.lineads.server import line, reply

TAG = "01234567-8901-2345-6789-012345678901"
OWN = {
    "tagId": TAG,
    "ownerName": "Shop",
    "ownerCustomerId": "A1",
    "ownerCustomerType": "LAP",
    "myTag": True,
}
VIEW = {
    "name": "Base code",
    "status": "ACTIVE",
    "errorReason": None,
    "lastContactAt": "2026-05-14T12:04:05+09:00",
}
NEVER = {"name": "Conversion", "status": "INACTIVE", "errorReason": "NO_CONTACT", "lastContactAt": None}


def events(**changes: Any) -> dict[str, Any]:
    return {"pageView": VIEW, "conversion": NEVER, "customEvents": [], "eventValues": [], **changes}


def test_own_tags_are_told_from_shared_ones() -> None:
    shared = {"tagId": 7, "ownerName": "Chain", "myTag": False, "later": "unknown"}
    with line(reply(200, {"data": [OWN, shared]})) as server:
        own, other = server.client().line_tags("A1")

    assert own == LineTag(TAG, "Shop", "A1", "LAP", is_own=True)
    assert other == LineTag("7", "Chain", "", "", is_own=False)
    assert server.requests[0].target == "/api/v3/adaccounts/A1/line-tags"


def test_the_events_of_one_tag_are_asked_for_by_its_id() -> None:
    custom = {"name": "AddToCart", "status": "ACTIVE", "lastContactAt": "2026-05-14T03:04:05Z"}
    with line(reply(200, events(customEvents=[custom, {"status": "ACTIVE"}]))) as server:
        told = server.client().tag_events("A0/x", TAG)

    seen = datetime(2026, 5, 14, 3, 4, 5, tzinfo=UTC)
    assert told.page_view == TagEvent("Base code", is_active=True, error_reason="", last_contact_at=seen)
    assert told.conversion == TagEvent("Conversion", False, "NO_CONTACT", None)
    assert [event.name for event in told.custom] == ["AddToCart"]
    assert server.requests[0].target == f"/api/v3/adaccounts/A0%2Fx/tag-events?tagId={TAG}"


def test_events_that_line_leaves_out_are_unknown() -> None:
    with line(reply(200, {"pageView": None})) as server:
        told = server.client().tag_events("A1", TAG)

    assert (told.page_view, told.conversion, told.custom) == (None, None, ())


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"data": [{"ownerName": "no id"}]}, []])
def test_an_answer_of_another_shape_is_strange(answer: object) -> None:
    with line(reply(200, answer)) as server, pytest.raises(LineAdsError) as strange:
        server.client().line_tags("A1")

    assert strange.value.kind == Kind.STRANGE
