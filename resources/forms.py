from django import forms
from django.utils.translation import gettext_lazy as _

from resources.models import Kind, Resource

ANY = ("", _("All"))


class AudienceFilter(forms.Form):
    """The filter row of audience lists; all of it lives in the query string."""

    q = forms.CharField(label=_("Name"), required=False, max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[ANY, *Kind.choices])
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[ANY, *Resource.Status.choices])

    def wanted(self) -> dict[str, str]:
        """Look-ups for a queryset; an entry that is no choice filters nothing."""
        self.is_valid()
        pairs = {"name__icontains": "q", "kind": "kind", "status": "status"}
        found = {lookup: self.cleaned_data.get(field, "") for lookup, field in pairs.items()}
        return {lookup: value for lookup, value in found.items() if value}


class CandidateFilter(AudienceFilter):
    status = None  # type: ignore[assignment]  # Django's way to leave an inherited field out
