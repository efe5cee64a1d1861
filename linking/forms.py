"""Forms of linking: they check shape; whether something may happen is the services' to say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from linking.models import LinkRequest
from organizations.models import Review

NO_SPACES = RegexValidator(r"^[!-~]+$", _("Only letters, digits and signs without spaces. Copy it again."))


class OrganizationIdForm(forms.Form):
    """The account's side: whom to ask."""

    organization_id = forms.CharField(
        label=_("Organization ID"),
        max_length=20,
        help_text=_("BM and 11 digits. The organization's administrator sees it at the top left."),
        widget=forms.TextInput(attrs={"placeholder": "BM", "autocomplete": "off", "spellcheck": "false"}),
    )


class MoveForm(forms.Form):
    """The organization that takes the account over."""

    organization_id = forms.CharField(
        label=_("Organization ID of the receiving organization"),
        max_length=20,
        help_text=_("BM and 11 digits. Its administrator sees it at the top left."),
        widget=forms.TextInput(attrs={"placeholder": "BM", "autocomplete": "off", "spellcheck": "false"}),
    )


class ApproveForm(forms.Form):
    organization_id = forms.CharField(
        label=_("Organization ID"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    facts_digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    shares_everything = forms.BooleanField(
        label=_("Share all resources of the organization with it"),
        required=False,
        help_text=_(
            "Every audience and LINE Tag that it can use, now and whenever one is added, as soon as its "
            "linking review has passed. Without the tick nothing is shared. You can stop it at any time."
        ),
    )

    @property
    def answer(self) -> dict[str, Any]:
        """What the approving services take, of a valid form."""
        entered = self.cleaned_data
        return {
            "typed_code": entered["organization_id"],
            "facts_digest": entered["facts_digest"],
            "shares_everything": entered["shares_everything"],
        }


class RejectForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("The account's managers will read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RequestFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *LinkRequest.State.choices]
    )
    account = forms.CharField(label=_("Account"), required=False, max_length=120)


class AccountFilter(forms.Form):
    name = forms.CharField(label=_("Name"), required=False, max_length=120)
    review = forms.ChoiceField(
        label=_("Account linking review status"), required=False, choices=[("", _("All")), *Review.choices]
    )


class SecretForm(forms.Form):
    secret_key = forms.CharField(
        label=_("Secret key"),
        max_length=200,
        validators=[NO_SPACES],
        help_text=_("It is encrypted at once and never shown again."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class KeyForm(SecretForm):
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("For you and your colleagues, for example the group's name."),
    )
    group_id = forms.CharField(
        label=_("LINE group ID"),
        max_length=40,
        validators=[NO_SPACES],
        help_text=_("G and digits, from the group's page in LINE Ad Manager."),
    )
    access_key = forms.CharField(label=_("Access key"), max_length=120, validators=[NO_SPACES])

    field_order = ["name", "group_id", "access_key", "secret_key"]
