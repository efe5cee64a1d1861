from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organizations.models import Organization
from resources.models import ENDS_SOON, Kind, Resource, ResourceQuerySet
from resources.receivers import shared_with_anybody

ANY = ("", _("All"))
AUDIENCE_KINDS = [choice for choice in Kind.choices if choice[0] != Kind.LINE_TAG]


CONCERNS = [
    ("ends_soon", _("Ends soon")),
    ("too_small", _("Too small to be used")),
    ("shared_with_nobody", _("Shared with nobody")),
]


class AudienceFilter(forms.Form):
    """The filter row of audience lists; all of it lives in the query string."""

    q = forms.CharField(label=_("Name"), required=False, max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[ANY, *AUDIENCE_KINDS])
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[ANY, *Resource.Status.choices])
    only = forms.ChoiceField(label=_("Only"), required=False, choices=[ANY, *CONCERNS])

    def wanted(self) -> dict[str, str]:
        """Look-ups for a queryset; an entry that is no choice filters nothing."""
        self.is_valid()
        pairs = {"name__icontains": "q", "kind": "kind", "status": "status"}
        found = {lookup: self.cleaned_data.get(field, "") for lookup, field in pairs.items()}
        return {lookup: value for lookup, value in found.items() if value}

    def narrowed(self, rows: ResourceQuerySet, organization: Organization) -> ResourceQuerySet:
        """Those that are wanted, and of these only what somebody should look at."""
        rows = rows.filter(**self.wanted())
        concern = self.cleaned_data.get("only")
        if concern == "ends_soon":  # what the overview counts
            rows = rows.filter(expires_at__lt=timezone.now() + ENDS_SOON, expires_at__gt=timezone.now())
        if concern == "too_small":
            rows = rows.too_small()
        if concern == "shared_with_nobody":
            rows = rows.exclude(shared_with_anybody(organization))
        return rows


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
    only = None  # type: ignore[assignment]
