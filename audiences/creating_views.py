"""Pages that make an audience which LINE fills by a rule: which kind, in which account, by what rule."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from audiences import destinations
from audiences.audience_forms import AudienceForm
from audiences.creating_rules import create_audience
from audiences.offers import OFFERS
from linking.models import Account
from organizations.access import OrganizationRequest, organization_view
from organizations.errors import DomainError
from organizations.permissions import Action
from resources.models import Resource


@require_GET
@organization_view(Action.FEED)
def choose_kind(request: OrganizationRequest) -> HttpResponseBase:
    return render(request, "audiences/audience_new.html", {"offers": OFFERS.values()})


@require_http_methods(["GET", "POST"])
@organization_view(Action.FEED)
def create(request: OrganizationRequest, offer: str) -> HttpResponseBase:
    """The account first: tags and audiences to build on are its own. One alone needs no choice."""
    if offer not in OFFERS:
        raise Http404
    usable = [reach.account for reach in destinations.reaches(request.organization) if not reach.refused]
    account = _account(request, usable)
    context: dict[str, Any] = {"offer": OFFERS[offer], "accounts": usable, "account": account}
    if account is None:
        context["keys_url"] = destinations.keys_url(request.organization)
        return render(request, "audiences/audience_create.html", context)
    form = OFFERS[offer].form(request.POST or None, account=account)
    made = _create(request, form) if request.method == "POST" else None
    if made is None:
        return render(
            request, "audiences/audience_create.html", context | {"form": form}, status=_status(form)
        )
    messages.success(request, _("“%(name)s” is created at LINE, which fills it now.") % {"name": made.name})
    return redirect("resources:audience", request.organization.code, made.pk)


def _account(request: OrganizationRequest, usable: list[Account]) -> Account | None:
    chosen = request.POST.get("account") or request.GET.get("account")
    if not chosen:
        return usable[0] if len(usable) == 1 else None
    for account in usable:
        if str(account.pk) == chosen:
            return account
    raise Http404


def _create(request: OrganizationRequest, form: AudienceForm) -> Resource | None:
    if not form.is_valid():
        return None
    try:
        return create_audience(form.account, form.cleaned_data["name"], form.rule(), by=request.user)
    except DomainError as refused:
        form.refuse(refused)
        return None


def _status(form: AudienceForm) -> int:
    return form.refused_status if form.errors else 200
