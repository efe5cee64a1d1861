"""The register of accounts: pages of the installation's operators."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linking import installation, registry
from linking.errors import FactsChanged
from linking.models import Account
from linking.registry_forms import (
    ChangeAdsForm,
    ChangeOfficialForm,
    ManagerForm,
    RegisterAdsForm,
    RegisterFilter,
    RegisterOfficialForm,
)
from linking.words import account_facts
from organizations import history
from organizations.access import ReviewerRequest, reviewer_view
from organizations.errors import DomainError, Invalid
from organizations.forms import explain
from organizations.paging import page_of

OFFICIAL = Account.Kind.OFFICIAL


@require_GET
@reviewer_view
def register(request: ReviewerRequest) -> HttpResponseBase:
    """Every account that is registered here, and where it is linked."""
    form = RegisterFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    context = {
        "page": page_of(request, installation.accounts(wanted)),
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "linking/register.html", context)


@require_GET
@reviewer_view
def register_new(request: ReviewerRequest, kind: Account.Kind) -> HttpResponseBase:
    return _register_form(request, kind, _register_form_of(kind)())


@require_POST
@reviewer_view(is_fresh=True)
def register_account(request: ReviewerRequest, kind: Account.Kind) -> HttpResponseBase:
    form = _register_form_of(kind)(request.POST)
    if not form.is_valid():
        return _register_form(request, kind, form, status=400)
    entered = dict(form.cleaned_data)
    public_id, manager = entered.pop("public_id"), entered.pop("manager")
    said = registry.Particulars(**entered)
    try:
        account = registry.register(kind, said, public_id=public_id, manager=manager, by=request.user)
    except Invalid as wrong:
        explain(form, _at_the_one_id_field(wrong))
        return _register_form(request, kind, form, status=wrong.status)
    messages.success(request, _("%(account)s is registered.") % {"account": account})
    return redirect("linking:registered", account.pk)


@require_GET
@reviewer_view
def registered(request: ReviewerRequest, account_id: uuid.UUID) -> HttpResponseBase:
    return _account_page(request, _find(account_id))


@require_POST
@reviewer_view(is_fresh=True)
def change_account(request: ReviewerRequest, account_id: uuid.UUID) -> HttpResponseBase:
    account = _find(account_id)
    form = _change_form_of(account)(request.POST)
    if not form.is_valid():
        return _account_page(request, account, change_form=form, status=400)
    entered = dict(form.cleaned_data)
    seen = entered.pop("seen")
    try:
        registry.change(account, registry.Particulars(**entered), seen=seen, by=request.user)
    except Invalid as wrong:
        explain(form, wrong)
        return _account_page(request, account, change_form=form, status=wrong.status)
    except FactsChanged as changed:  # the page again, with what is true now
        return _account_page(request, _find(account_id), error=changed, status=changed.status)
    messages.success(request, _("The account is changed. Approval pages that show it must be read again."))
    return redirect("linking:registered", account.pk)


@require_POST
@reviewer_view(is_fresh=True)
def add_manager(request: ReviewerRequest, account_id: uuid.UUID) -> HttpResponseBase:
    account, form = _find(account_id), ManagerForm(request.POST)
    if not form.is_valid():
        return _account_page(request, account, manager_form=form, status=400)
    try:
        registry.add_manager(account, form.cleaned_data["email"], by=request.user)
    except Invalid as wrong:
        explain(form, wrong)
        return _account_page(request, account, manager_form=form, status=wrong.status)
    messages.success(request, _("The person manages the account from now on."))
    return redirect("linking:registered", account.pk)


@require_POST
@reviewer_view(is_fresh=True)
def remove_manager(request: ReviewerRequest, account_id: uuid.UUID, user: uuid.UUID) -> HttpResponseBase:
    account = _find(account_id)
    seat = get_object_or_404(account.managers.select_related("user"), user=user)
    registry.remove_manager(account, seat.user, by=request.user)
    messages.success(request, _("The person no longer manages the account."))
    return redirect("linking:registered", account.pk)


def _find(account_id: uuid.UUID) -> Account:
    return get_object_or_404(Account.objects.select_related("legal_entity"), pk=account_id)


def _register_form_of(kind: Account.Kind) -> type[forms.Form]:
    return RegisterOfficialForm if kind == OFFICIAL else RegisterAdsForm


def _change_form_of(account: Account) -> type[forms.Form]:
    return ChangeOfficialForm if account.is_official else ChangeAdsForm


def _at_the_one_id_field(wrong: Invalid) -> Invalid:
    """The form calls Basic ID and A… id alike."""
    names = {"basic_id": "public_id", "line_id": "public_id"}
    wrong.fields = {names.get(field, field): said for field, said in wrong.fields.items()}
    return wrong


def _register_form(
    request: ReviewerRequest, kind: Account.Kind, form: forms.Form, status: int = 200
) -> HttpResponseBase:
    context = {"kind": kind, "kinds": [(each, each == kind) for each in Account.Kind], "form": form}
    return render(request, "linking/register_new.html", context, status=status)


def _account_page(
    request: ReviewerRequest,
    account: Account,
    *,
    change_form: forms.Form | None = None,
    manager_form: ManagerForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    context = {
        "registered": account,
        "facts": account_facts(account),
        "link": account.open_link,
        "managers": account.managers.select_related("user").order_by("user__name", "user__email"),
        "change_form": change_form or _change_form_of(account)(initial=_said_of(account)),
        "manager_form": manager_form or ManagerForm(),
        "events": history.timeline(installation.account_history(account)),
        "error": error,
    }
    return render(request, "linking/registered.html", context, status=status)


def _said_of(account: Account) -> dict[str, Any]:
    return {**asdict(registry.particulars(account)), "seen": registry.digest(account)}
