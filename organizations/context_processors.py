"""What every page's frame shows: the organization, the switcher, the menu."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from organizations import second_factors
from organizations.invited_views import invitation_of
from organizations.menus import menu_of
from organizations.models import Organization
from users.models import User


def frame(request: HttpRequest) -> dict[str, Any]:
    organization: Organization | None = getattr(request, "organization", None)
    user = getattr(request, "user", None)
    return {
        "organization": organization,
        "organizations": SimpleLazyObject(lambda: _switcher(request)),
        "menu": menu_of(organization, request.path) if organization else getattr(request, "menu", []),
        "account": getattr(request, "account", None),
        "go_on": lambda: second_factors.go_on(request),
        "demo": settings.DEMO,
        "invited_to": SimpleLazyObject(lambda: invitation_of(request)),
        "is_open_to_all": settings.OPEN_SIGNUP,
        "theme": user.theme if user and user.is_authenticated else request.COOKIES.get("theme", "system"),
    }


def _switcher(request: HttpRequest) -> list[dict[str, str]]:
    if not isinstance(request.user, User):
        return []
    own = Organization.objects.visible_to(request.user)
    return [{"name": o.name, "code": o.code, "url": reverse("overview", args=[o.code])} for o in own]
