"""Forms of share requests: they check shape; whether something may be asked is the services' to say."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from linking.forms import NO_SPACES
from resources.models import ShareRequest

SHORT = forms.Textarea(attrs={"rows": 3})


class AskForm(forms.Form):
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=500,
        help_text=_("What it is for. Who answers will read it."),
        widget=SHORT,
    )


class WordsForm(forms.Form):
    """The account's side."""

    note = forms.CharField(
        label=_("Which audience you need, and what for"),
        required=False,
        max_length=500,
        help_text=_("In your own words. Who answers will read it."),
        widget=SHORT,
    )
    line_id = forms.CharField(
        label=_("Audience ID"),
        required=False,
        max_length=40,
        validators=[NO_SPACES],
        help_text=_("If you know it, for example from somebody who uses it already."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    everything = forms.BooleanField(
        label=_("All resources of the organization"),
        required=False,
        help_text=_("Instead of one audience: everything that this account can use, now and later."),
    )


class RefuseShareForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Who asked will read it."), widget=SHORT
    )


class ShareRequestFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), *ShareRequest.State.choices],
    )
    text = forms.CharField(label=_("Account or resource"), required=False, max_length=120)
