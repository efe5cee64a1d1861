"""Pages of resources: the organization's list, an account's shared resources, adding and stopping."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linking.access import AccountRequest, account_view
from linking.models import Link
from organizations import history, impact
from organizations.access import OrganizationRequest, organization_view, uuid_or_404
from organizations.paging import page_of
from organizations.permissions import Action
from resources import services
from resources.forms import AudienceFilter, CandidateFilter
from resources.models import Resource, Share


def with_share_count(rows: QuerySet[Resource]) -> QuerySet[Resource]:
    return rows.annotate(share_count=Count("shares", filter=Q(shares__ended_at=None)))


@require_GET
@organization_view(Action.VIEW)
def audience_list(request: OrganizationRequest) -> HttpResponseBase:
    form = AudienceFilter(request.GET)
    own = Resource.objects.of_organization(request.organization).exclude(status=Resource.Status.DELETED)
    rows = with_share_count(own.with_owner().filter(**form.wanted())).order_by("-created_at", "id")
    return render(request, "resources/audience_list.html", {"page": page_of(request, rows), "form": form})


@require_GET
@organization_view(Action.VIEW)
def audience(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    own = Resource.objects.of_organization(request.organization).with_owner()
    resource = get_object_or_404(own, pk=pk)
    shares = resource.shares.open().select_related("to_link__account", "shared_by")
    return render(request, "resources/audience_detail.html", {"resource": resource, "shares": shares})


def _link(request: OrganizationRequest, pk: uuid.UUID) -> Link:
    """The open link of an account of this organization, addressed by the account."""
    links = request.organization.links.open().select_related("account__legal_entity", "organization")
    return get_object_or_404(links, account=pk)


@require_GET
@organization_view(Action.VIEW)
def account(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The account's page: what is shared to it."""
    link = _link(request, pk)
    shares = link.shares_received.open().select_related(
        "resource__owner_organization", "resource__owner_account", "shared_by"
    )
    events = history.timeline(request.organization.audit_events.filter(account_id=link.account_id))
    context = {"link": link, "page": page_of(request, shares), "events": events}
    return render(request, "resources/account.html", context)


@require_http_methods(["GET", "POST"])
@organization_view(Action.SHARE)
def add_resource(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    link = _link(request, pk)
    own = Resource.objects.of_organization(request.organization).exclude(status=Resource.Status.DELETED)
    if request.method == "POST":
        chosen = [uuid_or_404(value) for value in request.POST.getlist("resource")]
        shares = services.share_resources(link, list(own.filter(pk__in=chosen)), by=request.user)
        text = ngettext(
            "%(n)d resource is now shared with %(account)s.",
            "%(n)d resources are now shared with %(account)s.",
            len(shares),
        )
        messages.success(request, text % {"n": len(shares), "account": link.account.name})
        return redirect("resources:account", request.organization.code, link.account_id)
    form = CandidateFilter(request.GET)
    page = page_of(request, own.with_owner().filter(**form.wanted()).order_by("-created_at", "id"))
    context = {"link": link, "form": form, "page": page, "items": _picker_items(link, page)}
    return render(request, "resources/add_resource.html", context)


def _picker_items(link: Link, page: Iterable[Resource]) -> list[dict[str, Any]]:
    return [
        {
            "value": choice.resource.pk,
            "label": choice.resource.name,
            "note": f"{choice.resource.get_kind_display()} · {choice.resource.owner}",
            "size": choice.resource.size,
            "refused": choice.refused,
        }
        for choice in services.choices_for(link, page)
    ]


@require_POST
@organization_view(Action.SHARE)
def stop_sharing(request: OrganizationRequest) -> HttpResponseBase:
    """Without `confirmed`: the page that says what will stop. With it: stop."""
    chosen = [uuid_or_404(value) for value in request.POST.getlist("share")]
    shares = list(
        Share.objects.open()
        .filter(pk__in=chosen, to_link__organization=request.organization)
        .select_related("resource", "to_link__account", "to_link__organization")
    )
    if not shares:
        raise services.NothingChosen
    if "confirmed" not in request.POST:
        found = [line for share in shares for line in impact.of(share)]
        return render(request, "resources/stop_sharing.html", {"shares": shares, "impacts": found})
    ended = services.stop_sharing(shares, by=request.user)
    text = ngettext("Stopped sharing %(n)d resource.", "Stopped sharing %(n)d resources.", ended)
    messages.success(request, text % {"n": ended})
    return redirect("resources:account", request.organization.code, shares[0].to_link.account_id)


@require_GET
@account_view
def received(request: AccountRequest) -> HttpResponseBase:
    """The account side's audience list: own and shared, as LINE's own screens show them."""
    shown = request.GET.get("show", "all")
    rows = Resource.objects.seen_by(request.account).order_by("-created_at", "id")
    if shown == "own":
        rows = rows.filter(owner_account=request.account)
    elif shown == "shared":
        rows = rows.exclude(owner_account=request.account)
    context = {"page": page_of(request, rows), "show": shown, "title": _("Audiences")}
    return render(request, "resources/received.html", context)
