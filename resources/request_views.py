"""Share requests in the organization: the list beside link requests, and the page that answers one."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Case, Q, Value, When
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from organizations import history, menus
from organizations.access import OrganizationRequest, organization_view, uuid_or_404
from organizations.errors import DomainError, Invalid
from organizations.forms import explain
from organizations.paging import page_of
from organizations.permissions import Action
from resources import share_answers
from resources import share_requests as services
from resources.forms import CandidateFilter, UntilForm
from resources.models import Resource, ResourceQuerySet, ShareRequest
from resources.request_forms import RefuseShareForm, ShareRequestFilter
from resources.request_models import ShareRequestQuerySet
from resources.services import everything_refusal
from resources.sharing_views import picker_items
from resources.standing import everything_for

What = ShareRequest.What


@require_GET
@organization_view(Action.VIEW)
def share_requests(request: OrganizationRequest) -> HttpResponseBase:
    """Everything that was ever asked, newest first."""
    form = ShareRequestFilter(request.GET)
    rows = _requests(request).order_by("-asked_at", "id")
    if form.is_valid():
        rows = like(rows, form.cleaned_data)
    context = {
        "page": page_of(request, rows),
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "tabs": menus.inbox(request.organization, request.path),
    }
    return render(request, "resources/share_requests.html", context)


def like(rows: ShareRequestQuerySet, wanted: dict[str, str]) -> ShareRequestQuerySet:
    """The rows that fit a cleaned filter."""
    if wanted["state"]:
        rows = rows.filter(state=wanted["state"])
    if text := wanted["text"].strip():
        account = Q(to_link__account__name__icontains=text) | Q(to_link__account__line_id__icontains=text)
        account |= Q(to_link__account__basic_id__icontains=text)
        rows = rows.filter(account | Q(resource__name__icontains=text) | Q(line_id=text))
    return rows


@require_GET
@organization_view(Action.VIEW)
def share_request(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    return _page(request, _find(request, pk))


@require_POST
@organization_view(Action.SHARE)
def grant(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    asked, form = _find(request, pk), UntilForm(request.POST)
    if not form.is_valid():
        return _page(request, asked, until_form=form, status=400)
    own = Resource.objects.of_organization(request.organization)
    chosen = own.filter(pk__in=[uuid_or_404(value) for value in request.POST.getlist("resource")])
    try:
        share_answers.grant(asked, resources=list(chosen), until=form.moment, by=request.user)
    except DomainError as refused:
        return _page(request, _find(request, pk), error=refused, status=refused.status)
    text = _("The request is granted: %(account)s may use it now.")
    messages.success(request, text % {"account": asked.to_link.account.name})
    return redirect("resources:share-request", request.organization.code, pk)


@require_POST
@organization_view(Action.SHARE)
def refuse(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    asked, form = _find(request, pk), RefuseShareForm(request.POST)
    if not form.is_valid():
        return _page(request, asked, refuse_form=form, status=400)
    try:
        share_answers.refuse(asked, reason=form.cleaned_data["reason"], by=request.user)
    except Invalid as wrong:
        explain(form, wrong)
        return _page(request, asked, refuse_form=form, status=wrong.status)
    except DomainError as refused:
        return _page(request, _find(request, pk), error=refused, status=refused.status)
    messages.success(request, _("The request is refused. Who asked sees your reason."))
    return redirect("resources:share-request", request.organization.code, pk)


@require_POST
@organization_view(Action.ASK)
def withdraw(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    services.withdraw(_find(request, pk), by=request.user)
    messages.success(request, _("The request is withdrawn."))
    return redirect("resources:share-request", request.organization.code, pk)


def _requests(request: OrganizationRequest) -> ShareRequestQuerySet:
    return ShareRequest.objects.of_organization(request.organization).with_parties()


def _find(request: OrganizationRequest, pk: uuid.UUID) -> ShareRequest:
    return get_object_or_404(_requests(request), pk=pk)


def _page(
    request: OrganizationRequest,
    asked: ShareRequest,
    *,
    until_form: UntilForm | None = None,
    refuse_form: RefuseShareForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    may_answer = asked.is_open and Action.SHARE in request.allowed
    subject = {"subject_type": asked._meta.label_lower, "subject_id": str(asked.pk)}
    context = {
        "asked": asked,
        "given": [share.resource for share in asked.shares.select_related("resource")],
        "may_answer": may_answer,
        "may_withdraw": asked.is_open and asked.asked_by_id == request.user.pk,
        "until_form": until_form or UntilForm(),
        "refuse_form": refuse_form or RefuseShareForm(),
        "error": error,
        "events": history.timeline(request.organization.audit_events.filter(**subject)),
        **(_choice(request, asked) if may_answer else {}),
    }
    return render(request, "resources/share_request.html", context, status=status)


def _choice(request: OrganizationRequest, asked: ShareRequest) -> dict[str, Any]:
    """What granting comes to, or, for a request in words, what to pick from."""
    link = asked.to_link
    if asked.what == What.EVERYTHING:
        count = Resource.objects.filter(everything_for(link)).count()
        return {"count": count, "refused": "" if link.shares_everything else everything_refusal(link)}
    if asked.resource:
        (item,) = picker_items(link, [asked.resource], [])
        is_received = share_answers.is_received(link, asked.resource)
        return {"is_received": is_received, "refused": "" if is_received else item["refused"]}
    form = CandidateFilter(request.GET)
    page = page_of(request, _candidates(request, asked).filter(**form.wanted()))
    ticked = request.POST.getlist("resource") or [str(each.pk) for each in page if _is_named(each, asked)]
    return {"filter_form": form, "page": page, "items": picker_items(link, page, ticked)}


def _candidates(request: OrganizationRequest, asked: ShareRequest) -> ResourceQuerySet:
    """What the organization owns; first what has the ID that was given."""
    own = Resource.objects.of_organization(request.organization).exclude(status=Resource.Status.DELETED)
    named = Case(When(line_id=asked.line_id or None, then=Value(0)), default=Value(1))
    return own.with_owner().annotate(place=named).order_by("place", "-created_at", "id")


def _is_named(resource: Resource, asked: ShareRequest) -> bool:
    return bool(asked.line_id) and resource.line_id == asked.line_id
