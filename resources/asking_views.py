"""Asking that something be shared: by members who may not share, and in words by an account's managers."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from linking.access import AccountRequest, account_view
from linking.models import Link, LinkQuerySet
from organizations.access import OrganizationRequest, organization_view, uuid_or_404
from organizations.errors import Invalid
from organizations.forms import explain
from organizations.models import Organization
from organizations.paging import page_of
from organizations.permissions import Action
from resources import share_requests as services
from resources.forms import CandidateFilter
from resources.models import Resource, ShareRequest
from resources.request_forms import AskForm, WordsForm
from resources.services import everything_refusal
from resources.sharing_views import AUDIENCES, EVERYTHING, candidates, picker_items
from resources.views import link_of


@require_http_methods(["GET", "POST"])
@organization_view(Action.ASK)
def ask(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    """For one account: ticked resources, or with `?what=everything` all of them."""
    link, what = link_of(request, pk), request.GET.get("what", AUDIENCES)
    form = AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        count = _ask(request, link, form.cleaned_data["note"], is_everything=what == EVERYTHING)
        _say_asked(request, count)
        return redirect("resources:share-requests", request.organization.code)
    context = {"link": link, "what": what, "form": form, **_choices(request, link, what)}
    return render(request, "resources/ask.html", context, status=400 if form.errors else 200)


def _ask(request: OrganizationRequest, link: Link, note: str, *, is_everything: bool) -> int:
    if is_everything:
        services.ask_for_everything(link, note=note, by=request.user)
        return 1
    chosen = [uuid_or_404(value) for value in request.POST.getlist("resource")]
    own = Resource.objects.of_organization(request.organization).exclude(status=Resource.Status.DELETED)
    wanted = [(link, resource) for resource in own.filter(pk__in=chosen)]
    return len(services.ask(wanted, note=note, by=request.user))


def _choices(request: OrganizationRequest, link: Link, what: str) -> dict[str, Any]:
    if what == EVERYTHING:
        return {"refused": everything_refusal(link)}
    form = CandidateFilter(request.GET)
    page = page_of(request, candidates(request, what, form))
    items, waiting = picker_items(link, page, request.POST.getlist("resource")), services.waiting_for(link)
    for item in items:
        if item["value"] in waiting and not item["refused"]:
            item["refused"] = services.ASKED_ALREADY
    return {"filter_form": form, "page": page, "items": items}


@require_http_methods(["GET", "POST"])
@organization_view(Action.ASK)
def ask_for(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    """One resource, for ticked accounts."""
    own = Resource.objects.of_organization(request.organization).exclude(status=Resource.Status.DELETED)
    resource = get_object_or_404(own.with_owner(), pk=pk)
    form = AskForm(request.POST if request.method == "POST" else None)
    chosen = request.POST.getlist("account")
    if request.method == "POST" and form.is_valid():
        links = _links(request).filter(account__in=[uuid_or_404(value) for value in chosen])
        wanted = [(link, resource) for link in links]
        _say_asked(request, len(services.ask(wanted, note=form.cleaned_data["note"], by=request.user)))
        return redirect("resources:audience", request.organization.code, pk)
    page = page_of(request, _links(request))
    context = {
        "resource": resource,
        "form": form,
        "page": page,
        "items": _accounts(request.organization, resource, page, chosen),
    }
    return render(request, "resources/ask_for.html", context, status=400 if form.errors else 200)


def _links(request: OrganizationRequest) -> LinkQuerySet:
    links = request.organization.links.open().select_related("account", "organization")
    return links.order_by("account__name", "pk")


def _accounts(
    organization: Organization, resource: Resource, page: Any, chosen: list[str]
) -> list[dict[str, Any]]:
    refusals = services.refusals(organization, resource, page)
    return [
        {
            "value": link.account_id,
            "label": link.account.name,
            "note": f"{link.account.get_kind_display()} · {link.account.search_id or link.account.line_id}",
            "refused": refusals[link.pk],
            "checked": str(link.account_id) in chosen,
        }
        for link in page
    ]


def _say_asked(request: OrganizationRequest, count: int) -> None:
    text = ngettext(
        "%(n)d request is sent. You get a mail when it is answered.",
        "%(n)d requests are sent. You get a mail when each is answered.",
        count,
    )
    messages.success(request, text % {"n": count})


@require_http_methods(["GET", "POST"])
@account_view
def ask_in_words(request: AccountRequest) -> HttpResponseBase:
    """The account's side, which does not see what the organization owns."""
    form = WordsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.ask_in_words(request.account, by=request.user, **form.cleaned_data)
        except Invalid as wrong:
            explain(form, wrong)
        else:
            messages.success(request, _("The request is sent. You get a mail when it is answered."))
            return redirect("resources:ask-in-words", request.account.pk)
    status = 400 if form.errors else 200
    own = ShareRequest.objects.of_account_side(request.account, request.user)
    rows = own.select_related("to_link").prefetch_related("shares__resource").order_by("-asked_at", "id")
    link = request.account.open_link
    context = {
        "form": form,
        "page": page_of(request, rows),
        "may_ask": request.account.takes_shared_resources and link is not None,
        "link": link,
    }
    return render(request, "resources/ask_in_words.html", context, status=status)


@require_POST
@account_view
def withdraw(request: AccountRequest, pk: uuid.UUID) -> HttpResponseBase:
    own = ShareRequest.objects.of_account_side(request.account, request.user).with_parties()
    services.withdraw(get_object_or_404(own, pk=pk), by=request.user)
    messages.success(request, _("The request is withdrawn."))
    return redirect("resources:ask-in-words", request.account.pk)
