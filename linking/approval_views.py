"""The approval URL. It is an address, not a key: whoever opens it gains nothing, and opening changes nothing.

The token leaves the address bar at once; the session keeps its digest. Who is not now an administrator of
the organization that the request names gets one page, whatever the token was.
"""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from linking.errors import TooManyOpened
from linking.models import LinkRequest
from organizations.access import Door, PersonRequest, marked, person_view
from organizations.permissions import Action, roles_with
from users.models import token_digest

APPROVERS = roles_with(Action.APPROVE)
SESSION_KEY = "approval_token_digest"
OPENED_BY_PERSON, OPENED_FROM_ADDRESS = "60/m/user", "60/m/ip"
HEADERS = {"Cache-Control": "no-store, private", "X-Robots-Tag": "noindex, nofollow"}


@require_safe
@login_not_required
def open_approval(request: HttpRequest, token: str) -> HttpResponseBase:
    if not _keeps_pace(request):
        return _too_many(request)
    request.session[SESSION_KEY] = token_digest(token)
    response = _discreet(redirect("linking:approval"))
    # Only here is the token in the path. On a page with forms this would make their posts come from "null".
    response["Referrer-Policy"] = "no-referrer"
    return response


open_approval = marked(open_approval, Door("public"))


@require_safe
@person_view
def approval(request: PersonRequest) -> HttpResponseBase:
    link_request = _named(request)
    if link_request is None:
        return _discreet(render(request, "404.html", status=404))
    if link_request.joint_move_id:  # of which only the offer's own token is known to anybody
        page, pk = "linking:joint-move", link_request.joint_move_id
    else:
        page, pk = "linking:request", link_request.pk
    return _discreet(redirect(page, link_request.organization_code, pk))


def _keeps_pace(request: HttpRequest) -> bool:
    """Of a person, else of an address: who guesses from an office does not lock its administrator out."""
    rate = {"open": OPENED_BY_PERSON if request.user.is_authenticated else OPENED_FROM_ADDRESS}
    return bool(ratelimit.consume(request, app="linking", action="open", config=rate, limit_get=True))


def _too_many(request: HttpRequest) -> HttpResponseBase:
    """The one page with a token in its path: what it loads and posts tells of the site, not of the path."""
    context = {"title": TooManyOpened.message, "back_url": "/"}
    response = _discreet(render(request, "refused.html", context, status=TooManyOpened.status))
    response["Referrer-Policy"] = "strict-origin"
    return response


def _named(request: PersonRequest) -> LinkRequest | None:
    """The request, or one of those offered together, for who may answer it: asked in one query, so that no
    answer takes longer than another.
    """
    seat = {"organization__memberships__user": request.user, "organization__memberships__role__in": APPROVERS}
    digest = request.session.get(SESSION_KEY, "")
    own = LinkRequest.objects.filter(**seat).order_by()
    one, several = own.filter(token_digest=digest), own.filter(joint_move__token_digest=digest)
    return next(iter(one.union(several)[:1]), None)


def _discreet(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in HEADERS.items():
        response[name] = value
    return response
