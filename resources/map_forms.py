from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from linking.models import Account
from resources.forms import ANY, AudienceFilter
from resources.models import Kind
from resources.sharing_map import Wanted

SERVICES = [choice for choice in Account.Kind.choices if choice[0] != Account.Kind.TALK_HEAD_VIEW]
LONGEST_PAGE = 5  # digits


class MapFilter(forms.Form):
    """What of the sharing map is shown; all of it lives in the query string."""

    owner = forms.CharField(label=_("Owner"), required=False, max_length=120)
    account = forms.CharField(label=_("Receiving account"), required=False, max_length=120)
    service = forms.ChoiceField(label=_("Service"), required=False, choices=[ANY, *SERVICES])
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[ANY, *Kind.choices])
    q = forms.CharField(label=_("Resource name"), required=False, max_length=120)
    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[("", _("Only shared")), ("all", _("Also without shares"))],
    )

    def wanted(self) -> Wanted:
        """An entry that is no choice filters nothing; a page that is no number is the first."""
        self.is_valid()
        found = {name: self.cleaned_data.get(name, "") for name in ("owner", "account", "service", "kind")}
        return Wanted(
            **found,
            name=self.cleaned_data.get("q", ""),
            is_all=self.cleaned_data.get("show") == "all",
            rows=_page(self.data.get("rows")),
            columns=_page(self.data.get("columns")),
        )


class BetweenFilter(AudienceFilter):
    """The filter row of what one account receives, from one owner if `owner` says whose."""

    owner = forms.CharField(required=False, widget=forms.HiddenInput)
    # Django's way to leave an inherited field out
    only = None  # type: ignore[assignment]


def _page(text: str | None) -> int:
    is_number = text is not None and text.isdecimal() and len(text) <= LONGEST_PAGE
    return max(1, int(text)) if text and is_number else 1
