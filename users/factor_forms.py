"""django-allauth's forms about second factors, in our words, and with what happens beside."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.exceptions import InvalidSignature
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from users import second_factor

MOST_OF_A_NAME = 80
NAME = _("Name of the passkey")
NAME_HINT = _("By which you tell it from others, such as the device it lies on.")
CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}

UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, struct.error, InvalidSignature)
WRONG = "incorrect_code"


def _ask_for_code(form: forms.Form, label: Any) -> None:
    form.fields["code"].label = label
    form.fields["code"].widget.attrs = dict(CODE)


def _tell_of_recovery_code(authenticator: Authenticator) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        get_adapter().send_notification_mail("mfa/email/recovery_code_used", authenticator.user)


@contextmanager
def _answer_from_outside() -> Iterator[None]:
    """What a browser says of a passkey may be anything; what cannot be read or verified is simply wrong."""
    try:
        yield
    except (*UNREADABLE, ValidationError) as wrong:
        if getattr(wrong, "code", WRONG) != WRONG:  # such as too many attempts
            raise
        raise ValidationError(_("The passkey could not be verified. Press the button again.")) from wrong


class CodeForm(AuthenticateForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask_for_code(self, _("Code from the app, or a recovery code"))

    def save(self) -> None:
        super().save()
        _tell_of_recovery_code(self.authenticator)


class CodeAgainForm(ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask_for_code(self, _("Code from the app, or a recovery code"))

    def save(self) -> None:
        super().save()
        _tell_of_recovery_code(self.authenticator)


class AppForm(ActivateTOTPForm):  # type: ignore[misc]
    """The code proves that the app has the secret, so this session counts as having shown it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask_for_code(self, _("Code that the app shows"))

    def clean_code(self) -> str:
        code = str(super().clean_code())
        second_factor.note_shown(context.request, Authenticator.Type.TOTP)
        return code


class PasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(label=NAME, required=False, max_length=MOST_OF_A_NAME, help_text=NAME_HINT)

    def clean(self) -> dict[str, Any]:
        with _answer_from_outside():
            cleaned: dict[str, Any] = super().clean()
        if cleaned.get("credential") and not self.errors:
            second_factor.note_shown(context.request, Authenticator.Type.WEBAUTHN)
        return cleaned


class UsePasskeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]
    def clean_credential(self) -> Authenticator:
        with _answer_from_outside():
            return super().clean_credential()


class UsePasskeyAgainForm(ReauthenticateWebAuthnForm):  # type: ignore[misc]
    def clean_credential(self) -> Authenticator:
        with _answer_from_outside():
            return super().clean_credential()


class PasskeyNameForm(EditWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(label=NAME, max_length=MOST_OF_A_NAME, help_text=NAME_HINT)
