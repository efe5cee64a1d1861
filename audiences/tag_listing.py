"""The LINE Tags of an ad account, and what pages have reported to them, as a step of its refresh."""

from __future__ import annotations

from audiences.visits import Visit
from lineads.shapes import LineTag, TagEvents
from resources.tag_refresh import refresh_tags


class _Asking:
    """LINE at the pace of the visit."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def line_tags(self, ad_account: str) -> list[LineTag]:
        return self._visit.ask(lambda client: client.line_tags(ad_account))

    def tag_events(self, ad_account: str, tag_id: str) -> TagEvents:
        return self._visit.ask(lambda client: client.tag_events(ad_account, tag_id))


def take_in_tags(visit: Visit) -> None:
    refresh_tags(_Asking(visit), visit.account, writing=visit.writing)
