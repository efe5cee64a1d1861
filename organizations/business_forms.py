"""Forms about the organization itself: its beginning, its business info, its end, a reviewer's verdict."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from organizations.models import BusinessInfo, Region
from organizations.names import plain

NO_CONTROLS = RegexValidator(r"^[^\x00-\x1f\x7f]*$", _("Leave out line breaks and control characters."))
PHONE = RegexValidator(
    r"^\+?[0-9０-９ ()./\-－]{5,30}$", _("Write a phone number: digits, spaces and + ( ) - .")
)


def readable(text: str) -> None:
    """A name of spaces and signs that are not drawn is none."""
    if not plain(text):
        raise ValidationError(_("Write something that can be read."))


def line(label: Any, length: int = 120, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=length, validators=[NO_CONTROLS, readable], **options)


class FoundForm(forms.Form):
    """What a new organization begins with; the rest follows as business info."""

    region = forms.ChoiceField(label=_("Region"), choices=Region.choices)
    name = line(_("Organization name"), help_text=_("The company's name is the usual choice."))
    country = forms.ChoiceField(
        label=_("Country of the legal entity"),
        choices=Region.choices,
        help_text=_("Where the contracting company is registered."),
    )
    registration_number = line(
        _("Registration number"),
        20,
        help_text=_("Taiwan: 統一編號, 8 digits. Japan: 法人番号, 13 digits. Thailand: 13 digits."),
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "numeric"}),
    )
    company_name = line(_("Company name"), help_text=_("Exactly as it is registered."))


class BusinessInfoForm(FoundForm):
    form = forms.ChoiceField(label=_("Form of business"), choices=BusinessInfo.Form.choices)
    address = line(_("Address"), 200)
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https", max_length=200)
    phone = line(_("Phone"), 30)
    email = forms.EmailField(
        label=_("E-mail of the company"),
        help_text=_("A mail goes there; whoever reads it confirms the address with one click."),
    )

    field_order = [
        *("name", "region", "form", "country", "registration_number", "company_name"),
        *("address", "website", "phone", "email"),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].validators.append(PHONE)


class DeleteForm(forms.Form):
    organization_id = forms.CharField(
        label=_("Organization ID"),
        max_length=20,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


class VerdictForm(forms.Form):
    """A reviewer's answer: passed, or rejected with a reason."""

    shown = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Needed to reject. The organization's administrators read it."),
    )
    passed = forms.CharField(required=False, widget=forms.HiddenInput, max_length=1)

    @property
    def is_passed(self) -> bool:
        return bool(self.cleaned_data["passed"])

    @property
    def verdict(self) -> dict[str, Any]:
        return {"passed": self.is_passed, "reason": self.cleaned_data["reason"]}
