"""Pages on which administrators change a member's role or remove the person, and on which anybody leaves."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from organizations import members
from organizations.access import OrganizationRequest, organization_view
from organizations.errors import DomainError
from organizations.forms import RoleForm
from organizations.models import Membership
from organizations.permissions import ALLOWED, Action, Role


@require_GET
@organization_view(Action.MEMBERS)
def member(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    return _page(request, _seat(request, pk))


@require_POST
@organization_view(Action.MEMBERS, is_fresh=True)
def change_role(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    seat, form = _seat(request, pk), RoleForm(request.POST)
    if not form.is_valid():
        return _page(request, seat, form=form, status=400)
    try:
        members.change_role(seat, Role(form.cleaned_data["role"]), by=request.user)
    except DomainError as refused:
        return _page(request, seat, error=refused, status=refused.status)
    messages.success(request, _("%(person)s has another role now.") % {"person": seat.user})
    return redirect("organizations:members", request.organization.code)


@require_POST
@organization_view(Action.MEMBERS, is_fresh=True)
def remove(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    seat = _seat(request, pk)
    try:
        members.remove(seat, by=request.user)
    except DomainError as refused:
        return _page(request, seat, error=refused, status=refused.status)
    messages.success(request, _("%(person)s is no longer a member.") % {"person": seat.user})
    return redirect("organizations:members", request.organization.code)


@require_POST
@organization_view(Action.VIEW, is_fresh=True)
def leave(request: OrganizationRequest) -> HttpResponseBase:
    members.leave(request.organization, by=request.user)
    messages.success(request, _("You have left %(organization)s.") % {"organization": request.organization})
    return redirect("home")


def _seat(request: OrganizationRequest, pk: uuid.UUID) -> Membership:
    return get_object_or_404(request.organization.memberships.select_related("user", "organization"), pk=pk)


def _page(
    request: OrganizationRequest,
    seat: Membership,
    *,
    form: RoleForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    context = {
        "seat": seat,
        "is_own": seat.user_id == request.user.pk,
        "form": form or RoleForm(initial={"role": seat.role}),
        "table": [(role.label, _labels(role)) for role in Role],
        "error": error,
    }
    return render(request, "organizations/member.html", context, status=status)


def _labels(role: Role) -> list[str]:
    return [str(action.label) for action in Action if action in ALLOWED[role]]
