"""Pages of runs: the list, the run itself, and what a person can do with it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from audiences import consent, downloads, services
from audiences.forms import RunFilterForm
from audiences.models import Run
from audiences.run_models import RunQuerySet
from audiences.telling import Telling
from organizations.access import OrganizationRequest, organization_view, redirect_for
from organizations.paging import page_of
from organizations.permissions import Action

CALLS = 30
# htmx's "stop asking".
STOP_POLLING = 286


def _runs(request: OrganizationRequest) -> RunQuerySet:
    return Run.objects.filter(connector__organization=request.organization).with_parties()


def _run(request: OrganizationRequest, pk: uuid.UUID) -> Run:
    return get_object_or_404(_runs(request), pk=pk)


def _filtered(request: OrganizationRequest) -> tuple[RunFilterForm, RunQuerySet]:
    form = RunFilterForm(request.GET or None)
    return form, _runs(request).filter(**form.wanted())


@require_GET
@organization_view(Action.VIEW)
def run_list(request: OrganizationRequest) -> HttpResponseBase:
    form, rows = _filtered(request)
    return render(request, "audiences/run_list.html", {"page": page_of(request, rows), "form": form})


@require_GET
@organization_view(Action.VIEW)
def run_csv(request: OrganizationRequest) -> HttpResponseBase:
    return downloads.runs_csv(_filtered(request)[1])


@require_GET
@organization_view(Action.VIEW)
def run(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The whole page, or to htmx the part that changes, which asks again until all is settled."""
    own = _run(request, pk)
    told = Telling(own)
    part = "#live" if request.htmx else ""
    status = STOP_POLLING if request.htmx and told.is_settled else 200
    return render(request, f"audiences/run_detail.html{part}", _told(request, told), status=status)


def _told(request: OrganizationRequest, told: Telling) -> dict[str, Any]:
    own = told.run
    rejects = (
        reverse("audiences:run-rejects", args=[request.organization.code, own.pk]) if own.rejects_name else ""
    )
    return {
        "run": own,
        "told": told,
        "steps": told.funnel,
        "rejects_url": rejects,
        "page": page_of(request, own.batches.order_by("-epoch", "sequence")),
        "calls": own.calls.select_related("batch").order_by("-id")[:CALLS],
        "events": told.timeline,
        "statement": consent.TEXT,
        "consent_text": consent.TEXT if own.consent_version == consent.VERSION else "",
    }


@require_GET
@organization_view(Action.VIEW)
def run_rejects(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    return downloads.rejects_csv(_run(request, pk))


def _acting(action: Action, act: Callable[..., None]) -> Callable[..., HttpResponseBase]:
    """A button of the run page: the service, then the page again."""

    @require_POST
    @organization_view(action)
    def view(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
        own = _run(request, pk)
        act(own, by=request.user)
        return redirect_for(request, reverse("audiences:run", args=[request.organization.code, own.pk]))

    return view


run_send = _acting(Action.USE_KEY, services.send_run)
run_resume = _acting(Action.USE_KEY, services.resume_run)
run_cancel = _acting(Action.FEED, services.cancel_run)
