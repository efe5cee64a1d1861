"""Pages of resources: the organization's list, an account's shared resources, adding and stopping."""

from __future__ import annotations

import uuid

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linking.access import AccountRequest, account_view
from linking.models import Link
from organizations import history, impact
from organizations.access import OrganizationRequest, organization_view
from organizations.paging import page_of
from organizations.permissions import Action
from resources import describing, receivers, refreshing
from resources.forms import AudienceFilter, ResourceFilter
from resources.models import Kind, Resource, ShareRequest
from resources.standing import Standing, given_by_rule


@require_GET
@organization_view(Action.VIEW)
def audience_list(request: OrganizationRequest) -> HttpResponseBase:
    form = AudienceFilter(request.GET)
    own = Resource.objects.of_organization(request.organization).exclude(status=Resource.Status.DELETED)
    wanted = form.narrowed(own.audiences().with_owner(), request.organization)
    page = page_of(request, wanted.order_by("-created_at", "id"))
    counts = receivers.counts(request.organization, list(page))
    rows = [(resource, counts[resource.pk]) for resource in page]
    context = {"page": page, "rows": rows, "form": form}
    context["refreshing"] = refreshing.of_organization(request.organization)
    return render(request, "resources/audience_list.html", context)


@require_GET
@organization_view(Action.VIEW)
def audience(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    own = Resource.objects.of_organization(request.organization).with_owner()
    resource = get_object_or_404(own, pk=pk)
    if resource.kind == Kind.LINE_TAG:  # lists of both kinds name them alike
        return redirect("resources:tag", request.organization.code, pk)
    standing = Standing.of(request.organization)
    page = page_of(request, receivers.links_receiving(resource, standing))
    shown = receivers.receivers(resource, list(page), standing)
    context = {"resource": resource, "page": page, "receivers": shown}
    context["facts"] = describing.facts(resource)
    context["asked"] = ShareRequest.objects.asked_lately(request.user, resource)
    return render(request, "resources/audience_detail.html", context)


@require_GET
@organization_view(Action.VIEW)
def uses(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    """What depends on a resource: whatever its end would touch, as every app tells it."""
    own = Resource.objects.of_organization(request.organization).with_owner()
    resource = get_object_or_404(own, pk=pk)
    context = {"resource": resource, "uses": impact.of(resource)}
    return render(request, "resources/uses.html", context)


def link_of(request: OrganizationRequest, pk: uuid.UUID) -> Link:
    """The open link of an account of this organization, addressed by the account."""
    links = request.organization.links.open().select_related("account__legal_entity", "organization")
    return get_object_or_404(links, account=pk)


@require_GET
@organization_view(Action.VIEW)
def account(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The account's page: what is shared to it."""
    link, form = link_of(request, pk), ResourceFilter(request.GET)
    standing = Standing.of(request.organization)
    shared = Resource.objects.listed_for(link, standing).with_owner()
    page = page_of(request, form.narrowed(shared, request.organization).order_by("name", "id"))
    rows = receivers.received(link, list(page), standing)
    events = history.timeline(request.organization.audit_events.filter(account_id=link.account_id))
    context = {
        "link": link,
        "refreshing": refreshing.of_link(link),
        "form": form,
        "page": page,
        "rows": rows,
        "has_shares": any(row.share for row in rows),
        "rule_count": _given_by_rule(link),
        "events": events,
    }
    return render(request, "resources/account.html", context)


def _given_by_rule(link: Link) -> int:
    """Of "all resources of the organization", where it stands."""
    if not link.shares_everything:
        return 0
    return Resource.objects.filter(given_by_rule(link)).count()


@require_GET
@account_view
def received(request: AccountRequest) -> HttpResponseBase:
    """The account side's audience list: own and shared, as LINE's own screens show them."""
    shown = request.GET.get("show", "all")
    rows = Resource.objects.seen_by(request.account).audiences().order_by("-created_at", "id")
    if shown == "own":
        rows = rows.filter(owner_account=request.account)
    elif shown == "shared":
        rows = rows.exclude(owner_account=request.account)
    context = {
        "page": page_of(request, rows),
        "show": shown,
        "title": _("Audiences"),
        "may_ask": request.account.takes_shared_resources and request.account.open_link is not None,
    }
    return render(request, "resources/received.html", context)
