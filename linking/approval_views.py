"""The approval URL. It is an address, not a key: whoever opens it gains nothing, and opening changes nothing.

The token leaves the address bar at once; the session keeps its digest. Who is not now an administrator of
the organization that the request names gets one page, whatever the token was.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from linking.models import LinkRequest
from organizations.access import Door, PersonRequest, marked, person_view
from organizations.models import Membership
from organizations.permissions import Action, allowed
from users.models import User, token_digest

SESSION_KEY = "approval_token_digest"
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex, nofollow",
}


@require_safe
@login_not_required
def open_approval(request: HttpRequest, token: str) -> HttpResponseBase:
    request.session[SESSION_KEY] = token_digest(token)
    return _discreet(redirect("linking:approval"))


open_approval = marked(open_approval, Door("public"))


@require_safe
@person_view
def approval(request: PersonRequest) -> HttpResponseBase:
    link_request = _named(request)
    if link_request is None or not _may_see(request.user, link_request):
        return _discreet(render(request, "404.html", status=404))
    return _discreet(redirect("linking:request", link_request.organization_code, link_request.pk))


def _named(request: PersonRequest) -> LinkRequest | None:
    digest = request.session.get(SESSION_KEY, "")
    return LinkRequest.objects.filter(token_digest=digest).first()


def _may_see(user: User, link_request: LinkRequest) -> bool:
    seat = Membership.objects.filter(user=user, organization=link_request.organization_id).first()
    return seat is not None and Action.APPROVE in allowed(seat.role)


def _discreet(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in HEADERS.items():
        response[name] = value
    return response
