"""Sharing rules as rows; what they give is asked in `standing.py`."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linking.models import Account, Link
from organizations.models import Organization

if TYPE_CHECKING:
    from resources.models import Resource


class SharingRuleQuerySet(models.QuerySet["SharingRule"]):
    def open(self) -> SharingRuleQuerySet:
        return self.filter(ended_at=None)

    def giving_to(self, link: Link) -> SharingRuleQuerySet:
        """Open rules of the link's organization that name it, or all accounts of its service."""
        named = Q(pk__in=SharingRule.receivers.through.objects.filter(link=link).values("sharingrule"))
        everyone = {Account.Kind.OFFICIAL: "to_every_official", Account.Kind.ADS: "to_every_ads"}
        field = everyone.get(Account.Kind(link.account.kind))
        return self.open().filter(
            named | Q(**{field: True}) if field else named, organization=link.organization_id
        )


class SharingRule(models.Model):
    """What fits it is received by its receivers, today and later. Ended, never deleted."""

    class From(models.TextChoices):
        ANYBODY = "ANYBODY", _("The organization and all its accounts")
        ORGANIZATION = "ORGANIZATION", _("The organization itself")
        ACCOUNT = "ACCOUNT", _("One account")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="sharing_rules")
    name = models.CharField(max_length=120)
    kinds = models.JSONField(default=list, blank=True)  # none: every kind
    name_contains = models.CharField(max_length=120, blank=True)
    owned_by = models.CharField(max_length=12, choices=From.choices, default=From.ANYBODY)
    owner_account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="sharing_rules"
    )
    to_every_official = models.BooleanField(default=False)
    to_every_ads = models.BooleanField(default=False)
    receivers = models.ManyToManyField(Link, related_name="sharing_rules", blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = SharingRuleQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                condition=Q(ended_at=None),
                name="resources_one_open_rule_per_name",
            ),
            models.CheckConstraint(
                condition=Q(owned_by="ACCOUNT", owner_account__isnull=False)
                | ~Q(owned_by="ACCOUNT") & Q(owner_account=None),
                name="resources_rules_of_one_account_name_it",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def matching(self) -> Q:
        """Of resources: its conditions alone, whoever owns them."""
        found = Q(pk__isnull=False)  # an empty Q would be lost when joined by "or"
        if self.kinds:
            found &= Q(kind__in=self.kinds)
        if self.name_contains:
            found &= _named(self.name_contains)
        if self.owned_by == self.From.ORGANIZATION:
            found &= Q(owner_organization=self.organization_id)
        if self.owned_by == self.From.ACCOUNT:
            found &= Q(owner_account=self.owner_account_id)
        return found

    def matches(self, resource: Resource) -> bool:
        """The same of one resource in memory."""
        is_of_kind = not self.kinds or resource.kind in self.kinds
        is_named = re.search(_in_any_case(self.name_contains), resource.name) is not None
        return is_of_kind and is_named and self._owned_rightly(resource)

    def _owned_rightly(self, resource: Resource) -> bool:
        if self.owned_by == self.From.ORGANIZATION:
            return resource.owner_organization_id == self.organization_id
        return self.owned_by == self.From.ANYBODY or resource.owner_account_id == self.owner_account_id

    def is_for(self, kind: str) -> bool:
        """Whether it names all accounts of this service; those it names singly are `receivers`."""
        is_official, is_ads = kind == Account.Kind.OFFICIAL, kind == Account.Kind.ADS
        return (is_official and self.to_every_official) or (is_ads and self.to_every_ads)


def _named(text: str) -> Q:
    """Each database folds the letters of ASCII by itself, and fast; the others it is told."""
    return Q(name__icontains=text) if text.isascii() else Q(name__regex=_in_any_case(text))


def _in_any_case(text: str) -> str:
    """A pattern that finds it in capitals and small letters alike.

    Said letter by letter: what databases hold for the same letter depends on which, and on its locale.
    """
    return "".join(_letter(character) for character in text)


def _letter(character: str) -> str:
    small, capital = character.lower(), character.upper()
    has_both = small != capital and len(small) == len(capital) == 1
    return f"[{small}{capital}]" if has_both else re.escape(character)
