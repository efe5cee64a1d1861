"""The person's language and time zone, for pages and API alike."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

from users import sessions
from users.models import User

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class NulMiddleware:
    """No name, filter or session has a NUL in it, and PostgreSQL fails on being asked for one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        query = request.META.get("QUERY_STRING", "").replace("%00", "\0")
        # URLs with a token answer alike whatever it is, and only its digest is looked up.
        path = "" if request.path_info.startswith(("/approve/", "/invite/")) else request.path_info
        if any("\0" in text for text in (path, query, *request.COOKIES.values())):
            raise BadRequest
        return self.get_response(request)


class LanguageMiddleware(LocaleMiddleware):
    """Before sign-in: the language cookie, then the browser's wish."""


class PreferencesMiddleware:
    """After sign-in: the person's own choice wins, and no browser or proxy keeps what was shown."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._answer(request)
        # A bearer token makes somebody of the caller only inside the view.
        if isinstance(request.user, User) and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return self.get_response(request)
        if request.user.language in dict(settings.LANGUAGES):
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(_zone(request.user)):
            return self.get_response(request)


class SessionsMiddleware:
    """Notes where a person is signed in, for the page that shows it; a bearer token has no session."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if SESSION_KEY in request.session and isinstance(request.user, User):
            sessions.note(request)
        return self.get_response(request)


def _zone(user: User) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(user.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo(settings.TIME_ZONE)
