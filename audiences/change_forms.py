"""Forms of renaming and deleting an audience."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from audiences.connectors import NAME_LENGTH


class RenameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)


class DeleteForm(forms.Form):
    confirm_name = forms.CharField(label=_("Name of the audience"), max_length=NAME_LENGTH)
