"""Choosing many things over several pages, and a table of shares to read."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from linking.models import Account
from resources.forms import ANY


class AccountChoiceFilter(forms.Form):
    q = forms.CharField(label=_("Name"), required=False, max_length=120)
    service = forms.ChoiceField(
        label=_("Service"),
        required=False,
        choices=[ANY, *(each for each in Account.Kind.choices if each[0] != Account.Kind.TALK_HEAD_VIEW)],
    )

    def wanted(self) -> dict[str, str]:
        self.is_valid()
        pairs = {"account__name__icontains": "q", "account__kind": "service"}
        found = {lookup: self.cleaned_data.get(field, "") for lookup, field in pairs.items()}
        return {lookup: value for lookup, value in found.items() if value}


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("As the export has it. Read are the columns resource, account and until."),
    )
    stops_others = forms.BooleanField(
        label=_("Stop shares that are not in the file"),
        required=False,
        help_text=_("Then the file says all that is shared singly. The next page shows what would end."),
    )
