"""The page on which people keep their REST tokens."""

from __future__ import annotations

import uuid
from datetime import timedelta

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from organizations import sealing, tokens
from organizations.access import Door, PersonRequest, marked, person_view
from organizations.paging import page_of
from users.models import Scope

SHOWN_ONCE = "new_token"
LIFETIMES = [(1, _("1 day")), (30, _("30 days")), (90, _("90 days")), (365, _("1 year"))]


class TokenForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("What the token is for."))
    scopes = forms.MultipleChoiceField(
        label=_("May"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.READ],
        help_text=_("Within your present roles. A token that answers link requests lives one day at most."),
    )
    days = forms.TypedChoiceField(label=_("Lives"), choices=LIFETIMES, coerce=int, initial=30)


@require_GET
@person_view
def token_list(request: PersonRequest) -> HttpResponseBase:
    return _token_page(request, TokenForm(), secret=_take_secret(request))


def _make(request: PersonRequest) -> HttpResponseBase:
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _token_page(request, form, status=400)
    wanted = form.cleaned_data
    _token, secret = tokens.make_token(
        request.user,
        name=wanted["name"],
        scopes=[Scope(scope) for scope in wanted["scopes"]],
        lifetime=timedelta(days=wanted["days"]),
    )
    _keep_secret(request, secret)
    return redirect("organizations:tokens")


make = require_POST(marked(person_view(reauthentication_required(_make)), Door("person", is_fresh=True)))


@require_POST
@person_view
def revoke(request: PersonRequest, pk: uuid.UUID) -> HttpResponseBase:
    token = get_object_or_404(request.user.api_tokens, pk=pk)
    tokens.revoke_token(token, by=request.user)
    messages.success(request, gettext("%(name)s is revoked and no longer works.") % {"name": token.name})
    return redirect("organizations:tokens")


def _keep_secret(request: PersonRequest, secret: str) -> None:
    """For one showing after the redirect, sealed, because sessions lie in the database."""
    request.session[SHOWN_ONCE] = sealing.seal(secret, table="session", row=request.user.pk, field=SHOWN_ONCE)


def _take_secret(request: PersonRequest) -> str:
    sealed = request.session.pop(SHOWN_ONCE, "")
    return sealing.unseal(sealed, table="session", row=request.user.pk, field=SHOWN_ONCE) if sealed else ""


def _token_page(
    request: PersonRequest, form: TokenForm, *, secret: str = "", status: int = 200
) -> HttpResponseBase:
    own = request.user.api_tokens.order_by("revoked_at", "-created_at", "id")
    page = page_of(request, own)
    words = dict(Scope.choices)
    context = {
        "form": form,
        "secret": secret,
        "page": page,
        "tokens": [(token, [words.get(scope, scope) for scope in token.scopes]) for token in page],
    }
    return render(request, "organizations/tokens.html", context, status=status)
