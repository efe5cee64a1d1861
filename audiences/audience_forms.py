"""What the forms of rule-based audiences share: the name, and conditions in rows that may stay empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audiences.audience_rules import MOST_WORDS, Condition, Rule, check_words
from audiences.connectors import NAME_LENGTH
from linking.models import Account
from organizations.errors import DomainError, Invalid

NO_CHOICE = ("", "—")


class AudienceForm(forms.Form):
    """Name and rule of an audience of one ad account."""

    condition_count: ClassVar[int] = 0
    conditions_hint: ClassVar[str | Promise] = ""

    name = forms.CharField(
        label=gettext_lazy("Audience name"),
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("As it will stand in LINE Ad Manager."),
    )

    def __init__(self, data: Any = None, *, account: Account) -> None:
        super().__init__(data)
        self.account = account
        self.refused_status = 400  # of the answer, when something is wrong

    def rule(self) -> Rule:
        """Of a valid form."""
        raise NotImplementedError

    def refuse(self, refusal: DomainError) -> None:
        """Show a rule's no at the entries that it names."""
        for name, messages in refusal.fields.items():
            place = "words_1" if name == "conditions" else name
            self.add_error(place if place in self.fields else None, messages)
        if not refusal.fields:
            self.add_error(None, str(refusal))
        self.refused_status = refusal.status

    @property
    def plain_fields(self) -> list[BoundField]:
        of_rows = {field.name for row in self.rows for field in row}
        return [field for field in self.visible_fields() if field.name not in of_rows]

    @property
    def rows(self) -> list[list[BoundField]]:
        """The entries of each condition."""
        parts = [part for part in ("parameter", "test", "words") if f"{part}_1" in self.fields]
        numbers = range(1, self.condition_count + 1)
        return [[self[f"{part}_{number}"] for part in parts] for number in numbers]

    def add_conditions(self, tests: list[Any], parameters: list[Any] | None = None) -> None:
        for number in range(1, self.condition_count + 1):
            label = _("Condition %(number)s") % {"number": number}
            if parameters:
                self.fields[f"parameter_{number}"] = _choice(label, parameters)
                label = _("Comparison")
            self.fields[f"test_{number}"] = _choice(label, tests)
            self.fields[f"words_{number}"] = forms.CharField(
                label=_("Text, one on each line"), required=False, widget=forms.Textarea(attrs={"rows": 2})
            )

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or self.cleaned_data
        for number in range(1, self.condition_count + 1):
            self._check_condition(number)
        return entered

    def _check_condition(self, number: int) -> None:
        said = [field for field in self.rows[number - 1] if self.cleaned_data.get(field.name)]
        missing = [field for field in self.rows[number - 1] if not self.cleaned_data.get(field.name)]
        for field in missing if said else []:
            if field.name not in self.errors:
                self.add_error(field.name, _("Fill in the whole condition, or leave all of it empty."))
        try:
            check_words(self._words(number), most=MOST_WORDS, field=f"words_{number}")
        except Invalid as refusal:
            self.add_error(f"words_{number}", refusal.fields[f"words_{number}"])

    def conditions(self) -> list[Condition]:
        return list(self._conditions())

    def _conditions(self) -> Iterator[Condition]:
        entered = self.cleaned_data
        for number in range(1, self.condition_count + 1):
            if test := entered.get(f"test_{number}"):
                yield Condition(test, self._words(number), entered.get(f"parameter_{number}", ""))

    def _words(self, number: int) -> list[str]:
        lines = str(self.cleaned_data.get(f"words_{number}", "")).splitlines()
        return [line.strip() for line in lines if line.strip()]


def _choice(label: str, choices: list[Any]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[NO_CHOICE, *choices], required=False)
