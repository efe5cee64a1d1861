"""How django-allauth behaves here: sign-up by invitation only, addresses proved, mail through the outbox.

Invitations and the outbox belong to a higher app; settings name them.
"""

from __future__ import annotations

from typing import Any, Protocol, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from users import second_factor
from users.models import User

# The library's mails, as they are called here (templates/mail), and what each is filled with.
MAILS = {
    "account/email/email_confirmation": ("address_code", ("code",)),
    "account/email/email_confirmation_signup": ("address_code", ("code",)),
    "account/email/account_already_exists": ("account_exists", ()),
    "account/email/unknown_account": ("account_unknown", ()),
    "account/email/password_reset_key": ("password_reset", ("password_reset_url",)),
}

# How one says once more who one is.
WAYS = {
    "reauthenticate": _("Use the password"),
    "mfa_reauthenticate": _("Use a code"),
    "mfa_reauthenticate:webauthn": _("Use the passkey"),
}


class Invited(Protocol):
    """What this app sees of an invitation."""

    @property
    def email(self) -> str: ...

    def is_for(self, address: str) -> bool: ...


def invited(request: HttpRequest) -> Invited | None:
    """The open invitation whose URL this visitor has opened."""
    return cast("Invited | None", import_string(settings.INVITED)(request))


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.OPEN_SIGNUP or invited(request))

    def clean_email(self, email: str) -> str:
        """Who was invited by mail signs up with that address, and is not told which it is."""
        invitation = invited(context.request)
        if invitation and not invitation.is_for(email):
            raise ValidationError(
                gettext("This invitation is for another address. Use the one it was sent to.")
            )
        return email

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """The link of a mailed invitation is in that mail alone: who has opened it reads that mailbox."""
        invitation = invited(request)
        return bool(invitation and invitation.email and invitation.email == email.lower())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A sealed row that a worker sends; no request opens SMTP."""
        kind, names = MAILS[template_prefix]
        told = {name: str(context[name]) for name in names}
        reset_url = f"{settings.SITE_URL}{reverse('account_reset_password')}"
        filled = {"reset_url": reset_url, **told}
        language = translation.get_language() or settings.LANGUAGE_CODE
        import_string(settings.MAIL_TO_ADDRESS)(email, kind, filled, language=language)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """That a password or second factor was changed or a recovery code used, to the person."""
        import_string(settings.SIGN_IN_CHANGED)(user, template_prefix.rpartition("/")[2], self.request)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        ways = super().get_reauthentication_methods(user)
        return [{**way, "description": WAYS.get(way["id"], way["description"])} for way in ways]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who has a second factor shows it before changing any: whoever has the password alone must not."""
        if app == "allauth.mfa" and not second_factor.was_shown(self.request):
            person = self.request.user
            if isinstance(person, User) and second_factor.has_one(person):
                page = second_factor.page_to_show_it(person)
                raise ImmediateHttpResponse(suspend_request(self.request, page))
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_reset_password_from_key_url(self, key: str) -> str:
        """From the configured site, never from a request's Host header."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return str(settings.SITE_URL) + path.replace("UID-KEY", key)
