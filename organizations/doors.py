"""What REST framework's settings name: kept apart from the views, which import those settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from organizations.permissions import SCOPE_FOR, Action
from users.models import ApiToken, Scope

if TYPE_CHECKING:
    from rest_framework.views import APIView


class DoorPermission(BasePermission):
    """A usable token with the scope that the view names for this method."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not hasattr(view, (request.method or "").lower()):
            raise MethodNotAllowed(request.method or "")
        scope = scope_needed(view, request.method or "")
        token = request.auth
        return scope is not None and isinstance(token, ApiToken) and scope in token.scopes


def scope_needed(view: APIView, method: str) -> Scope | None:
    """From `required` (method → Action of the organization) or `scopes` (method → Scope)."""
    method = "GET" if method in {"HEAD", "OPTIONS"} else method
    action: Action | None = getattr(view, "required", {}).get(method)
    scopes: dict[str, Scope] = getattr(view, "scopes", {})
    return SCOPE_FOR.get(action) if action else scopes.get(method)


class Pages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
