"""Pages of many shares at once: choose resources, choose accounts, see what would happen, let it happen."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linking.models import Link
from organizations.access import OrganizationRequest, organization_view, uuid_or_404
from organizations.errors import DomainError
from organizations.exports import csv_response
from organizations.forms import explain
from organizations.paging import page_of
from organizations.permissions import Action
from resources import bulk
from resources.bulk_forms import AccountChoiceFilter
from resources.bulk_models import BulkChange, Outcome
from resources.forms import AudienceFilter, UntilForm
from resources.models import Resource

S = BulkChange.State
RESOURCES, ACCOUNTS, CHECK = 1, 2, 3


@require_GET
@organization_view(Action.VIEW)
def bulk_list(request: OrganizationRequest) -> HttpResponseBase:
    changes = request.organization.bulk_changes.select_related("created_by")
    return render(request, "resources/bulk_list.html", {"page": page_of(request, changes)})


@require_POST
@organization_view(Action.SHARE)
def new_bulk(request: OrganizationRequest) -> HttpResponseBase:
    """A draft, with what was ticked in a list."""
    change = bulk.draft(request.organization, by=request.user)
    chosen = [uuid_or_404(text) for text in request.POST.getlist("resource")]
    if chosen:
        bulk.choose(change, resources=chosen)
    name = "resources:bulk-accounts" if chosen else "resources:bulk-resources"
    return redirect(name, request.organization.code, change.pk)


@require_http_methods(["GET", "POST"])
@organization_view(Action.SHARE)
def choose_resources(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    change, form = _find(request, pk), AudienceFilter(request.POST or request.GET)
    own = Resource.objects.of_organization(request.organization).exclude(status=Resource.Status.DELETED)
    rows = form.narrowed(own.with_owner(), request.organization).order_by("name", "id")
    if request.method == "POST":
        return _keep(request, change, rows, "resources")
    page = page_of(request, rows)
    items = [
        {"value": each.pk, "label": each.name, "note": f"{each.get_kind_display()} · {each.owner}"}
        for each in page
    ]
    return _choice_page(request, change, {"step": RESOURCES, "form": form, "page": page, "items": items})


@require_http_methods(["GET", "POST"])
@organization_view(Action.SHARE)
def choose_accounts(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    change, form = _find(request, pk), AccountChoiceFilter(request.POST or request.GET)
    links = Link.objects.sharing().filter(organization=request.organization, **form.wanted())
    takers = links.exclude(account__kind="TALK_HEAD_VIEW").select_related("account")
    rows = takers.order_by("account__name", "pk")
    if request.method == "POST":
        return _keep(request, change, rows, "links")
    page = page_of(request, rows)
    items = [
        {
            "value": link.pk,
            "label": link.account.name,
            "note": f"{link.account.get_kind_display()} · {link.account.public_id}",
        }
        for link in page
    ]
    return _choice_page(request, change, {"step": ACCOUNTS, "form": form, "page": page, "items": items})


def _choice_page(request: OrganizationRequest, change: BulkChange, shown: dict[str, Any]) -> HttpResponse:
    chosen = change.resources if shown["step"] == RESOURCES else change.links
    for item in shown["items"]:
        item["checked"] = str(item["value"]) in chosen
    more = {"change": change, "steps": _steps(change, shown["step"]), "chosen_count": len(chosen)}
    return render(request, "resources/bulk_choose.html", shown | more)


def _keep(request: OrganizationRequest, change: BulkChange, rows: QuerySet[Any], field: str) -> HttpResponse:
    """What is ticked on this page replaces what was ticked of it; then on to where the button leads."""
    go, shown = request.POST.get("go", ""), set(request.POST.getlist("shown"))
    chosen = set(getattr(change, field)) - shown | set(request.POST.getlist("chosen"))
    if go == "all":
        chosen |= {str(pk) for pk in rows.values_list("pk", flat=True)}
    if go == "none":
        chosen = set()
    bulk.choose(change, **{field: [uuid_or_404(text) for text in chosen]})
    if go == "on":
        name = "resources:bulk-accounts" if field == "resources" else "resources:bulk"
        return redirect(name, request.organization.code, change.pk)
    filters = ["q", "kind", "status", "only", "service"]
    query = {name: request.POST[name] for name in filters if request.POST.get(name)}
    if go.isdecimal():
        query["page"] = go
    asked = QueryDict(mutable=True)
    asked.update(query)
    return redirect(f"{request.path}?{asked.urlencode()}")


@require_GET
@organization_view(Action.VIEW)
def bulk_change(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    return _change_page(request, _find(request, pk), UntilForm())


def _change_page(
    request: OrganizationRequest, change: BulkChange, form: UntilForm, status: int = 200
) -> HttpResponse:
    items = change.items.select_related("resource", "to_link__account").worst_first()
    outcome = request.GET.get("outcome", "")
    if outcome in Outcome.values:
        items = items.filter(outcome=outcome)
    counts = change.items.counted()
    checked = sum(counts.values())
    context = {
        "change": change,
        "steps": [] if change.file_name else _steps(change, CHECK),
        "form": form,
        "counts": counts,
        "outcomes": [(value, label, counts[value]) for value, label in Outcome.choices],
        "outcome": outcome,
        "page": page_of(request, items),
        "total": max(change.planned, checked),
        "done": checked if change.state == S.CHECKING else checked - counts[Outcome.PENDING],
        "reasons": change.items.reasons(),
        "stops": change.items.filter(act="STOP", outcome=Outcome.PENDING).count(),
    }
    return render(request, "resources/bulk.html", context, status=status)


@require_POST
@organization_view(Action.SHARE)
def check_bulk(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    change, form = _find(request, pk), UntilForm(request.POST)
    if not form.is_valid():
        return _change_page(request, change, form, status=400)
    try:
        bulk.start_check(change, until=form.moment)
    except DomainError as refused:
        explain(form, refused)
        return _change_page(request, change, form, status=refused.status)
    return _on(request, change)


@require_POST
@organization_view(Action.SHARE)
def start_bulk(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    change = _find(request, pk)
    bulk.start(change, by=request.user)
    return _on(request, change)


def _on(request: OrganizationRequest, change: BulkChange) -> HttpResponse:
    """What is small is done before the page comes back; a worker does the rest."""
    if bulk.is_small(change):
        bulk.work(change.pk)
    return redirect("resources:bulk", request.organization.code, change.pk)


@require_POST
@organization_view(Action.SHARE)
def cancel_bulk(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    bulk.cancel(_find(request, pk), by=request.user)
    messages.success(request, _("Cancelled. What was shared or stopped before stays so; the list says what."))
    return redirect("resources:bulk", request.organization.code, pk)


@require_GET
@organization_view(Action.VIEW)
def bulk_report(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    change = _find(request, pk)
    items = change.items.select_related("resource", "to_link__account").worst_first()
    rows = (
        (each.resource_id, each.to_link.account.public_id, each.resource.name, each.to_link.account.name,
         each.act, each.outcome, each.said)
        for each in items.iterator(2000)
    )  # fmt: skip
    header = ("resource", "account", "resource_name", "account_name", "act", "outcome", "reason")
    return csv_response("shares-report.csv", header, rows)


def _find(request: OrganizationRequest, pk: uuid.UUID) -> BulkChange:
    changes = request.organization.bulk_changes.select_related("organization", "created_by")
    return get_object_or_404(changes, pk=pk)


def _steps(change: BulkChange, current: int) -> list[dict[str, str]]:
    place = [change.organization.code, change.pk]
    is_open = change.state in (S.DRAFT, S.CHECKED)
    labels = [
        (_("Choose resources"), "resources:bulk-resources"),
        (_("Choose accounts"), "resources:bulk-accounts"),
        (_("Check and share"), "resources:bulk"),
    ]
    states = {True: "current", False: "next"}
    return [
        {
            "label": label,
            "url": reverse(name, args=place) if is_open else "",
            "state": "done" if number < current else states[number == current],
        }
        for number, (label, name) in enumerate(labels, start=1)
    ]
