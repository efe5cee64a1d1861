"""What a new person is asked beyond address and password."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from django import forms
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from users.adapter import invited
from users.models import User


class SignupForm(forms.Form):
    """django-allauth puts its own fields on top of this."""

    field_order = ["name", "email", "password1", "password2"]
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        help_text=_("Others in your organization see it beside what you do."),
        widget=forms.TextInput({"autocomplete": "name"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        invitation = invited(context.request)
        address = self.fields["email"]
        if invitation and invitation.email:
            self.initial["email"] = invitation.email
            address.widget.attrs["readonly"] = True  # the adapter refuses any other
            address.help_text = _("The invitation was sent to this address.")
        else:
            address.help_text = _("A code is sent to it. You go on with that code.")

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.language = translation.get_language() or ""
        user.save(update_fields=["name", "language"])
