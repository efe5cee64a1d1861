"""The buttons that have LINE asked for what it has now. The pages they stand on say how far it is."""

from __future__ import annotations

import uuid
from contextlib import suppress

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audiences import mirrors
from audiences.services import NoKey
from organizations.access import OrganizationRequest, organization_view
from organizations.permissions import Action
from resources.views import link_of


@require_POST
@organization_view(Action.USE_KEY)
def refresh(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    link = link_of(request, pk)
    mirrors.ask_refresh(link, by=request.user)
    messages.success(request, _("LINE is being asked for %(account)s.") % {"account": link.account.name})
    return redirect("resources:account", request.organization.code, pk)


@require_POST
@organization_view(Action.USE_KEY)
def refresh_all(request: OrganizationRequest) -> HttpResponseBase:
    """Every account of the organization that a key reaches."""
    for mirror in mirrors.of_organization(request.organization).mirrors:
        with suppress(NoKey):  # the list says so
            mirrors.ask_refresh(mirror.link, by=request.user)
    messages.success(request, _("LINE is being asked for the audiences of all accounts that a key reaches."))
    return redirect("resources:audience-list", request.organization.code)
