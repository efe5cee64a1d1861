"""The invited person's side. The token leaves the address bar at once; the session keeps its digest.

Looking changes nothing. Whoever signs in on that browser sees as whom he or she is there, and has to press
the button of the invitation that was shown.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from organizations import invitations
from organizations.access import PersonRequest, person_view, public
from organizations.errors import DomainError
from organizations.invitation_models import Invitation
from organizations.permissions import Action, allowed
from users.models import User, token_digest

SESSION_KEY = "invitation_token_digest"
HEADERS = {"Cache-Control": "no-store, private", "X-Robots-Tag": "noindex, nofollow"}


class AnotherOpened(DomainError):
    code = "another_opened"
    message = gettext_lazy("You have opened another invitation since. Look at that one before you accept.")


def invitation_of(request: HttpRequest) -> Invitation | None:
    """What the visitor was invited to, while it can be accepted: it also opens the sign-up."""
    digest = request.session.get(SESSION_KEY, "")
    return invitations.find(digest) if digest else None


@public
@require_safe
def open_invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    request.session[SESSION_KEY] = token_digest(token)
    response = _discreet(redirect("organizations:invitation"))
    response["Referrer-Policy"] = "no-referrer"
    return response


@public
@require_safe
def invitation(request: HttpRequest) -> HttpResponseBase:
    """One answer for every token that opens nothing.

    This address holds no token, so it may be a referrer: without one, browsers send forms with a null origin.
    """
    found = invitation_of(request)
    if found is None:
        return _discreet(render(request, "organizations/invitation_invalid.html", status=404))
    if not isinstance(request.user, User):
        return _discreet(redirect_to_login(reverse("organizations:invitation")))
    if not found.is_for(request.user.email):
        return _discreet(render(request, "organizations/invitation_other.html", status=403))
    is_member = found.organization.memberships.filter(user=request.user).exists()
    context = {"invitation": found, "rows": _facts(found), "is_member": is_member, "may": _may(found.role)}
    return _discreet(render(request, "organizations/invitation.html", context))


@require_POST
@person_view
def accept(request: PersonRequest) -> HttpResponseBase:
    found = invitation_of(request)
    if found and str(found.pk) != request.POST.get("invitation"):
        raise AnotherOpened
    seat = invitations.accept(request.session.get(SESSION_KEY, ""), by=request.user)
    del request.session[SESSION_KEY]
    messages.success(request, _("You are a member of %(name)s now.") % {"name": seat.organization.name})
    return redirect("overview", seat.organization.code)


def _facts(found: Invitation) -> list[dict[str, object]]:
    inviter, organization = found.issued_by, found.organization
    ends = timezone.localtime(found.expires_at)
    until = date_format(ends, "DATETIME_FORMAT")
    return [
        {"label": _("Organization"), "value": organization.name, "note": organization.code},
        {"label": _("Invited by"), "value": str(inviter), "note": inviter.email if inviter.name else ""},
        {"label": _("Role"), "value": found.get_role_display()},
        {"label": _("Expires"), "value": f"{until} ({ends.tzname()})"},
    ]


def _may(role: str) -> list[str]:
    return [str(action.label) for action in Action if action in allowed(role)]


def _discreet(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in HEADERS.items():
        response[name] = value
    return response
