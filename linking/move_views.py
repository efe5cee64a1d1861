"""Pages of a move to another organization: what it ends, its start, its one URL, its withdrawal."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linking import services
from linking.forms import MoveForm
from linking.models import Link, LinkRequest
from linking.words import account_facts
from organizations import impact, shown_once
from organizations.access import OrganizationRequest, organization_view
from organizations.errors import DomainError, Invalid
from organizations.permissions import Action


@require_GET
@organization_view(Action.MOVE)
def move(request: OrganizationRequest, account_id: uuid.UUID) -> HttpResponseBase:
    link = _link(request, account_id)
    return _move_page(request, link, url=shown_once.take(request, link.account_id))


@require_POST
@organization_view(Action.MOVE, is_fresh=True)
def start(request: OrganizationRequest, account_id: uuid.UUID) -> HttpResponseBase:
    link, form = _link(request, account_id), MoveForm(request.POST)
    if not form.is_valid():
        return _move_page(request, link, form=form, status=400)
    try:
        issued = services.start_move(link, form.cleaned_data["organization_id"], by=request.user)
    except Invalid as wrong:
        form.add_error("organization_id", str(wrong))
        return _move_page(request, link, form=form, status=wrong.status)
    except DomainError as refused:
        return _move_page(request, link, form=form, error=refused, status=refused.status)
    shown_once.keep(request, issued.url, link.account_id)
    return redirect("linking:move", request.organization.code, account_id)


@require_POST
@organization_view(Action.MOVE)
def cancel(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    started = LinkRequest.objects.filter(moves_from__organization=request.organization)
    link_request = get_object_or_404(started.select_related("account", "moves_from__organization"), pk=pk)
    services.cancel_move(link_request, by=request.user)
    messages.success(request, _("The move is cancelled. Its URL no longer works, and nothing has changed."))
    return redirect("linking:request-list", request.organization.code)


def _link(request: OrganizationRequest, account_id: uuid.UUID) -> Link:
    links = request.organization.links.open().select_related("account__legal_entity", "organization")
    return get_object_or_404(links, account=account_id)


def _move_page(
    request: OrganizationRequest,
    link: Link,
    *,
    form: MoveForm | None = None,
    url: str = "",
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    pending = link.account.link_requests.pending().filter(moves_from=link).first()
    context = {
        "link": link,
        "facts": account_facts(link.account),
        "impacts": impact.of(link),
        "pending": pending if pending and pending.is_open else None,
        "url": url,
        "form": form or MoveForm(),
        "error": error,
    }
    return render(request, "linking/move.html", context, status=status)
