"""Forms of the installation's operators: the register of accounts, legal entities, applications."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linking.models import Account, TalkHeadViewApplication
from organizations.business_forms import readable
from organizations.models import Region, Review

SEARCH_ID = RegexValidator(
    r"^@[0-9a-z._-]+$", _("An ID of a LINE Official Account is @ and letters, digits, dots, hyphens.")
)
LINE_ID = RegexValidator(r"^A[0-9]+$", _("The ID of an ad account is A and digits, for example A012345678."))
COMPANY_FIELDS = ("country", "registration_number", "company")
AS_TYPED = {"autocomplete": "off", "spellcheck": "false"}


class IdField(forms.CharField):
    """Full-width letters and digits are the same to the person who copies them."""

    def __init__(self, *, validator: RegexValidator, lower: bool = False, **options: Any) -> None:
        self.lower = lower
        super().__init__(
            max_length=40, validators=[validator], widget=forms.TextInput(attrs=AS_TYPED), **options
        )

    def to_python(self, value: object) -> str:
        text = unicodedata.normalize("NFKC", str(super().to_python(value) or "")).strip()
        return text.lower() if self.lower else text.upper()


class NameForm(forms.Form):
    name = forms.CharField(label=_("Account name"), max_length=120, validators=[readable])


class CompanyForm(forms.Form):
    country = forms.ChoiceField(label=_("Country"), choices=Region.choices)
    registration_number = forms.CharField(
        label=_("Registration number"),
        max_length=30,
        help_text=_("Of the company that has the contract with LINE."),
        widget=forms.TextInput(attrs=AS_TYPED),
    )
    company = forms.CharField(
        label=_("Company name"),
        max_length=120,
        validators=[readable],
        help_text=_("Taken when the number is new here. A known company is renamed on its own page."),
    )


class VerifiedForm(forms.Form):
    premium_id = IdField(label=_("Premium ID"), validator=SEARCH_ID, lower=True, required=False)
    verification = forms.ChoiceField(label=_("Verification"), choices=Account.Verification.choices)


class ManagerForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"), help_text=_("The address with which the person signs in to this console.")
    )


class FirstManagerForm(forms.Form):
    manager = forms.EmailField(
        label=_("First manager's e-mail"),
        help_text=_("The address with which the person signs in to this console."),
    )


class SeenForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class RegisterOfficialForm(NameForm, VerifiedForm, CompanyForm, FirstManagerForm):
    public_id = IdField(
        label=_("Basic ID"), validator=SEARCH_ID, lower=True, help_text=_("For example @123abcd.")
    )
    field_order = ["name", "public_id", "premium_id", "verification", *COMPANY_FIELDS, "manager"]


class RegisterAdsForm(NameForm, CompanyForm, FirstManagerForm):
    public_id = IdField(
        label=_("Account ID"), validator=LINE_ID, help_text=_("A and digits, for example A012345678.")
    )
    field_order = ["name", "public_id", *COMPANY_FIELDS, "manager"]


class ChangeOfficialForm(NameForm, VerifiedForm, CompanyForm, SeenForm):
    field_order = ["name", "premium_id", "verification", *COMPANY_FIELDS]


class ChangeAdsForm(NameForm, CompanyForm, SeenForm):
    field_order = ["name", *COMPANY_FIELDS]


class RegisterFilter(forms.Form):
    text = forms.CharField(label=_("Name, ID or company"), required=False, max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *Account.Kind.choices])
    verification = forms.ChoiceField(
        label=_("Verification"), required=False, choices=[("", _("All")), *Account.Verification.choices]
    )


class EntityFilter(forms.Form):
    text = forms.CharField(label=_("Name or number"), required=False, max_length=120)
    confirmed = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("All")),
            ("no", pgettext_lazy("legal entity", "Not confirmed")),
            ("yes", pgettext_lazy("legal entity", "Confirmed")),
        ],
    )


class EntityNameForm(forms.Form):
    name = forms.CharField(label=_("Company name"), max_length=120, validators=[readable])
    seen_name = forms.CharField(widget=forms.HiddenInput, max_length=120)


class MergeChoiceForm(forms.Form):
    into = forms.CharField(
        label=_("Registration number of the company that stays"),
        max_length=30,
        widget=forms.TextInput(attrs=AS_TYPED),
    )

    def clean_into(self) -> str:
        return unicodedata.normalize("NFKC", self.cleaned_data["into"]).strip()


class MergeForm(forms.Form):
    number = forms.CharField(
        label=_("Registration number"), max_length=30, widget=forms.TextInput(attrs=AS_TYPED)
    )
    into = forms.UUIDField(widget=forms.HiddenInput)


class ApplicationForm(forms.Form):
    """The account's side."""

    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=500,
        help_text=_("What the operators should know, for example the number of your order at LINE."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("The account's managers will read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReviewFilter(forms.Form):
    review = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *Review.choices])
    text = forms.CharField(label=_("Name or ID"), required=False, max_length=120)


class ApplicationFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *TalkHeadViewApplication.State.choices]
    )
    account = forms.CharField(label=_("Account"), required=False, max_length=120)
