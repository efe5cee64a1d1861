"""A post that, as the browser itself says, comes from another site is refused, whatever token it carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bizmanager.errors import form_expired

SAFE = ("GET", "HEAD", "OPTIONS")
OURS = ("same-origin", "none")  # none: typed or reloaded by the person


class FetchSiteMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Calls with a bearer token carry no cookie that another site could misuse."""
        is_open = request.method in SAFE or getattr(view, "csrf_exempt", False)
        if is_open or request.headers.get("Sec-Fetch-Site", OURS[0]) in OURS:
            return None
        return form_expired(request)
