"""Pages that change an audience at LINE.

Whoever sends lists makes audiences, and so renames and deletes them: `Action.FEED`. Sharing never uses a key.
"""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audiences import changes
from audiences.change_forms import DeleteForm, RenameForm
from organizations import impact
from organizations.access import OrganizationRequest, organization_view
from organizations.errors import DomainError
from organizations.permissions import Action
from resources.models import Resource


def _audience(request: OrganizationRequest, pk: uuid.UUID) -> Resource:
    own = Resource.objects.of_organization(request.organization).with_owner()
    audience = get_object_or_404(own, pk=pk)
    if not audience.is_changed_at_line:
        raise changes.NotChangeable
    return audience


@require_http_methods(["GET", "POST"])
@organization_view(Action.FEED)
def rename(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    audience = _audience(request, pk)
    form = RenameForm(request.POST or None, initial={"name": audience.name})
    context = {"resource": audience, "form": form}
    if request.method == "GET" or not form.is_valid():
        return render(request, "audiences/audience_rename.html", context, status=_shape(request))
    try:
        changes.rename_audience(audience, by=request.user, name=form.cleaned_data["name"])
    except DomainError as refused:
        form.add_error("name" if "name" in refused.fields else None, str(refused))
        return render(request, "audiences/audience_rename.html", context, status=refused.status)
    messages.success(request, _("The audience is now called “%(name)s”.") % {"name": audience.name})
    return redirect("resources:audience", request.organization.code, pk)


@require_http_methods(["GET", "POST"])
@organization_view(Action.FEED)
def delete(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    audience, form = _audience(request, pk), DeleteForm(request.POST or None)
    context = {"resource": audience, "form": form, "impacts": impact.of(audience)}
    if request.method == "GET" or not form.is_valid():
        return render(request, "audiences/audience_delete.html", context, status=_shape(request))
    try:
        changes.delete_audience(audience, by=request.user, **form.cleaned_data)
    except DomainError as refused:
        form.add_error("confirm_name" if "confirm_name" in refused.fields else None, str(refused))
        return render(request, "audiences/audience_delete.html", context, status=refused.status)
    messages.success(request, _("“%(name)s” is deleted, at LINE and here.") % {"name": audience.name})
    return redirect("resources:audience-list", request.organization.code)


def _shape(request: OrganizationRequest) -> int:
    return 200 if request.method == "GET" else 400
