"""Pages of the organization's side: the inbox of requests, the page that decides, the account lists."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linking import approvals, services
from linking.doubts import doubts
from linking.errors import FactsChanged
from linking.forms import AccountFilter, ApproveForm, RejectForm, RequestFilter
from linking.models import Account, JointMove, LinkQuerySet, LinkRequest, LinkRequestQuerySet
from linking.rules import viewer_checks
from linking.words import account_words, request_facts
from organizations import history, impact, menus
from organizations.access import OrganizationRequest, organization_view
from organizations.errors import DomainError, Invalid
from organizations.models import AuditEventQuerySet, Organization
from organizations.paging import page_of
from organizations.permissions import Action
from users.models import User

MOVES_SHOWN = 20


@require_GET
@organization_view(Action.VIEW)
def request_list(request: OrganizationRequest) -> HttpResponseBase:
    """Everything that was ever asked of the organization, what waits first."""
    form = RequestFilter(request.GET)
    rows = request.organization.link_requests.with_parties().order_by("-issued_at", "id")
    if form.is_valid():
        rows = _requests_like(rows, form.cleaned_data)
    page = page_of(request, rows)
    context = {
        "page": page,
        "half_approved": {row.pk for row in page if _is_half_approved(row)},
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "tabs": menus.inbox(request.organization, request.path),
        "moves": _started_moves(request.organization),
        "joint_moves": JointMove.objects.started_by(request.organization).with_counts()[:MOVES_SHOWN],
    }
    return render(request, "linking/request_list.html", context)


def _is_half_approved(link_request: LinkRequest) -> bool:
    progress = approvals.progress(link_request)
    return progress is not None and progress.given > 0


def _started_moves(organization: Organization) -> LinkRequestQuerySet:
    """What this organization offers to others, newest first."""
    moves = LinkRequest.objects.filter(moves_from__organization=organization, joint_move=None)
    return moves.select_related("account", "issued_by").order_by("-issued_at", "id")[:MOVES_SHOWN]


def _requests_like(rows: LinkRequestQuerySet, wanted: dict[str, str]) -> LinkRequestQuerySet:
    if wanted["state"]:
        rows = rows.filter(state=wanted["state"])
    if text := wanted["account"].strip():
        ids = Q(account__basic_id__icontains=text) | Q(account__premium_id__icontains=text)
        rows = rows.filter(ids | Q(account__name__icontains=text) | Q(account__line_id__icontains=text))
    return rows


@require_GET
@organization_view(Action.VIEW)
def decide(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    return _decide_page(request, _find(request, pk))


@require_POST
@organization_view(Action.APPROVE, is_fresh=True)
def approve(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    link_request = _find(request, pk)
    form = ApproveForm(request.POST)
    if not form.is_valid():
        return _decide_page(request, link_request, approve_form=form, status=400)
    try:
        approval = services.approve_request(link_request, by=request.user, **form.answer)
    except Invalid as wrong:
        form.add_error("organization_id", str(wrong))
        return _decide_page(request, link_request, approve_form=form, status=wrong.status)
    except FactsChanged as changed:  # the page again, with what is true now
        return _decide_page(request, _find(request, pk), error=changed, status=changed.status)
    except DomainError as refused:
        return _decide_page(request, _find(request, pk), error=refused, status=refused.status)
    _say_linked(request, approval)
    if approval.stay is None:
        return redirect("linking:request", request.organization.code, link_request.pk)
    return redirect("resources:account", request.organization.code, approval.link.account_id)


def _say_linked(request: OrganizationRequest, approval: services.Approval) -> None:
    if approval.stay is None:
        messages.success(
            request, _("Your approval is counted: 1 of 2. Another administrator gives the second.")
        )
        return
    name = approval.link.account.name
    if approval.is_new:
        text = (
            _("%(account)s is linked, and may use all resources of the organization.")
            if approval.link.shares_everything
            else _("%(account)s is linked. Nothing is shared with it yet: add resources here.")
        )
        messages.success(request, text % {"account": name})
        return
    text = _("%(account)s was already linked, approved by %(person)s.")
    messages.info(request, text % {"account": name, "person": approval.link_request.closed_by})


@require_POST
@organization_view(Action.APPROVE, is_fresh=True)
def reject(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    link_request = _find(request, pk)
    form = RejectForm(request.POST)
    if not form.is_valid():
        return _decide_page(request, link_request, reject_form=form, status=400)
    try:
        services.reject_request(link_request, by=request.user, reason=form.cleaned_data["reason"])
    except DomainError as refused:
        return _decide_page(request, _find(request, pk), error=refused, status=refused.status)
    messages.success(request, _("The request is rejected. The account's managers see your reason."))
    return redirect("linking:request", request.organization.code, link_request.pk)


def _find(request: OrganizationRequest, pk: uuid.UUID) -> LinkRequest:
    return get_object_or_404(request.organization.link_requests.with_parties(), pk=pk)


def _decide_page(
    request: OrganizationRequest,
    link_request: LinkRequest,
    *,
    approve_form: ApproveForm | None = None,
    reject_form: RejectForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    shown = services.facts(link_request)
    context = {
        "link_request": link_request,
        "facts": shown,
        "rows": request_facts(shown, link_request),
        "checks": _checks(link_request, request.user) if link_request.is_open else [],
        **_two_approvals(link_request, request.user),
        "may_share": approvals.may_begin_with_everything(link_request),
        "impacts": impact.of(link_request) if link_request.is_open else [],
        "may_answer": Action.APPROVE in request.allowed and link_request.is_open,
        "approve_form": approve_form or ApproveForm(initial={"facts_digest": shown.digest}),
        "reject_form": reject_form or RejectForm(),
        "error": error,
        "doubts": doubts(link_request) if link_request.is_open else [],
        "words": account_words(link_request.account),
        "events": history.timeline(_told_of(request.organization, link_request)),
    }
    return render(request, "linking/request_decide.html", context, status=status)


def _checks(link_request: LinkRequest, viewer: User) -> list[services.Check]:
    return [*services.approval_checks(link_request), *viewer_checks(link_request, viewer)]


def _two_approvals(link_request: LinkRequest, viewer: User) -> dict[str, Any]:
    """What the page says where two people approve; nothing where one does."""
    progress = approvals.progress(link_request)
    if progress is None or not progress.is_double:
        return {}
    return {
        "progress": progress,
        "people": approvals.people_who_may(link_request),
        "has_given": approvals.was_first(link_request, viewer),
    }


def _told_of(organization: Organization, link_request: LinkRequest) -> AuditEventQuerySet:
    """The request's entries in this organization's own history."""
    subject = {"subject_type": link_request._meta.label_lower, "subject_id": str(link_request.pk)}
    return organization.audit_events.filter(**subject)


@require_GET
@organization_view(Action.VIEW)
def account_list(request: OrganizationRequest, kind: Account.Kind) -> HttpResponseBase:
    """The organization's accounts of one LINE service."""
    form = AccountFilter(request.GET)
    links = request.organization.links.open().filter(account__kind=kind).select_related("account")
    rows = links.order_by("account__name", "id")
    if form.is_valid():
        rows = _links_like(rows, form.cleaned_data)
    context = {
        "kind": kind,
        "title": LIST_TITLES[kind](),
        "page": page_of(request, rows),
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "requests_url": reverse("linking:request-list", args=[request.organization.code]),
    }
    return render(request, "linking/account_list.html", context)


LIST_TITLES = {
    Account.Kind.OFFICIAL: lambda: _("LINE Official Accounts"),
    Account.Kind.ADS: lambda: _("LINE Ads Platform"),
    Account.Kind.TALK_HEAD_VIEW: lambda: _("Talk Head View"),
}


def _links_like(rows: LinkQuerySet, wanted: dict[str, str]) -> LinkQuerySet:
    if wanted["review"]:
        rows = rows.filter(review=wanted["review"])
    if text := wanted["name"].strip():
        rows = rows.filter(Q(account__name__icontains=text) | Q(account__line_id__icontains=text))
    return rows
