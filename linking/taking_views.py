"""Pages of the organization that takes several accounts over: all that is offered, its checks, one answer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from linking import approvals, joint_moves, services
from linking.doubts import doubts
from linking.facts import Facts, facts
from linking.forms import ApproveForm, RejectForm
from linking.models import JointMove, LinkRequest
from linking.rules import Check, approval_checks, viewer_checks
from linking.words import registered_as
from organizations import safeguards
from organizations.access import OrganizationRequest, organization_view
from organizations.errors import DomainError, Invalid
from organizations.permissions import Action
from users.models import User


@dataclass(frozen=True)
class Offer:
    """One account of the offer, as a row of the page."""

    move: LinkRequest
    facts: Facts
    failed: list[Check]
    progress: approvals.Progress | None

    @property
    def registered_as(self) -> str:
        return registered_as(self.facts.account_entity)

    @property
    def receiver_registered_as(self) -> str:
        entity = self.facts.organization_entity
        return registered_as(entity) if entity else ""


@require_GET
@organization_view(Action.VIEW)
def joint_move(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    return _page(request, _find(request, pk))


@require_POST
@organization_view(Action.APPROVE, is_fresh=True)
def approve(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    offered, form = _find(request, pk), ApproveForm(request.POST)
    if not form.is_valid():
        return _page(request, offered, approve_form=form, status=400)
    try:
        done = services.approve_moves(offered, by=request.user, **form.answer)
    except Invalid as wrong:
        form.add_error("organization_id", str(wrong))
        return _page(request, offered, approve_form=form, status=wrong.status)
    except DomainError as refused:  # the page again, with what is true now
        return _page(request, offered, error=refused, status=refused.status)
    _say(request, done)
    return redirect("linking:joint-move", request.organization.code, pk)


@require_POST
@organization_view(Action.APPROVE, is_fresh=True)
def reject(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    offered, form = _find(request, pk), RejectForm(request.POST)
    if not form.is_valid():
        return _page(request, offered, reject_form=form, status=400)
    try:
        services.reject_moves(offered, by=request.user, reason=form.cleaned_data["reason"])
    except DomainError as refused:
        return _page(request, offered, error=refused, status=refused.status)
    messages.success(request, _("What was still offered is rejected. The other side sees your reason."))
    return redirect("linking:joint-move", request.organization.code, pk)


def _say(request: OrganizationRequest, done: list[services.Approval]) -> None:
    linked = sum(approval.stay is not None for approval in done)
    if linked:
        text = ngettext("%(count)s account is linked.", "%(count)s accounts are linked.", linked)
        messages.success(request, text % {"count": linked})
    if linked < len(done):
        messages.success(
            request, _("Your approval is counted: 1 of 2. Another administrator gives the second.")
        )


def _find(request: OrganizationRequest, pk: uuid.UUID) -> JointMove:
    return get_object_or_404(JointMove.objects.offered_to(request.organization), pk=pk)


def _page(
    request: OrganizationRequest,
    offered: JointMove,
    *,
    approve_form: ApproveForm | None = None,
    reject_form: RejectForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    offers = [_offer(move, request.user) for move in joint_moves.moves_of(offered)]
    waiting = [offer.move for offer in offers if offer.move.is_open]
    digest = joint_moves.digest_of(offer.move for offer in offers)
    context = {
        "joint_move": offered,
        "offers": offers,
        "first": offers[0],
        "waiting": len(waiting),
        "has_given": bool(waiting) and all(approvals.was_first(move, request.user) for move in waiting),
        "may_share": bool(waiting) and all(map(approvals.may_begin_with_everything, waiting)),
        "has_failed": any(offer.failed for offer in offers),
        "may_answer": bool(waiting) and Action.APPROVE in request.allowed,
        "approve_form": approve_form or ApproveForm(initial={"facts_digest": digest}),
        "reject_form": reject_form or RejectForm(),
        "error": error,
        "doubts": list(dict.fromkeys(doubt for move in waiting for doubt in doubts(move))),
        "people": approvals.people_who_may(waiting[0]) if waiting else 0,
        "needed": request.organization.needs_two_approvals and safeguards.APPROVERS_NEEDED,
    }
    return render(request, "linking/moves_offered.html", context, status=status)


def _offer(move: LinkRequest, viewer: User) -> Offer:
    checks = [*approval_checks(move), *viewer_checks(move, viewer)] if move.is_open else []
    failed = [check for check in checks if not check.ok]
    return Offer(move, facts(move), failed, approvals.progress(move))
