"""The organization's settings: what it is, and what it asks beyond the rules for all."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from organizations import safeguards
from organizations.access import OrganizationRequest, organization_view
from organizations.errors import DomainError
from organizations.forms import SafeguardsForm
from organizations.permissions import Action


@require_GET
@organization_view(Action.VIEW)
def settings_page(request: OrganizationRequest) -> HttpResponseBase:
    return _page(request)


@require_POST
@organization_view(Action.SETTINGS, is_fresh=True)
def change_safeguards(request: OrganizationRequest) -> HttpResponseBase:
    form = SafeguardsForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=400)
    try:
        safeguards.change(request.organization, form.cleaned_data, by=request.user)
    except DomainError as refused:
        return _page(request, form=form, error=refused, status=refused.status)
    messages.success(request, _("The safeguards are saved and hold from now on."))
    return redirect("organizations:settings", request.organization.code)


def _page(
    request: OrganizationRequest,
    *,
    form: SafeguardsForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    now = {name: getattr(request.organization, name) for name in safeguards.SAFEGUARDS}
    context = {
        "form": form or SafeguardsForm(initial=now),
        "may_change": Action.SETTINGS in request.allowed,
        "error": error,
        "needs_own_factor": isinstance(error, safeguards.OwnSecondFactorMissing),
    }
    return render(request, "organizations/settings.html", context, status=status)
