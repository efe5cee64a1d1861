"""Pages of long lists, the same length everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50


def page_of(request: HttpRequest, rows: QuerySet[Any] | Sequence[Any]) -> Page[Any]:
    """The page that the query string asks for; the first or last for one that does not exist."""
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
