"""Pages of the whole console: the way in, the overview, health. They only collect what the apps tell."""

from __future__ import annotations

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bizmanager import health
from linking.models import Account
from organizations.access import OrganizationRequest, PersonRequest, organization_view, person_view, public
from organizations.models import Organization
from organizations.permissions import Action


@require_safe
@person_view
def home(request: PersonRequest) -> HttpResponseBase:
    """One organization and nothing else: straight there; otherwise: choose."""
    organizations = Organization.objects.visible_to(request.user)
    accounts = Account.objects.managed_by(request.user)
    is_elsewhere = "choose" in request.GET or request.user.is_reviewer or accounts.exists()
    if len(organizations) == 1 and not is_elsewhere:
        return HttpResponseRedirect(reverse("overview", args=[organizations[0].code]))
    return render(request, "home.html", {"own_organizations": organizations, "own_accounts": accounts})


@person_view
def absent(request: PersonRequest) -> HttpResponseBase:
    """No page to change one's own address yet: approvers read it, so it must have been proved first."""
    raise Http404


@require_safe
@person_view
def to_sessions(request: PersonRequest) -> HttpResponseBase:
    """The library's list of sessions is ours, which also ends a single one."""
    return HttpResponseRedirect(reverse("organizations:sessions"))


@require_safe
@organization_view(Action.VIEW)
def overview(request: OrganizationRequest) -> HttpResponseBase:
    return render(request, "overview.html", {"sections": health.overview_sections(request)})


@public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@public
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    reasons = health.reasons_not_ready()
    return JsonResponse({"ready": not reasons, "reasons": reasons}, status=503 if reasons else 200)


@public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(health.metrics_text(), content_type="text/plain; version=0.0.4; charset=utf-8")
