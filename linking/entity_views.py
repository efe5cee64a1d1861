"""Legal entities: pages of the installation's operators."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linking import entities, installation
from linking.errors import NoSuchCompany
from linking.registry_forms import EntityFilter, EntityNameForm, MergeChoiceForm, MergeForm
from organizations import history
from organizations.access import ReviewerRequest, reviewer_view
from organizations.errors import DomainError, Invalid
from organizations.forms import explain
from organizations.models import LegalEntity
from organizations.paging import page_of

MOST_SHOWN = 50


@require_GET
@reviewer_view
def entity_list(request: ReviewerRequest) -> HttpResponseBase:
    """Every company that organizations and accounts name, and by how many."""
    form = EntityFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    context = {
        "page": page_of(request, installation.companies(wanted)),
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "linking/entities.html", context)


@require_GET
@reviewer_view
def entity(request: ReviewerRequest, pk: uuid.UUID) -> HttpResponseBase:
    return _entity_page(request, _find(pk))


@require_POST
@reviewer_view(is_fresh=True)
def confirm(request: ReviewerRequest, pk: uuid.UUID) -> HttpResponseBase:
    company = _find(pk)
    try:
        entities.confirm(company, seen_name=request.POST.get("seen_name", ""), by=request.user)
    except DomainError as refused:
        return _entity_page(request, _find(pk), error=refused, status=refused.status)
    messages.success(request, _("%(company)s is confirmed.") % {"company": company})
    return redirect("linking:entity", pk)


@require_POST
@reviewer_view(is_fresh=True)
def unconfirm(request: ReviewerRequest, pk: uuid.UUID) -> HttpResponseBase:
    company = _find(pk)
    try:
        entities.unconfirm(company, by=request.user)
    except DomainError as refused:
        return _entity_page(request, _find(pk), error=refused, status=refused.status)
    messages.success(request, _("%(company)s is not confirmed any more.") % {"company": company})
    return redirect("linking:entity", pk)


@require_POST
@reviewer_view(is_fresh=True)
def rename(request: ReviewerRequest, pk: uuid.UUID) -> HttpResponseBase:
    company, form = _find(pk), EntityNameForm(request.POST)
    if not form.is_valid():
        return _entity_page(request, company, name_form=form, status=400)
    try:
        entities.rename(company, **form.cleaned_data, by=request.user)
    except DomainError as refused:
        return _entity_page(request, _find(pk), error=refused, status=refused.status)
    messages.success(request, _("The company is called %(company)s now.") % {"company": company})
    return redirect("linking:entity", pk)


@require_GET
@reviewer_view
def merge(request: ReviewerRequest, pk: uuid.UUID) -> HttpResponseBase:
    """What a merge would change, for a company chosen by its number (`?into=`)."""
    company, form = _find(pk), MergeChoiceForm(request.GET)
    if not form.is_valid():
        return _entity_page(request, company, merge_form=form, status=400)
    try:
        into = entities.numbered(company, form.cleaned_data["into"])
        entities.check_merge(company, into)
    except Invalid as wrong:
        form.add_error("into", str(wrong))
        return _entity_page(request, company, merge_form=form, status=wrong.status)
    except DomainError as refused:
        return _entity_page(request, company, error=refused, status=refused.status)
    return _merge_page(request, company, into)


@require_POST
@reviewer_view(is_fresh=True)
def merge_entities(request: ReviewerRequest, pk: uuid.UUID) -> HttpResponseBase:
    company, form = _find(pk), MergeForm(request.POST)
    is_whole = form.is_valid()
    chosen = form.cleaned_data.get("into")
    into = LegalEntity.objects.filter(pk=chosen).first() if chosen else None
    if into is None:
        raise NoSuchCompany
    if not is_whole:
        return _merge_page(request, company, into, form, status=400)
    try:
        entities.merge(company, into, typed=form.cleaned_data["number"], by=request.user)
    except Invalid as wrong:
        explain(form, wrong)
        return _merge_page(request, company, into, form, status=wrong.status)
    except DomainError as refused:
        return _entity_page(request, _find(pk), error=refused, status=refused.status)
    messages.success(request, _("Everything belongs to %(company)s now.") % {"company": into})
    return redirect("linking:entity", into.pk)


def _find(pk: uuid.UUID) -> LegalEntity:
    return get_object_or_404(LegalEntity, pk=pk)


def _uses(company: LegalEntity) -> dict[str, Any]:
    organizations, accounts = (
        company.organizations.order_by("name", "code"),
        company.accounts.order_by("name", "id"),
    )
    return {
        "organizations_of": organizations[:MOST_SHOWN],
        "organization_count": organizations.count(),
        "accounts_of": accounts[:MOST_SHOWN],
        "account_count": accounts.count(),
    }


def _merge_page(
    request: ReviewerRequest,
    company: LegalEntity,
    into: LegalEntity,
    form: MergeForm | None = None,
    status: int = 200,
) -> HttpResponseBase:
    form = form or MergeForm(initial={"into": into.pk})
    context = {"entity": company, "into": into, "form": form, **_uses(company)}
    return render(request, "linking/entity_merge.html", context, status=status)


def _entity_page(
    request: ReviewerRequest,
    company: LegalEntity,
    *,
    name_form: EntityNameForm | None = None,
    merge_form: MergeChoiceForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    context = {
        "entity": company,
        "name_form": name_form or EntityNameForm(initial={"name": company.name, "seen_name": company.name}),
        "merge_form": merge_form or MergeChoiceForm(),
        "events": history.timeline(installation.company_history(company)),
        "error": error,
        **_uses(company),
    }
    return render(request, "linking/entity.html", context, status=status)
