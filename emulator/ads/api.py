"""Which call is answered by what, and which role may make it."""

from __future__ import annotations

from emulator.accounts import AD_TECH, DATA_PROVIDER, REPORTING
from emulator.ads import audiences, auth, conversions, errors, groups, overlap, tags
from emulator.routing import Api, Route

EVERYONE = (DATA_PROVIDER, AD_TECH, REPORTING)
GROUP = "/api/v3/groups/{group}"
ACCOUNT = "/api/v3/adaccounts/{account}"
AUDIENCES = f"{ACCOUNT}/custom-audiences"
CONVERSIONS = f"{ACCOUNT}/custom-conversions"
API = Api(
    prefix="/api/",
    routes=(
        Route("POST", GROUP, groups.update, *EVERYONE),
        Route("GET", f"{GROUP}/adaccounts", groups.list_ad_accounts, *EVERYONE),
        Route("GET", f"{GROUP}/children", groups.list_children, *EVERYONE),
        Route("POST", f"{GROUP}/children", groups.create_child, *EVERYONE),
        Route("GET", f"{GROUP}/link-request", groups.list_link_requests, *EVERYONE),
        Route("POST", f"{GROUP}/link-request/adaccount", groups.request_link, *EVERYONE),
        Route("POST", f"{GROUP}/link-request/{{request}}/{{action}}", groups.update_link_request, *EVERYONE),
        Route("GET", AUDIENCES, audiences.list_all, DATA_PROVIDER, AD_TECH),
        Route("POST", AUDIENCES, audiences.create, DATA_PROVIDER),
        Route("DELETE", AUDIENCES, audiences.delete, DATA_PROVIDER),
        Route("POST", f"{AUDIENCES}/upload", audiences.upload, DATA_PROVIDER),
        Route("POST", f"{AUDIENCES}/overlapping-audiences", overlap.estimate, DATA_PROVIDER),
        Route("GET", f"{AUDIENCES}/{{audience}}/upload-job", audiences.list_jobs, DATA_PROVIDER),
        Route("POST", f"{AUDIENCES}/{{audience}}", audiences.rename, DATA_PROVIDER),
        Route("DELETE", f"{AUDIENCES}/{{audience}}", audiences.delete, DATA_PROVIDER),
        Route("GET", CONVERSIONS, conversions.list_all, DATA_PROVIDER, AD_TECH),
        Route("POST", CONVERSIONS, conversions.create, DATA_PROVIDER),
        Route("POST", f"{CONVERSIONS}/{{conversion}}", conversions.update, DATA_PROVIDER),
        Route("GET", f"{ACCOUNT}/line-tags", tags.list_tags, DATA_PROVIDER),
        Route("GET", f"{ACCOUNT}/tag-events", tags.list_events, DATA_PROVIDER),
    ),
    guard=auth.guard,
    refuse=errors.refuse,
)
