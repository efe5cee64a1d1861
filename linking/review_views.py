"""The linking review of one account: its state, what it waits for, and asking again after a rejection."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linking import reviews
from linking.models import Link
from organizations import history
from organizations.access import OrganizationRequest, organization_view
from organizations.errors import DomainError
from organizations.permissions import Action


@require_GET
@organization_view(Action.VIEW)
def review(request: OrganizationRequest, account_id: uuid.UUID) -> HttpResponseBase:
    return _page(request, _link(request, account_id))


@require_POST
@organization_view(Action.APPROVE)
def resubmit(request: OrganizationRequest, account_id: uuid.UUID) -> HttpResponseBase:
    link = _link(request, account_id)
    try:
        reviews.resubmit(link, by=request.user)
    except DomainError as refused:
        return _page(request, link, error=refused, status=refused.status)
    messages.success(request, _("The review of %(account)s was asked for again.") % {"account": link.account})
    return redirect("linking:review", request.organization.code, link.account_id)


def _link(request: OrganizationRequest, account_id: uuid.UUID) -> Link:
    parties = ("account__legal_entity", "organization__legal_entity", "organization__business_info")
    return get_object_or_404(request.organization.links.open().select_related(*parties), account=account_id)


def _page(
    request: OrganizationRequest, link: Link, *, error: DomainError | None = None, status: int = 200
) -> HttpResponseBase:
    told = request.organization.audit_events.filter(
        account_id=link.account_id, action__in=reviews.ACTS.values()
    )
    context = {
        "link": link,
        "checks": reviews.conditions(link),
        "reason": reviews.reason_of(link),
        "events": history.timeline(told),
        "error": error,
    }
    return render(request, "linking/review.html", context, status=status)
