from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from resources.forms import ANY
from resources.tags import EVENT_NAME_RULE, LONGEST_NAME


class TagFilter(forms.Form):
    """The filter row of tag lists; all of it lives in the query string."""

    q = forms.CharField(label=_("Name"), required=False, max_length=LONGEST_NAME)
    owner = forms.ChoiceField(
        label=_("Owner"),
        required=False,
        choices=[
            ANY,
            ("bm", _("The organization itself")),
            ("lap", _("LINE Ads accounts")),
            ("account", _("LINE Official Accounts")),
        ],
    )

    def wanted(self) -> dict[str, str]:
        """Look-ups for a queryset `with_owner`; an entry that is no choice filters nothing."""
        self.is_valid()
        pairs = {"name__icontains": "q", "owner_service": "owner"}
        found = {lookup: self.cleaned_data.get(field, "") for lookup, field in pairs.items()}
        return {lookup: value for lookup, value in found.items() if value}


class TagForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the tag"),
        max_length=LONGEST_NAME,
        help_text=_("For you and your colleagues, such as the site it stands on. It can be changed later."),
    )


class EventForm(forms.Form):
    name = forms.CharField(label=_("Name of the event"), max_length=20, help_text=EVENT_NAME_RULE)
