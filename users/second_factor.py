"""A person's second factor: whether there is one, and whether this session has shown it."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse

from users.models import User

# Recovery codes only stand in for one of these.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_one(person: User) -> bool:
    return bool(Authenticator.objects.filter(user=person, type__in=FACTORS).exists())


def exists_for(person: str) -> Exists:
    """The same inside a query; `person` is that query's way to the user."""
    return Exists(Authenticator.objects.filter(user=OuterRef(person), type__in=FACTORS))


def was_shown(request: HttpRequest) -> bool:
    """In this session: at sign-in, when asked again, or on setting it up."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def note_shown(request: HttpRequest, kind: Authenticator.Type) -> None:
    """Who has just set one up has shown it, and is not asked for it again in the same minute."""
    record_authentication(request, request.user, "mfa", type=str(kind))


def page_to_show_it(person: User) -> str:
    """Where it is asked for once more: the code of an app first, else the passkey."""
    ways = get_adapter().get_reauthentication_methods(person)
    pages = {way["id"]: str(way["url"]) for way in ways}
    has_app = Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()
    page = pages.get("mfa_reauthenticate" if has_app else "mfa_reauthenticate:webauthn")
    return page or reverse("mfa_reauthenticate")
