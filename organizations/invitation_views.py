"""The page of members, on which administrators also invite people and revoke invitations."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from organizations import invitations, shown_once
from organizations.access import OrganizationRequest, organization_view
from organizations.errors import DomainError, Invalid
from organizations.forms import InvitationForm
from organizations.invitation_models import Invitation
from organizations.paging import page_of
from organizations.permissions import ALLOWED, Action, Role
from users import second_factor

ROLES_SHOWN = [Role.ADMINISTRATOR, Role.OPERATOR, Role.VIEWER]


@require_GET
@organization_view(Action.VIEW)
def members(request: OrganizationRequest) -> HttpResponseBase:
    """Who belongs to the organization, and what each role may do, read from the permission table."""
    return _members_page(request, url=shown_once.take(request, request.organization.pk))


@require_POST
@organization_view(Action.MEMBERS, is_fresh=True)
def invite(request: OrganizationRequest) -> HttpResponseBase:
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _members_page(request, form=form, status=400)
    role, email = Role(form.cleaned_data["role"]), form.cleaned_data["email"]
    try:
        issued = invitations.invite(request.organization, role, by=request.user, email=email)
    except Invalid as wrong:
        form.add_error("email", wrong.fields["email"])
        return _members_page(request, form=form, status=wrong.status)
    except DomainError as refused:
        return _members_page(request, form=form, error=refused, status=refused.status)
    if issued.url:
        shown_once.keep(request, issued.url, request.organization.pk)
    else:
        messages.success(request, _("The invitation goes to %(address)s by mail.") % {"address": email})
    return redirect("organizations:members", request.organization.code)


@require_POST
@organization_view(Action.MEMBERS)
def revoke(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    invitation = get_object_or_404(request.organization.invitations.with_parties(), pk=pk)
    invitations.revoke(invitation, by=request.user)
    messages.success(request, _("The invitation is revoked. Its URL no longer works."))
    return redirect("organizations:members", request.organization.code)


def _members_page(
    request: OrganizationRequest,
    *,
    form: InvitationForm | None = None,
    url: str = "",
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    seats = request.organization.memberships.select_related("user")
    seats = seats.annotate(has_second_factor=second_factor.exists_for("user_id"))
    seats = seats.order_by("user__name", "user__email", "id")
    context = {
        "page": page_of(request, seats),
        "roles": [Role(role).label for role in ROLES_SHOWN],
        "table": [(action.label, [action in ALLOWED[role] for role in ROLES_SHOWN]) for action in Action],
        **(_inviting(request) if Action.MEMBERS in request.allowed else {}),
        "form": form or InvitationForm(),
        "url": url,
        "error": error,
    }
    return render(request, "organizations/members.html", context, status=status)


def _inviting(request: OrganizationRequest) -> dict[str, object]:
    counts = invitations.closed_counts(request.organization)
    return {
        "invitations": request.organization.invitations.open().with_parties(),
        "closed": {state.lower(): counts.get(state, 0) for state in Invitation.State.values},
        "closed_count": sum(counts.values()),
        "hours": settings.INVITATION_HOURS,
    }
