"""Sharing rules: made, changed and stopped by people; what they give follows by itself, at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linking.models import Account, Link
from organizations import audit
from organizations.errors import DomainError, Invalid
from organizations.models import Organization
from resources.kinds import usable_kinds
from resources.models import Resource, ResourceQuerySet, SharingRule
from resources.standing import NOT_GIVEN, NOTHING
from users.models import User

CONDITIONS = ("kinds", "name_contains", "owned_by", "owner_account", "to_every_official", "to_every_ads")


class RuleEnded(DomainError):
    code = "rule_ended"
    message = _("This rule was stopped meanwhile. Nothing was changed.")


class NameTaken(Invalid):
    code = "name_taken"
    message = _("Another rule has this name. Choose a different one.")


class NoReceivers(Invalid):
    code = "no_receivers"
    message = _("Choose who receives: all accounts of a service, or at least one account.")


class CannotReceive(Invalid):
    code = "cannot_receive"


@dataclass(frozen=True)
class Wanted:
    """What a rule is to say; receivers are open links of the organization."""

    name: str
    kinds: Sequence[str] = ()
    name_contains: str = ""
    owned_by: str = SharingRule.From.ANYBODY
    owner_account: Account | None = None
    to_every_official: bool = False
    to_every_ads: bool = False
    receivers: Sequence[Link] = ()

    def fields(self) -> dict[str, Any]:
        return {"name": self.name, "kinds": sorted(self.kinds)} | {
            field: getattr(self, field) for field in CONDITIONS if field != "kinds"
        }


@transaction.atomic
def create_rule(organization: Organization, wanted: Wanted, *, by: User) -> SharingRule:
    check(wanted)
    try:
        with transaction.atomic():  # "one open rule per name" has the last word
            rule = SharingRule.objects.create(organization=organization, created_by=by, **wanted.fields())
    except IntegrityError as taken:
        raise NameTaken(fields={"name": [str(NameTaken.message)]}) from taken
    rule.receivers.set(wanted.receivers)
    _record("created", rule, by)
    return rule


@transaction.atomic
def change_rule(rule: SharingRule, wanted: Wanted, *, by: User) -> None:
    check(wanted)
    before = _told(rule)
    try:
        with transaction.atomic():
            changed = SharingRule.objects.open().filter(pk=rule.pk).update(**wanted.fields())
    except IntegrityError as taken:
        raise NameTaken(fields={"name": [str(NameTaken.message)]}) from taken
    if not changed:
        raise RuleEnded
    rule.refresh_from_db()
    rule.receivers.set(wanted.receivers)
    if before != _told(rule):
        _record("changed", rule, by, before=before)


@transaction.atomic
def stop_rule(rule: SharingRule, *, by: User) -> None:
    if not SharingRule.objects.open().filter(pk=rule.pk).update(ended_at=timezone.now(), ended_by=by):
        raise RuleEnded
    _record("stopped", rule, by)


def matched_by(rule: SharingRule) -> ResourceQuerySet:
    """What fits the rule now, whoever receives it; refused are only new and deleted resources."""
    own = Resource.objects.of_organization(rule.organization).filter(rule.matching())
    return own.exclude(status__in=NOT_GIVEN)


def match_counts(organization: Organization, rules: Sequence[SharingRule]) -> list[int]:
    """How many resources fit each rule now. One query, however many rules."""
    own = Resource.objects.of_organization(organization).exclude(status__in=NOT_GIVEN)
    asked = {f"fit_{place}": Count("pk", filter=rule.matching()) for place, rule in enumerate(rules)}
    return list(own.aggregate(**asked).values()) if rules else []


def receiving(rule: SharingRule) -> Q:
    """Of links: those that the rule names, or whose service it names."""
    return Q(pk__in=rule.receivers.values("pk")) | every_account_of(rule)


def every_account_of(rule: SharingRule) -> Q:
    """Of links: those whose service the rule names."""
    found = NOTHING
    if rule.to_every_official:
        found |= Q(account__kind=Account.Kind.OFFICIAL)
    if rule.to_every_ads:
        found |= Q(account__kind=Account.Kind.ADS)
    return found


def check(wanted: Wanted) -> None:
    """Whether anybody would receive anything by it."""
    if not (wanted.to_every_official or wanted.to_every_ads or wanted.receivers):
        raise NoReceivers(fields={"receivers": [str(NoReceivers.message)]})
    for link in wanted.receivers:
        if not link.account.takes_shared_resources:
            message = _("%(account)s cannot receive: Talk Head View accounts do not take shared resources.")
            raise CannotReceive(message % {"account": link.account.name})
    services = {link.account.kind for link in wanted.receivers}
    services |= {Account.Kind.OFFICIAL} if wanted.to_every_official else set()
    services |= {Account.Kind.ADS} if wanted.to_every_ads else set()
    usable = {kind for service in services for kind in usable_kinds(service)}
    if wanted.kinds and not usable & set(wanted.kinds):
        message = _("None of the receivers can use these kinds. Choose other kinds or other receivers.")
        raise CannotReceive(message, fields={"kinds": [str(message)]})


def _told(rule: SharingRule) -> dict[str, Any]:
    """What the history keeps of a rule: its conditions and the accounts that it names."""
    owner = rule.owner_account.public_id if rule.owner_account else ""
    accounts = [link.account.public_id for link in rule.receivers.select_related("account")]
    told = {field: getattr(rule, field) for field in CONDITIONS if field != "owner_account"}
    return told | {"owner_account": owner, "receivers": sorted(accounts)}


def _record(verb: str, rule: SharingRule, by: User, **details: Any) -> None:
    audit.record(
        f"sharing_rule.{verb}", rule, by=by, organization=rule.organization, **_told(rule), **details
    )
