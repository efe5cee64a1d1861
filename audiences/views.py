"""Pages from a file to a run: datasets, the wizard's steps, connectors. Pages of runs are in `run_views`."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audiences import connectors, consent, datasets, previews, reasons, services
from audiences.forms import (
    ConsentForm,
    DatasetFilterForm,
    NameFilterForm,
    ReadingForm,
    UploadForm,
    as_query,
    overrules,
)
from audiences.models import Connector, Dataset, Run
from audiences.steps import steps
from organizations import storage
from organizations.access import OrganizationRequest, organization_view, redirect_for, uuid_or_404
from organizations.errors import DomainError
from organizations.paging import PAGE_SIZE, page_of
from organizations.permissions import Action


@require_GET
@organization_view(Action.VIEW)
def dataset_list(request: OrganizationRequest) -> HttpResponseBase:
    form = DatasetFilterForm(request.GET or None)
    rows = request.organization.datasets.select_related("uploaded_by").filter(**form.wanted())
    return render(request, "audiences/dataset_list.html", {"page": page_of(request, rows), "form": form})


@require_http_methods(["GET", "POST"])
@organization_view(Action.FEED)
def upload(request: OrganizationRequest) -> HttpResponseBase:
    connector = renewed(request)
    form = UploadForm()
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        try:
            dataset = datasets.receive_dataset(
                request.organization, by=request.user, upload=storage.received(request, "file")
            )
        except DomainError as refusal:
            form.errors["file"] = form.error_class([str(refusal)])
        else:
            query = urlencode({"connector": connector.pk}) if connector else ""
            url = reverse("audiences:dataset", args=[request.organization.code, dataset.pk])
            return redirect_for(request, f"{url}?{query}" if query else url)
    context = {"form": form, "steps": steps(request.organization, 1), "connector": connector}
    return render(request, "audiences/dataset_upload.html", context, status=status_for(request, form))


def status_for(request: OrganizationRequest, form: Any) -> int:
    """htmx swaps in an invalid form on 422; browsers get the page as it is."""
    return 422 if request.htmx and form.errors else 200


def renewed(request: OrganizationRequest) -> Connector | None:
    """The connector that gets its next list, when the way began at one."""
    text = request.POST.get("connector") or request.GET.get("connector")
    if not text:
        return None
    rows = request.organization.connectors.select_related("destination__owner_account", "organization")
    return get_object_or_404(rows, pk=uuid_or_404(text))


def dataset_of(request: OrganizationRequest, pk: uuid.UUID) -> Dataset:
    return get_object_or_404(
        request.organization.datasets.select_related("organization", "uploaded_by"), pk=pk
    )


@require_GET
@organization_view(Action.VIEW)
def dataset(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    """How the list is read: the guesses, or what the query string says instead, on masked rows."""
    own = dataset_of(request, pk)
    runs = Run.objects.filter(dataset=own).with_parties()[:PAGE_SIZE]
    context: dict[str, Any] = {"dataset": own, "runs": runs, "steps": steps(request.organization, 2)}
    if own.erased_at is None:
        context |= _reading(request, own)
    part = "#reading" if request.htmx and not own.erased_at else ""
    return render(request, f"audiences/dataset_detail.html{part}", context)


def _reading(request: OrganizationRequest, own: Dataset) -> dict[str, Any]:
    connector = renewed(request)
    guessed = connectors.recipe_of(connector) if connector else previews.guess(own)
    data = request.GET if "encoding" in request.GET else as_query(guessed)
    facts = previews.read_as(own, **overrules(data))
    form = ReadingForm(data, dataset=own, facts=facts)
    recipe = form.recipe if form.is_valid() else None
    return {
        "form": form,
        "preview": previews.preview(own, facts, recipe) if recipe else None,
        "is_sure": previews.is_sure(own) or connector is not None,
        "connector": connector,
    }


@require_POST
@organization_view(Action.FEED)
def dataset_erase(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    own = dataset_of(request, pk)
    if datasets.erase_content(own, by=request.user):
        messages.success(request, _("“%(name)s” is erased.") % {"name": own.name})
    return redirect("audiences:dataset-list", request.organization.code)


@require_GET
@organization_view(Action.VIEW)
def connector_list(request: OrganizationRequest) -> HttpResponseBase:
    form = NameFilterForm(request.GET or None)
    rows = request.organization.connectors.with_last_run().filter(**form.wanted())
    page = page_of(request, rows.select_related("dataset", "destination__owner_account"))
    return render(request, "audiences/connector_list.html", {"page": page, "form": form})


@require_GET
@organization_view(Action.VIEW)
def connector(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    own = _connector(request, pk)
    page = page_of(request, own.runs.with_parties())
    context = {"connector": own, "page": page, "form": ConsentForm(), "consent_text": consent.TEXT}
    context["pause"] = [reasons.what_happened(own.pause_reason), reasons.what_to_do(own.pause_reason)]
    return render(request, "audiences/connector_detail.html", context)


def _connector(request: OrganizationRequest, pk: uuid.UUID) -> Connector:
    rows = request.organization.connectors.select_related(
        "dataset", "destination__owner_account", "organization", "created_by"
    )
    return get_object_or_404(rows, pk=pk)


@require_POST
@organization_view(Action.FEED)
def connector_run(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    own = _connector(request, pk)
    run = services.start_run(own, by=request.user, consent=request.POST.get("consent") == "on")
    return redirect_for(request, reverse("audiences:run", args=[request.organization.code, run.pk]))
