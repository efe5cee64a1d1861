"""The door of the account side: LINE's own pages for the people who manage an account."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from linking.models import Account
from organizations import audit
from organizations.access import Door, PersonRequest, client_address, marked
from organizations.menus import Entry, MenuItem
from users.models import User

ACCOUNT_MENU = [
    Entry(_("Audiences"), "resources:received", "users"),
    Entry(_("LINE Tags"), "resources:received-tags", "tag"),
    Entry(_("Settings"), "linking:account-settings", "settings"),
]


class AccountRequest(PersonRequest):
    account: Account
    menu: list[MenuItem]


def account_view(
    view: Callable[..., HttpResponseBase] | None = None, *, is_fresh: bool = False
) -> Callable[..., Any]:
    """Managers of the account named by `account_id` in the path; strangers get a 404."""
    if view is None:
        return functools.partial(account_view, is_fresh=is_fresh)
    guarded = reauthentication_required(view) if is_fresh else view

    @functools.wraps(view)
    def inner(request: AccountRequest, account_id: uuid.UUID, *args: Any, **kwargs: Any) -> HttpResponseBase:
        own = Account.objects.managed_by(request.user).select_related("legal_entity")
        request.account = get_object_or_404(own, pk=account_id)
        request.menu = account_menu(request.account, request.path)
        with audit.acting_from("page", client_address(request)):
            return guarded(request, *args, **kwargs)

    return marked(never_cache(inner), Door("manager", is_fresh=is_fresh))


def managed_account(user: User, text: str, kind: Account.Kind | None = None) -> Account:
    """The account that this person manages, named by UUID, Basic ID or A… id; 404 otherwise.

    A LINE Ads and a Talk Head View account may have the same A… id; the second is named by UUID, or by a call
    that is about its `kind` alone.
    """
    found = Account.objects.managed_by(user).addressed(text)
    account = (found.filter(kind=kind) if kind else found).first()
    if account is None:
        raise Http404
    return account


def account_menu(account: Account, path: str) -> list[MenuItem]:
    items = []
    for entry in ACCOUNT_MENU:
        try:
            url = reverse(entry.route, args=[account.pk])
        except NoReverseMatch:
            continue
        items.append(MenuItem(entry.label, url, entry.icon, is_current=path == url))
    return items


def asks_again(request: HttpRequest, back_to: str) -> HttpResponse | None:
    """For forms that carry a secret: a redirect to the password page when the last one is too old.

    The usual way keeps the posted form in the session until the password is given; no secret may lie there.
    """
    if did_recently_reauthenticate(request):
        return None
    ways = get_adapter().get_reauthentication_methods(request.user)
    page = ways[0]["url"] if ways else reverse("account_login")
    return HttpResponseRedirect(f"{page}?{urlencode({REDIRECT_FIELD_NAME: back_to})}")
