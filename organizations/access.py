"""The doors of pages: every view says who may use it, and a test walks every URL."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.decorators import login_not_required
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django_htmx.middleware import HtmxDetails

from organizations import audit, second_factors
from organizations.errors import NotAllowed
from organizations.menus import MenuItem, installation_menu
from organizations.models import Organization
from organizations.permissions import Action, allowed
from users.models import User

P = ParamSpec("P")
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True)
class Door:
    """Who comes in: "public", "person" (signed in), "manager" (of the account), "organization" (`action`),
    "reviewer" (operator of this installation).
    """

    kind: str
    action: Action | None = None
    is_fresh: bool = False  # also asks for the password again within five minutes


class PersonRequest(HttpRequest):
    user: User
    htmx: HtmxDetails


class ReviewerRequest(PersonRequest):
    menu: list[MenuItem]


class OrganizationRequest(PersonRequest):
    organization: Organization
    role: str
    allowed: frozenset[Action]


def marked(view: View, door: Door) -> View:
    view.door = door  # type: ignore[attr-defined]  # read by the test that walks every URL
    return view


def public(view: View) -> View:
    return marked(login_not_required(view), Door("public"))


def person_view(view: Callable[Concatenate[Any, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Any signed-in person; the view itself shows only what is that person's own."""

    @functools.wraps(view)
    def inner(request: PersonRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        with audit.acting_from("page", client_address(request)):
            return view(request, *args, **kwargs)

    return marked(never_cache(inner), Door("person"))


def organization_view(
    action: Action, *, is_fresh: bool = False
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Members whose role includes `action`. Strangers get the 404 of an organization that does not exist."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        def inner(request: OrganizationRequest, code: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            enter(request, code, action)
            with audit.acting_from("page", client_address(request)):
                return guarded(request, *args, **kwargs)

        guarded = reauthentication_required(view) if is_fresh else view
        return marked(never_cache(inner), Door("organization", action, is_fresh))

    return decorate


def reviewer_view(
    view: Callable[..., HttpResponseBase] | None = None, *, is_fresh: bool = False
) -> Callable[..., Any]:
    """Operators of this installation. For anybody else there is no such page."""
    if view is None:
        return functools.partial(reviewer_view, is_fresh=is_fresh)
    guarded = reauthentication_required(view) if is_fresh else view

    @functools.wraps(view)
    def inner(request: ReviewerRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_reviewer:
            raise Http404
        request.menu = installation_menu(request.path)
        with audit.acting_from("page", client_address(request)):
            return guarded(request, *args, **kwargs)

    return marked(never_cache(inner), Door("reviewer", is_fresh=is_fresh))


def enter(request: OrganizationRequest, code: str, action: Action) -> None:
    """Put the organization and what the person may do there on the request."""
    own = Organization.objects.visible_to(request.user).annotate(own_role=F("memberships__role"))
    organization = get_object_or_404(own, code=code)
    if not second_factors.is_met(request, request.user, organization):
        raise ImmediateHttpResponse(
            redirect_for(request, second_factors.door(organization, _wanted(request, code)))
        )
    role = str(organization.own_role)  # type: ignore[attr-defined]  # annotated
    request.organization, request.role, request.allowed = organization, role, allowed(role)
    if action not in request.allowed:
        raise NotAllowed


def _wanted(request: PersonRequest, code: str) -> str:
    """Where to go once the second factor is there: a page, never half an act."""
    is_page = request.method == "GET" and not request.htmx
    return request.get_full_path() if is_page else reverse("overview", args=[code])


def client_address(request: HttpRequest) -> str | None:
    """The address of the caller as the web server saw it."""
    return request.META.get("REMOTE_ADDR") or None


def uuid_or_404(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404 from None


def redirect_for(request: PersonRequest, url: str) -> HttpResponse:
    """A redirect that also works as the answer to an htmx request."""
    if not request.htmx:
        return HttpResponseRedirect(url, status=303)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response
