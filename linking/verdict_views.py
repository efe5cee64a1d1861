"""Reviews in the hands of the installation's operators: organizations, and links that the rule left open."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linking import installation, reviews
from linking.models import Link
from linking.registry_forms import ReviewFilter
from linking.words import account_facts
from organizations import history
from organizations import reviews as organization_reviews
from organizations.access import ReviewerRequest, reviewer_view
from organizations.business_forms import VerdictForm
from organizations.errors import DomainError, Invalid
from organizations.forms import explain
from organizations.models import Organization, Review
from organizations.paging import page_of

PARTIES = ("account__legal_entity", "organization__legal_entity", "organization__business_info")
ACCOUNTS_SHOWN = 20


@require_GET
@reviewer_view
def organization_list(request: ReviewerRequest) -> HttpResponseBase:
    """What waits comes first, oldest on top."""
    return _list(request, installation.organizations, "linking/organization_reviews.html")


@require_GET
@reviewer_view
def link_list(request: ReviewerRequest) -> HttpResponseBase:
    """What waits comes first, oldest on top."""
    return _list(request, installation.links, "linking/link_reviews.html")


@require_GET
@reviewer_view
def organization(request: ReviewerRequest, pk: uuid.UUID) -> HttpResponseBase:
    return _organization_page(request, _organization(pk))


@require_POST
@reviewer_view(is_fresh=True)
def decide_organization(request: ReviewerRequest, pk: uuid.UUID) -> HttpResponseBase:
    held, form = _organization(pk), VerdictForm(request.POST)
    if not form.is_valid():
        return _organization_page(request, held, form=form, status=400)
    try:
        organization_reviews.decide(held, **form.verdict, shown=form.cleaned_data["shown"], by=request.user)
    except Invalid as wrong:
        explain(form, wrong)
        return _organization_page(request, held, form=form, status=wrong.status)
    except DomainError as refused:
        return _organization_page(request, _organization(pk), error=refused, status=refused.status)
    messages.success(request, _said(str(held), is_passed=form.is_passed))
    return redirect("linking:organization-reviews")


@require_GET
@reviewer_view
def link(request: ReviewerRequest, pk: uuid.UUID) -> HttpResponseBase:
    return _link_page(request, _link(pk))


@require_POST
@reviewer_view(is_fresh=True)
def decide_link(request: ReviewerRequest, pk: uuid.UUID) -> HttpResponseBase:
    held, form = _link(pk), VerdictForm(request.POST)
    if not form.is_valid():
        return _link_page(request, held, form=form, status=400)
    try:
        reviews.decide(held, **form.verdict, by=request.user)
    except Invalid as wrong:
        explain(form, wrong)
        return _link_page(request, held, form=form, status=wrong.status)
    except DomainError as refused:
        return _link_page(request, _link(pk), error=refused, status=refused.status)
    messages.success(request, _said(str(held.account), is_passed=form.is_passed))
    return redirect("linking:link-reviews")


def _said(name: str, *, is_passed: bool) -> str:
    if is_passed:
        return _("The review of %(name)s has passed. Its administrators get a mail.") % {"name": name}
    return _("The review of %(name)s is rejected. Its administrators get a mail.") % {"name": name}


def _organization(pk: uuid.UUID) -> Organization:
    return get_object_or_404(Organization.objects.select_related("legal_entity", "business_info"), pk=pk)


def _link(pk: uuid.UUID) -> Link:
    return get_object_or_404(Link.objects.open().select_related(*PARTIES), pk=pk)


def _list(
    request: ReviewerRequest, rows: Callable[[Mapping[str, str]], QuerySet[Any]], template: str
) -> HttpResponseBase:
    form = ReviewFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    context = {
        "page": page_of(request, rows(wanted)),
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, template, context)


def _organization_page(
    request: ReviewerRequest,
    held: Organization,
    *,
    form: VerdictForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    context = {
        "held": held,
        "info": held.business_info,
        "names_equal": organization_reviews.names_equal(held),
        "seats": held.memberships.select_related("user").order_by("joined_at")[:ACCOUNTS_SHOWN],
        "links": held.links.open().select_related("account")[:ACCOUNTS_SHOWN],
        "may_decide": held.review == Review.IN_REVIEW,
        "form": form or VerdictForm(initial={"shown": organization_reviews.digest(held)}),
        "events": history.timeline(installation.organization_history(held)),
        "error": error,
    }
    return render(request, "linking/organization_review.html", context, status=status)


def _link_page(
    request: ReviewerRequest,
    held: Link,
    *,
    form: VerdictForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    context = {
        "link": held,
        "facts": account_facts(held.account),
        "checks": reviews.conditions(held),
        "reason": reviews.reason_of(held),
        "may_decide": held.review == Review.IN_REVIEW,
        "form": form or VerdictForm(),
        "events": history.timeline(installation.link_history(held)),
        "error": error,
    }
    return render(request, "linking/link_review.html", context, status=status)
