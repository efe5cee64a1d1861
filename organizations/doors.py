"""What REST framework's settings name: kept apart from the views, which import those settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from rest_framework.exceptions import MethodNotAllowed, ParseError
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
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


class JSONBody(JSONParser):
    """JSON; what is nested too deep to be read is a mistake of the caller like any other."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError from None


class Pages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
