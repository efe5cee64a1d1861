"""The calls of the LINE Ads API that feeding audiences and sharing LINE Tags need.

No call is ever repeated here: only the caller knows whether a repeat is harmless.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx2

from lineads import shapes
from lineads.calls import Caller, CallRecord, as_json, nothing, utc_now
from lineads.multipart import ByteSource, Multipart
from lineads.shapes import AdAccount, CustomAudience, LineTag, Page, TagEvents, UploadJob

PAGE_SIZE = 100  # LINE names no maximum; this is its own default
MAX_PAGES = 1000  # a list that never ends would hold a worker for ever


class LineAds:
    """`base_url` is the origin (`https://ads.line.me`). `deadline` is the whole time of one call, in seconds.

    `before_send` runs when the connection stands and nothing has left yet: what it raises passes through, and
    the request was not sent. `on_call` gets every call, good or bad.
    """

    def __init__(
        self,
        base_url: str,
        access_key: str,
        secret_key: str,
        *,
        deadline: float = 60.0,
        before_send: Callable[[], None] | None = None,
        on_call: Callable[[CallRecord], None] | None = None,
        clock: Callable[[], datetime] = utc_now,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._caller = Caller(
            base_url.rstrip("/"),
            access_key,
            secret_key,
            deadline=deadline,
            before_send=before_send,
            on_call=on_call,
            clock=clock,
            transport=transport or _transport(),
        )

    def close(self) -> None:
        self._caller.transport.close()

    def list_audiences(
        self, ad_account: str, name: str | None = None, page: int = 1, size: int = PAGE_SIZE
    ) -> Page:
        """Newest first. Whether `name` finds parts of names too, LINE does not say: see `audiences_named`."""
        query = {"page": str(page), "size": str(size), "sortKey": "created", "sortOrder": "desc"}
        named = {"name": name} if name else {}
        return self._caller.call("GET", _audiences(ad_account), as_json(Page.read), query=query | named)

    def audiences_named(self, ad_account: str, name: str) -> list[CustomAudience]:
        return [found for found in self._every_audience(ad_account, name) if found.name == name]

    def find_audience(self, ad_account: str, audience_id: str) -> CustomAudience | None:
        """LINE has no call for one audience: this walks the list, newest first, until it is found."""
        every = self._every_audience(ad_account)
        return next((found for found in every if found.id == audience_id), None)

    def upload(
        self,
        ad_account: str,
        *,
        file: ByteSource,
        filename: str,
        id_type: str,
        action: str,
        audience_id: str | None = None,
        name: str | None = None,
    ) -> CustomAudience:
        """With `name` LINE creates the audience, with `audience_id` it changes an existing one."""
        if (audience_id is None) == (name is None):
            raise ValueError("an upload needs either an audience id or a name")
        target = {"name": name} if audience_id is None else {"id": audience_id}
        fields = {**target, "action": action, "idType": id_type}
        body = Multipart({key: value for key, value in fields.items() if value is not None}, file, filename)
        return self._caller.call(
            "POST", _audiences(ad_account, "upload"), as_json(CustomAudience.read), upload=body
        )

    def create(self, ad_account: str, body: Mapping[str, Any]) -> CustomAudience:
        """An audience that LINE fills by a rule: `name`, `functionType` and the object that goes with it."""
        path = _audiences(ad_account)
        return self._caller.call("POST", path, as_json(CustomAudience.read), body=body)

    def rename(self, ad_account: str, audience_id: str, name: str) -> CustomAudience:
        path = _audiences(ad_account, audience_id)
        return self._caller.call("POST", path, as_json(CustomAudience.read), body={"name": name})

    def delete(self, ad_account: str, audience_id: str) -> None:
        # LINE's text has the id in the path here and in the query there; the query is not signed.
        path = _audiences(ad_account, audience_id)
        self._caller.call("DELETE", path, nothing, query={"ids": audience_id})

    def upload_jobs(self, ad_account: str, audience_id: str) -> list[UploadJob]:
        return self._caller.call(
            "GET", _audiences(ad_account, audience_id, "upload-job"), as_json(shapes.upload_jobs)
        )

    def line_tags(self, ad_account: str) -> list[LineTag]:
        """The account's own tag and those shared with it."""
        path = f"/api/v3/adaccounts/{quote(ad_account, safe='')}/line-tags"
        return self._caller.call("GET", path, as_json(shapes.line_tags))

    def tag_events(self, ad_account: str, tag_id: str) -> TagEvents:
        path = f"/api/v3/adaccounts/{quote(ad_account, safe='')}/tag-events"
        return self._caller.call("GET", path, as_json(TagEvents.read), query={"tagId": tag_id})

    def group_ad_accounts(self, group_id: str) -> list[AdAccount]:
        found: list[AdAccount] = []
        path = f"/api/v3/groups/{quote(group_id, safe='')}/adaccounts"
        for page in range(1, MAX_PAGES):
            query = {"page": str(page), "size": str(PAGE_SIZE)}
            batch = self._caller.call("GET", path, as_json(shapes.ad_accounts), query=query)
            found += batch
            if len(batch) < PAGE_SIZE:
                break
        return found

    def _every_audience(self, ad_account: str, name: str | None = None) -> Iterator[CustomAudience]:
        for number in range(1, MAX_PAGES):
            page = self.list_audiences(ad_account, name, page=number)
            yield from page.audiences
            if not page.has_next or not page.audiences:
                return


def _audiences(ad_account: str, *more: str) -> str:
    parts = [quote(part, safe="") for part in (ad_account, "custom-audiences", *more)]
    return "/api/v3/adaccounts/" + "/".join(parts)


def _transport() -> httpx2.BaseTransport:
    limits = httpx2.Limits(max_keepalive_connections=0)
    return httpx2.HTTPTransport(verify=_trust(), limits=limits, retries=0, trust_env=False)


@cache
def _trust() -> ssl.SSLContext:
    """Reading the certificate authorities takes longer than a call."""
    return httpx2.create_ssl_context()
