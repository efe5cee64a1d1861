"""Mails about what changed in how a person signs in, to that person alone: they name device and address."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from organizations import outbox
from users.devices import device
from users.models import User


def tell(person: User, change: str, request: HttpRequest) -> None:
    """`change` is as django-allauth names it; templates/mail/sign_in_changed.txt has the words."""
    context = {
        "change": change,
        "done_at": timezone.now().isoformat(),
        "device": device(request.META.get("HTTP_USER_AGENT", "")),
        "address": request.META.get("REMOTE_ADDR") or "",
        "sessions_url": f"{settings.SITE_URL}{reverse('organizations:sessions')}",
        "password_url": f"{settings.SITE_URL}{reverse('account_change_password')}",
    }
    outbox.tell([person], "sign_in_changed", context)
