"""Pages of API keys. A secret goes in and never comes out; its forms ask for the password before."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linking import proving, services
from linking.access import asks_again
from linking.errors import KeyExists
from linking.forms import KeyForm, SecretForm
from linking.models import ApiKey, ApiKeyVersion
from organizations.access import Door, OrganizationRequest, marked, organization_view
from organizations.errors import DomainError
from organizations.paging import page_of
from organizations.permissions import Action

FRESH = Door("organization", Action.MANAGE_KEYS, is_fresh=True)
WORKS = ApiKey.Check.WORKS


@require_GET
@organization_view(Action.VIEW)
def key_list(request: OrganizationRequest) -> HttpResponseBase:
    rows = request.organization.api_keys.prefetch_related("accounts").order_by("name", "id")
    context = {"page": page_of(request, rows), "may_manage": Action.MANAGE_KEYS in request.allowed}
    return render(request, "linking/key_list.html", context)


@require_GET
@organization_view(Action.MANAGE_KEYS, is_fresh=True)
def key_new(request: OrganizationRequest) -> HttpResponseBase:
    return _key_form(request, KeyForm())


@require_POST
@organization_view(Action.MANAGE_KEYS)
def add(request: OrganizationRequest) -> HttpResponseBase:
    back_to = reverse("linking:key-new", args=[request.organization.code])
    if again := asks_again(request, back_to):
        return again
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _key_form(request, form, status=400)
    try:
        api_key = services.add_key(request.organization, by=request.user, **form.cleaned_data)
    except KeyExists as exists:
        form.add_error("access_key", str(exists))
        return _key_form(request, form, status=exists.status)
    return _check_and_show(request, api_key)


add = marked(add, FRESH)


@require_GET
@organization_view(Action.VIEW)
def key(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    return _key_page(request, _find(request, pk))


@require_POST
@organization_view(Action.MANAGE_KEYS, is_fresh=True)
def register(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The form says only which one; what the account is, LINE says."""
    api_key = _find(request, pk)
    try:
        account = proving.prove_account(api_key, request.POST.get("line_id", ""), by=request.user)
    except DomainError as refused:
        return _key_page(request, api_key, error=refused, status=refused.status)
    messages.success(
        request, _("%(account)s is registered, and you manage it. Link it here.") % {"account": account}
    )
    return redirect("linking:account-settings", account.pk)


def _key_page(
    request: OrganizationRequest, api_key: ApiKey, *, error: DomainError | None = None, status: int = 200
) -> HttpResponseBase:
    context = {
        "api_key": api_key,
        "accounts": api_key.accounts.order_by("name"),
        "version": api_key.versions.filter(state=ApiKeyVersion.State.ACTIVE)
        .select_related("created_by")
        .first(),
        "may_manage": Action.MANAGE_KEYS in request.allowed,
        "may_check": Action.USE_KEY in request.allowed,
        "unknown": page_of(request, proving.unknown_accounts(api_key)),
        "error": error,
    }
    return render(request, "linking/key.html", context, status=status)


@require_POST
@organization_view(Action.USE_KEY)
def check(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    return _check_and_show(request, _find(request, pk))


@require_GET
@organization_view(Action.MANAGE_KEYS, is_fresh=True)
def secret_new(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    return _secret_form(request, _find(request, pk), SecretForm())


@require_POST
@organization_view(Action.MANAGE_KEYS)
def replace(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    api_key = _find(request, pk)
    back_to = reverse("linking:secret-new", args=[request.organization.code, pk])
    if again := asks_again(request, back_to):
        return again
    form = SecretForm(request.POST)
    if not form.is_valid():
        return _secret_form(request, api_key, form, status=400)
    services.replace_secret(api_key, by=request.user, secret_key=form.cleaned_data["secret_key"])
    return _check_and_show(request, api_key)


replace = marked(replace, FRESH)


def _find(request: OrganizationRequest, pk: uuid.UUID) -> ApiKey:
    return get_object_or_404(request.organization.api_keys, pk=pk)


def _check_and_show(request: OrganizationRequest, api_key: ApiKey) -> HttpResponseBase:
    checked = services.check_key(api_key, by=request.user)
    if checked.check_state == WORKS:
        messages.success(request, _("LINE answers: the key works."))
    else:
        messages.warning(request, checked.check_reason or checked.get_check_state_display())
    return redirect("linking:key", request.organization.code, api_key.pk)


def _key_form(request: OrganizationRequest, form: KeyForm, status: int = 200) -> HttpResponseBase:
    return render(request, "linking/key_new.html", {"form": form}, status=status)


def _secret_form(
    request: OrganizationRequest, api_key: ApiKey, form: SecretForm, status: int = 200
) -> HttpResponseBase:
    return render(request, "linking/key_secret.html", {"form": form, "api_key": api_key}, status=status)
