"""The page on which people see where they are signed in, and end what is not theirs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from organizations.access import PersonRequest, person_view
from users import sessions
from users.devices import device, device_icon


@require_GET
@person_view
def session_list(request: PersonRequest) -> HttpResponseBase:
    here = request.session.session_key
    rows = [
        {
            "session": session,
            "device": device(session.user_agent),
            "icon": device_icon(session.user_agent),
            "is_here": session.session_key == here,
        }
        for session in sessions.own(request.user)
    ]
    rows.sort(key=lambda row: not row["is_here"])
    return render(request, "organizations/sessions.html", {"rows": rows})


@require_POST
@person_view
def end_session(request: PersonRequest, pk: int) -> HttpResponseBase:
    session = get_object_or_404(sessions.rows_of(request.user), pk=pk)
    if session.session_key == request.session.session_key:
        return redirect("account_logout")
    sessions.end(session)
    messages.success(request, _("That session is over. Its browser has to sign in again."))
    return redirect("organizations:sessions")


@require_POST
@person_view
def end_other_sessions(request: PersonRequest) -> HttpResponseBase:
    count = sessions.end_others(request.user, than=request.session.session_key)
    done = ngettext(
        "One other session is over.", "%(count)s other sessions are over.", count
    ) if count else _("There was no other session.")  # fmt: skip
    messages.success(request, done % {"count": count})
    return redirect("organizations:sessions")
