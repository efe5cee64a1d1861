"""Pages of the sharing map: who shares what with whom, and what stands behind one of its figures."""

from __future__ import annotations

import uuid

from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from organizations.access import OrganizationRequest, organization_view, uuid_or_404
from organizations.paging import page_of
from organizations.permissions import Action
from resources import receivers
from resources.map_drawing import Drawing
from resources.map_forms import BetweenFilter, MapFilter
from resources.models import Resource
from resources.sharing_map import ORGANIZATION, sharing_map
from resources.standing import Standing
from resources.views import link_of


@require_GET
@organization_view(Action.VIEW)
def map_page(request: OrganizationRequest) -> HttpResponseBase:
    form = MapFilter(request.GET)
    wanted = form.wanted()
    shown = sharing_map(request.organization, wanted)
    picture = Drawing(request.organization, shown, wanted).picture()
    context = {"form": form, "map": shown, "picture": picture, "page": page_of(request, picture.lines)}
    return render(request, "resources/sharing_map.html", context)


@require_GET
@organization_view(Action.VIEW)
def shared_between(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The resources behind one figure of the map: what this account receives now, from `?owner=` alone."""
    link, form = link_of(request, pk), BetweenFilter(request.GET)
    owner, of_owner = _owner(request, request.GET.get("owner", ""))
    shared = Resource.objects.shared_to(link.account).filter(of_owner).with_owner()
    page = page_of(request, shared.filter(**form.wanted()).order_by("name", "id"))
    context = {
        "link": link,
        "owner": owner,
        "form": form,
        "page": page,
        "rows": receivers.received(link, list(page), Standing.of(request.organization)),
    }
    return render(request, "resources/shared_between.html", context)


def _owner(request: OrganizationRequest, key: str) -> tuple[str, Q]:
    """The owner's name, and of resources that they are its own; without a key those of every owner."""
    if not key:
        return "", Q()
    if key == ORGANIZATION:
        return request.organization.name, Q(owner_organization=request.organization)
    account = link_of(request, uuid_or_404(key)).account
    return account.name, Q(owner_account=account)
