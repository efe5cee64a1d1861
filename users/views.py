"""Preferences of whoever looks: language and theme, kept in cookies, and with the person when signed in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from users.models import User

YEAR = 365 * 24 * 3600


def _back(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if is_ours else "/"


def _keep(request: HttpRequest, cookie: str, field: str, value: str) -> HttpResponse:
    response = HttpResponseRedirect(_back(request))
    response.set_cookie(
        cookie, value, max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
    )
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(**{field: value})
    return response


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return HttpResponseRedirect(_back(request))
    return _keep(request, settings.LANGUAGE_COOKIE_NAME, "language", language)


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    theme = request.POST.get("theme", "")
    if theme not in User.Theme.values:
        return HttpResponseRedirect(_back(request))
    return _keep(request, "theme", "theme", theme)
