"""Pages of the organization that offers several accounts at once: what ends, the one URL, its withdrawal."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linking import joint_moves, services
from linking.errors import AccountsGone, NoAccounts, TooManyAccounts
from linking.forms import MoveForm
from linking.models import JointMove, Link
from organizations import impact, shown_once
from organizations.access import OrganizationRequest, organization_view, uuid_or_404
from organizations.errors import DomainError, Invalid
from organizations.permissions import Action


@require_GET
@organization_view(Action.MOVE)
def new(request: OrganizationRequest) -> HttpResponseBase:
    """The accounts ticked in a list, and per account what ends when they move."""
    return _new_page(request, _chosen(request, request.GET))


@require_POST
@organization_view(Action.MOVE, is_fresh=True)
def start(request: OrganizationRequest) -> HttpResponseBase:
    links, form = _chosen(request, request.POST), MoveForm(request.POST)
    if not form.is_valid():
        return _new_page(request, links, form=form, status=400)
    code = form.cleaned_data["organization_id"]
    try:
        if len(links) < len(set(request.POST.getlist("account"))):
            raise AccountsGone
        offered = services.start_moves(request.organization, links, code, by=request.user)
    except Invalid as wrong:
        form.add_error("organization_id", str(wrong))
        return _new_page(request, links, form=form, status=wrong.status)
    except DomainError as refused:
        return _new_page(request, links, form=form, error=refused, status=refused.status)
    shown_once.keep(request, offered.url, offered.joint_move.pk)
    return redirect("linking:started-moves", request.organization.code, offered.joint_move.pk)


@require_GET
@organization_view(Action.MOVE)
def started(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    joint_move = _started(request, pk)
    moves = list(joint_moves.moves_of(joint_move))
    context = {
        "joint_move": joint_move,
        "moves": moves,
        "first": moves[0],
        "waiting": sum(move.is_open for move in moves),
        "url": shown_once.take(request, joint_move.pk),
    }
    return render(request, "linking/moves_started.html", context)


@require_POST
@organization_view(Action.MOVE)
def cancel(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    services.cancel_moves(_started(request, pk), by=request.user)
    messages.success(request, _("What nobody had answered is cancelled: those accounts stay here."))
    return redirect("linking:started-moves", request.organization.code, pk)


def _started(request: OrganizationRequest, pk: uuid.UUID) -> JointMove:
    return get_object_or_404(JointMove.objects.started_by(request.organization), pk=pk)


def _chosen(request: OrganizationRequest, data: QueryDict) -> list[Link]:
    """Those of the ticked accounts that are here; what has left meanwhile is left out of the page."""
    ids = [uuid_or_404(value) for value in data.getlist("account")]
    links = request.organization.links.open().filter(account__in=ids)
    found = list(links.select_related("account", "organization").order_by("account__name", "id"))
    if not found:
        raise NoAccounts
    return found


def _new_page(
    request: OrganizationRequest,
    links: list[Link],
    *,
    form: MoveForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    context: dict[str, Any] = {
        "leaving": [(link, impact.of(link)) for link in links],
        "too_many": TooManyAccounts.message if len(links) > joint_moves.MOST_ACCOUNTS else "",
        "form": form or MoveForm(),
        "error": error,
    }
    return render(request, "linking/moves_new.html", context, status=status)
