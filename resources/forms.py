from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resources.models import ENDS_SOON, Kind, Resource

ANY = ("", _("All"))
AUDIENCE_KINDS = [choice for choice in Kind.choices if choice[0] != Kind.LINE_TAG]


class AudienceFilter(forms.Form):
    """The filter row of audience lists; all of it lives in the query string."""

    q = forms.CharField(label=_("Name"), required=False, max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[ANY, *AUDIENCE_KINDS])
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[ANY, *Resource.Status.choices])
    ends = forms.ChoiceField(label=_("Ends"), required=False, choices=[ANY, ("soon", _("Ends soon"))])

    def wanted(self) -> dict[str, Any]:
        """Look-ups for a queryset; an entry that is no choice filters nothing."""
        self.is_valid()
        pairs = {"name__icontains": "q", "kind": "kind", "status": "status"}
        found = {lookup: self.cleaned_data.get(field, "") for lookup, field in pairs.items()}
        wanted: dict[str, Any] = {lookup: value for lookup, value in found.items() if value}
        return wanted | (self._ending_soon() if self.cleaned_data.get("ends") else {})

    def _ending_soon(self) -> dict[str, Any]:
        """What the overview counts."""
        return {"expires_at__lt": timezone.now() + ENDS_SOON, "expires_at__gt": timezone.now()}


class ResourceFilter(AudienceFilter):
    """The same where LINE Tags are listed, too."""

    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[ANY, *Kind.choices])


class UntilForm(forms.Form):
    """When a share is to end by itself."""

    until = forms.DateField(
        label=_("Share until"),
        required=False,
        help_text=_("The last day on which it can be used. Without a date it lasts until you stop it."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_until(self) -> date | None:
        until: date | None = self.cleaned_data["until"]
        if until and until < timezone.localdate():
            raise forms.ValidationError(_("This day has passed. Choose today or a later day."))
        return until

    @property
    def moment(self) -> datetime | None:
        """The end of that day where the person is; of a valid form."""
        until = self.cleaned_data["until"]
        return timezone.make_aware(datetime.combine(until + timedelta(days=1), time())) if until else None


class CandidateFilter(AudienceFilter):
    # Django's way to leave an inherited field out
    status = None  # type: ignore[assignment]
    ends = None  # type: ignore[assignment]
