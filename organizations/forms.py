from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from organizations.errors import DomainError
from organizations.history import GROUPS, people_of
from organizations.models import AuditPerson, Organization
from organizations.names import plain
from organizations.permissions import Role

# Midnight of the first and last days of the calendar lies, in other zones, outside of it.
DAYS = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(9000, 1, 1))]


def explain(form: forms.Form, refused: DomainError) -> None:
    """What a service found wrong, beside the fields it names; above the form if it names none."""
    for field, sentences in refused.fields.items() or [(None, [str(refused)])]:
        for sentence in sentences:
            form.add_error(field, sentence)


class HistoryFilter(forms.Form):
    group = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=[("", _("All")), *((key, words) for key, (words, _p) in GROUPS.items())],
    )
    person = forms.ModelChoiceField(
        label=_("Who"), required=False, queryset=AuditPerson.objects.none(), empty_label=_("All")
    )
    account = forms.CharField(label=_("Account"), required=False, max_length=120)
    since = forms.DateField(
        label=_("From"), required=False, validators=DAYS, widget=forms.DateInput({"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, validators=DAYS, widget=forms.DateInput({"type": "date"})
    )

    def __init__(self, data: Any, *, organization: Organization) -> None:
        super().__init__(data)
        # Only people of this organization's own history: the choice must not tell of others.
        own = [person.pk for person in people_of(organization)]
        person = self.fields["person"]
        person.queryset = AuditPerson.objects.filter(pk__in=own)  # type: ignore[attr-defined]  # base class
        person.label_from_instance = lambda one: plain(str(one))  # type: ignore[attr-defined]  # the same


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class InvitationForm(RoleForm):
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        help_text=_("Where the link is mailed to. Leave it empty to get a link that you hand over yourself."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"role": Role.VIEWER})


class SafeguardsForm(forms.Form):
    requires_second_factor = forms.BooleanField(
        label=_("Members need a second factor"),
        required=False,
        help_text=_("Who has none is asked to set one up before seeing anything of the organization."),
    )
    needs_two_approvals = forms.BooleanField(
        label=_("Two administrators approve a link or a move"),
        required=False,
        help_text=_("The second one within 24 hours of the first. Neither may be the person who asks."),
    )
    one_person_may_move = forms.BooleanField(
        label=_("One person may release an account here and take it over elsewhere, or the reverse"),
        required=False,
        help_text=_("Only for a person who administers both organizations, and only if both allow it."),
    )
