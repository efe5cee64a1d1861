"""Shape of what people enter on the way from a file to an audience."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audiences import previews
from audiences.connectors import NAME_LENGTH, NewAudience, Recipe
from audiences.destinations import Reach
from audiences.guessing import ENCODINGS
from audiences.identifiers import COUNTRIES
from audiences.identifiers import Kind as Identifier
from audiences.models import Connector, Dataset, Run
from audiences.reading import FileFacts
from linking.models import Account
from organizations.errors import DomainError
from resources.models import Resource

DELIMITERS = {"comma": ",", "tab": "\t", "semicolon": ";", "pipe": "|"}
DELIMITER_LABELS = {
    "comma": _("Comma"),
    "tab": _("Tab"),
    "semicolon": _("Semicolon"),
    "pipe": _("Vertical bar |"),
}
COUNTRY_LABELS = {
    "JP": _("Japan (+81)"),
    "TW": _("Taiwan (+886)"),
    "TH": _("Thailand (+66)"),
    "ID": _("Indonesia (+62)"),
}
YES, NO = "yes", "no"
NEW = "new:"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or TXT, up to 1 GB. It is encrypted while it arrives and erased within 24 hours."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
    )


class ReadingForm(forms.Form):
    """How a list is read. Sent by GET: the address of the page holds the draft."""

    identifier = forms.ChoiceField(label=_("What the column holds"), choices=Identifier.choices)
    column = forms.TypedChoiceField(label=_("Column"), coerce=int)
    hashed = forms.ChoiceField(
        label=_("Data type"),
        choices=[(NO, _("Raw: hashed here before it is sent")), (YES, _("Already hashed (SHA-256)"))],
    )
    country = forms.ChoiceField(
        label=_("Default country"),
        required=False,
        choices=[("", _("None: every number has its country code")), *COUNTRY_LABELS.items()],
        help_text=_("For phone numbers without a country code."),
    )
    has_header = forms.ChoiceField(
        label=_("First line"), choices=[(YES, _("Heading: not sent")), (NO, _("Data: sent like the others"))]
    )
    encoding = forms.ChoiceField(label=_("Encoding"), choices=list(ENCODINGS.items()))
    delimiter = forms.ChoiceField(label=_("Columns are separated by"))
    landlines = forms.BooleanField(
        label=_("Send landline numbers too"),
        required=False,
        help_text=_("LINE accounts rarely belong to landlines, so they are left out and counted apart."),
    )

    def __init__(self, data: Any, *, dataset: Dataset, facts: FileFacts) -> None:
        super().__init__(data)
        numbered = enumerate(previews.titles(dataset, facts))
        self._choices("column").choices = [(str(index), title) for index, title in numbered]
        others = [] if facts.delimiter in DELIMITERS.values() else [(facts.delimiter, facts.delimiter)]
        self._choices("delimiter").choices = [*DELIMITER_LABELS.items(), *others]

    def _choices(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  they are declared above
        return field

    @property
    def words(self) -> list[dict[str, Any]]:
        """What is chosen, in the words of the choices, for pages that only show it."""
        entered = self.cleaned_data
        told = []
        for field in self.visible_fields():
            value = entered[field.name]
            choices = dict(getattr(field.field, "choices", [(True, _("Yes")), (False, _("No"))]))
            told.append({"label": field.label, "value": choices.get(value, choices.get(str(value), value))})
        return told

    @property
    def recipe(self) -> Recipe:
        entered = self.cleaned_data
        return Recipe(
            encoding=entered["encoding"],
            delimiter=DELIMITERS.get(entered["delimiter"], entered["delimiter"]),
            has_header=entered["has_header"] == YES,
            column=entered["column"],
            identifier=entered["identifier"],
            is_hashed=entered["hashed"] == YES,
            country=entered["country"] if entered["country"] in COUNTRIES else "",
            sends_landlines=entered["landlines"],
        )


def as_query(recipe: Recipe) -> dict[str, str]:
    """The entries of the form that say this recipe."""
    names = {character: name for name, character in DELIMITERS.items()}
    entries = {
        "identifier": recipe.identifier,
        "column": str(recipe.column),
        "hashed": YES if recipe.is_hashed else NO,
        "country": recipe.country,
        "has_header": YES if recipe.has_header else NO,
        "encoding": recipe.encoding,
        "delimiter": names.get(recipe.delimiter, recipe.delimiter),
    }
    return entries | ({"landlines": "on"} if recipe.sends_landlines else {})


def overrules(data: Any) -> dict[str, Any]:
    """What a person says about the file itself, for a new look at it; unknown words count as unsaid."""
    encoding, delimiter, header = (data.get(name, "") for name in ("encoding", "delimiter", "has_header"))
    return {
        "encoding": encoding if encoding in ENCODINGS else "",
        "delimiter": DELIMITERS.get(delimiter, ""),
        "has_header": header == YES if header in (YES, NO) else None,
    }


class DestinationForm(forms.Form):
    """Where a list goes. `destination` is `new:<account>` or the id of an audience."""

    destination = forms.CharField(label=_("Destination"))
    audience_name = forms.CharField(
        label=_("Audience name"), max_length=120, required=False, help_text=_("Only for a new audience.")
    )
    mode = forms.ChoiceField(
        label=_("What happens to who is in the audience already"),
        choices=[
            (Connector.Mode.ADD, _("Add: everybody stays, these join")),
            (Connector.Mode.REPLACE, _("Replace: only these remain")),
        ],
        initial=Connector.Mode.ADD,
        widget=forms.RadioSelect,
    )
    phone_form = forms.ChoiceField(
        label=_("Form of phone numbers"),
        required=False,
        choices=[("", _("As the audience or its account has it")), *Account.PhoneForm.choices],
        help_text=_(
            "How a number is written before it is hashed. It stays the same for the life of an audience."
        ),
    )
    name = forms.CharField(
        label=_("Connector name"),
        max_length=NAME_LENGTH,
        required=False,
        help_text=_("To find it again. Left empty, it is named after the file and the audience."),
    )
    confirm_name = forms.CharField(label=_("Name of the audience to replace"), max_length=120, required=False)
    consent = forms.BooleanField(
        label=_("I confirm"),
        error_messages={"required": _("Nothing can be prepared without this confirmation.")},
    )

    def __init__(
        self, data: Any = None, *, reaches: list[Reach], audiences: Any, initial: Any = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.reaches, self.audiences = reaches, audiences
        self.to_confirm: Resource | None = None

    def clean_destination(self) -> Account | Resource:
        value = self.cleaned_data["destination"]
        usable = {f"{NEW}{reach.account.pk}": reach.account for reach in self.reaches if not reach.refused}
        if value in usable:
            return usable[value]
        existing: Resource | None = next((one for one in self.audiences if str(one.pk) == value), None)
        if existing is None:
            raise forms.ValidationError(_("Choose one of the destinations below."))
        return existing

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or self.cleaned_data
        if isinstance(entered.get("destination"), Account) and not entered.get("audience_name"):
            self.add_error("audience_name", _("Give the new audience a name."))
        return entered

    @property
    def wanted(self) -> NewAudience | Resource:
        chosen = self.cleaned_data["destination"]
        if isinstance(chosen, Resource):
            return chosen
        return NewAudience(chosen, self.cleaned_data["audience_name"])


def say(form: forms.Form, refusal: DomainError) -> None:
    """Show a rule's no on the form, at the fields it names."""
    for name, messages in refusal.fields.items():
        form.add_error(name if name in form.fields else None, messages)
    if not refusal.fields:
        form.add_error(None, str(refusal))


class NameFilterForm(forms.Form):
    q = forms.CharField(label=_("Name"), required=False, max_length=120)

    def wanted(self) -> dict[str, Any]:
        """Look-ups for a queryset; an entry that is no choice filters nothing."""
        words = self.cleaned_data.get("q") if self.is_valid() else ""
        return {"name__icontains": words} if words else {}


class DatasetFilterForm(NameFilterForm):
    kept = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("All")), (YES, _("Kept")), (NO, _("Erased"))]
    )

    def wanted(self) -> dict[str, Any]:
        named = super().wanted()
        kept = self.cleaned_data.get("kept") if self.is_valid() else ""
        return named | ({"erased_at__isnull": kept == YES} if kept else {})


class RunFilterForm(forms.Form):
    q = forms.CharField(label=_("Connector"), required=False, max_length=120)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *Run.State.choices])

    def wanted(self) -> dict[str, Any]:
        """Look-ups for a queryset; an entry that is no choice filters nothing."""
        self.is_valid()
        pairs = {"connector__name__icontains": "q", "state": "state"}
        entered = getattr(self, "cleaned_data", {})
        found = {lookup: entered.get(field, "") for lookup, field in pairs.items()}
        return {lookup: value for lookup, value in found.items() if value}


class ConsentForm(forms.Form):
    consent = forms.BooleanField(
        label=_("I confirm"),
        error_messages={"required": _("Nothing can be prepared without this confirmation.")},
    )
