"""All shares as a table to download, and such a table uploaded to be looked at before anything changes."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from organizations import storage
from organizations.access import OrganizationRequest, organization_view
from organizations.errors import DomainError
from organizations.exports import csv_response
from organizations.forms import explain
from organizations.permissions import Action
from resources import share_files
from resources.bulk_forms import ImportForm


@require_GET
@organization_view(Action.VIEW)
def export_shares(request: OrganizationRequest) -> HttpResponseBase:
    rows = share_files.rows(request.organization)
    return csv_response(f"shares-{request.organization.code}.csv", share_files.HEADER, rows)


@require_http_methods(["GET", "POST"])
@organization_view(Action.SHARE)
def import_shares(request: OrganizationRequest) -> HttpResponseBase:
    form = ImportForm()
    faults: list[share_files.Fault] = []
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES)
        form.full_clean()
        try:
            upload = storage.received(request, "file")
            change = share_files.import_shares(
                request.organization,
                share_files.content_of(upload),
                name=upload.name or "",
                stops_others=form.cleaned_data.get("stops_others", False),
                by=request.user,
            )
            return redirect("resources:bulk", request.organization.code, change.pk)
        except share_files.BadLines as refused:
            faults = refused.faults
            explain(form, refused)
        except DomainError as refused:
            explain(form, refused)
    context = {"form": form, "faults": faults[: share_files.MOST_SHOWN], "fault_count": len(faults)}
    return render(request, "resources/import_shares.html", context, status=400 if form.errors else 200)
