"""The form of a sharing rule: conditions on the left hand, receivers on the right."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linking.models import Account, Link
from organizations.models import Organization
from organizations.names import plain
from resources.kinds import Kind, usable_kinds
from resources.models import SharingRule
from resources.sharing_rules import Wanted

From = SharingRule.From
MOST_NAMED = 500  # accounts that the form lists; REST takes any


class RuleForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the rule"), max_length=120, help_text=_("For you and your colleagues.")
    )
    kinds = forms.MultipleChoiceField(
        label=_("Kinds"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Without a tick: every kind. An account receives only what its service can use."),
    )
    name_contains = forms.CharField(
        label=_("Name contains"),
        required=False,
        max_length=120,
        help_text=_("Capitals do not matter. Empty: any name."),
    )
    owner = forms.ChoiceField(label=_("Owned by"), required=False)
    to_every_official = forms.BooleanField(
        label=_("All LINE Official Accounts of the organization, also later ones"), required=False
    )
    to_every_ads = forms.BooleanField(
        label=_("All LINE Ads accounts of the organization, also later ones"), required=False
    )
    receivers = forms.MultipleChoiceField(
        label=_("These accounts"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, data: Any = None, *, organization: Organization, rule: SharingRule | None = None
    ) -> None:
        super().__init__(data, initial=_initial(rule) if rule else None)
        links = Link.objects.open().filter(organization=organization).select_related("account")
        self._links = {str(link.pk): link for link in links.order_by("account__name", "pk")}
        receivers = [link for link in self._links.values() if link.account.takes_shared_resources]
        self.has_more = len(receivers) > MOST_NAMED
        usable = {*usable_kinds(Account.Kind.OFFICIAL), *usable_kinds(Account.Kind.ADS)}
        owners = [(str(link.account_id), _named(link)) for link in self._links.values()]
        given = [From.ANYBODY, From.ORGANIZATION]
        self._choices("kinds", [choice for choice in Kind.choices if choice[0] in usable])
        self._choices("owner", [*((each.value, each.label) for each in given), *owners])
        self._choices("receivers", [(str(link.pk), _named(link)) for link in receivers[:MOST_NAMED]])

    def _choices(self, field: str, choices: list[Any]) -> None:
        self.fields[field].choices = choices  # type: ignore[attr-defined]  # of the base class

    @property
    def digest(self) -> str:
        """Of what a valid form says, so that only what was previewed is confirmed."""
        said = json.dumps(self.cleaned_data, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def wanted(self) -> Wanted:
        """Of a valid form."""
        entered = self.cleaned_data
        owner = entered["owner"] or From.ANYBODY
        accounts = {str(link.account_id): link.account for link in self._links.values()}
        return Wanted(
            name=entered["name"],
            kinds=entered["kinds"],
            name_contains=entered["name_contains"],
            owned_by=owner if owner in From.values else From.ACCOUNT,
            owner_account=accounts.get(owner),
            to_every_official=entered["to_every_official"],
            to_every_ads=entered["to_every_ads"],
            receivers=[self._links[chosen] for chosen in entered["receivers"]],
        )


def _named(link: Link) -> str:
    return f"{plain(link.account.name)} · {link.account.get_kind_display()} · {link.account.public_id}"


def _initial(rule: SharingRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "kinds": rule.kinds,
        "name_contains": rule.name_contains,
        "owner": str(rule.owner_account_id) if rule.owner_account_id else rule.owned_by,
        "to_every_official": rule.to_every_official,
        "to_every_ads": rule.to_every_ads,
        "receivers": [str(pk) for pk in rule.receivers.values_list("pk", flat=True)],
    }
