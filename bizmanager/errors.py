"""A rule that says no becomes a page, a partial or JSON here, so that views need no `try`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.defaults import page_not_found
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from organizations.errors import DomainError

CODES = {
    400: "invalid",
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}


class DomainErrorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        htmx = getattr(request, "htmx", None)
        template = "components/error_block.html" if htmx else "refused.html"
        context = {"title": str(exception), "what": str(exception), "back_url": _back(request)}
        return render(request, template, context, status=exception.status)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid CSRF token: from another site, or older than the last sign-in."""
    title = _("This form is no longer valid. Load the page again and send it once more.")
    return render(request, "refused.html", {"title": title, "back_url": _back(request)}, status=403)


def no_such_address(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """A page, or under the API the same words as for an object that is not there."""
    if not request.path_info.startswith("/api/"):
        return page_not_found(request, exception)
    body = {"code": CODES[404], "message": str(exceptions.NotFound.default_detail), "fields": {}}
    return HttpResponse(JSONRenderer().render(body), content_type="application/json", status=404)


def _back(request: HttpRequest) -> str:
    referer = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        referer, {request.get_host()}, require_https=request.is_secure()
    )
    return referer if is_ours else "/"


def api_error(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Every error of the API is `{"code", "message", "fields"}`."""
    if isinstance(exception, DomainError):
        body = {"code": exception.code, "message": str(exception), "fields": exception.fields}
        return Response(body, status=exception.status)
    known = _as_api(exception)
    response = exception_handler(known, context)
    if response is None:
        return None
    fields = _fields(known)
    message = _("Please correct the marked fields.") if fields else str(getattr(known, "detail", ""))
    response.data = {"code": CODES.get(response.status_code, "error"), "message": message, "fields": fields}
    return response


class TooLarge(exceptions.APIException):
    status_code = 413
    default_detail = gettext_lazy("This is more than a call takes. Lists are uploaded as files.")


def _as_api(exception: Exception) -> Exception:
    """Django's own refusals, as the API says them."""
    if isinstance(exception, Http404):
        return exceptions.NotFound()
    if isinstance(exception, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent | TooManyFieldsSent):
        return TooLarge()
    return exception


def _fields(exception: Exception) -> dict[str, Any]:
    detail = getattr(exception, "detail", None)
    if not isinstance(exception, exceptions.ValidationError):
        return {}
    return detail if isinstance(detail, dict) else {"non_field_errors": detail}
