"""Accounts of LINE's services and who manages them. Imported through `linking.models`."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organizations.models import LegalEntity, Organization

if TYPE_CHECKING:
    from linking.models import Link
    from users.models import User


class AccountQuerySet(models.QuerySet["Account"]):
    def managed_by(self, user: User) -> AccountQuerySet:
        return self.filter(managers__user=user)

    def addressed(self, text: str) -> AccountQuerySet:
        """Accounts that this text names: a UUID, a Basic ID or an A… id (LINE Ads before Talk Head View)."""
        try:
            return self.filter(pk=uuid.UUID(text))
        except ValueError:
            return self.filter(Q(basic_id=text) | Q(line_id=text)).order_by("kind")

    def linked_to(self, organization: Organization) -> AccountQuerySet:
        return self.filter(links__organization=organization, links__ended_at=None)


class Account(models.Model):
    """A LINE Official Account, a LINE Ads account or a Talk Head View account, as LINE vouches for it."""

    class Kind(models.TextChoices):
        OFFICIAL = "OFFICIAL", _("LINE Official Account")
        ADS = "ADS", _("LINE Ads account")
        TALK_HEAD_VIEW = "TALK_HEAD_VIEW", _("Talk Head View account")

    class Verification(models.TextChoices):
        UNVERIFIED = "UNVERIFIED", _("Unverified account")
        VERIFIED = "VERIFIED", _("Verified account")
        PREMIUM = "PREMIUM", _("Premium account")

    class PhoneForm(models.TextChoices):
        """How a phone number is written before it is hashed; LINE does not say which one it matches."""

        NATIONAL_DIGITS = "NATIONAL_DIGITS", _("National digits (0912345678)")
        E164_DIGITS = "E164_DIGITS", _("International digits (886912345678)")
        E164_PLUS = "E164_PLUS", _("International with plus (+886912345678)")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=14, choices=Kind.choices)
    name = models.CharField(max_length=120)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="accounts")
    # LINE Official Accounts
    basic_id = models.CharField(max_length=40, blank=True)
    premium_id = models.CharField(max_length=40, blank=True)
    verification = models.CharField(max_length=10, choices=Verification.choices, blank=True)
    # LINE Ads and Talk Head View
    line_id = models.CharField("LINE id (A…)", max_length=40, blank=True)
    granted_at = models.DateTimeField("Talk Head View application granted", null=True, blank=True)
    phone_form = models.CharField(max_length=15, choices=PhoneForm.choices, default=PhoneForm.NATIONAL_DIGITS)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["basic_id"], condition=~Q(basic_id=""), name="linking_one_account_per_basic_id"
            ),
            models.UniqueConstraint(
                fields=["premium_id"], condition=~Q(premium_id=""), name="linking_one_account_per_premium_id"
            ),
            models.UniqueConstraint(
                fields=["kind", "line_id"], condition=~Q(line_id=""), name="linking_one_account_per_line_id"
            ),
            models.CheckConstraint(
                condition=Q(kind="OFFICIAL", line_id="", granted_at=None)
                & ~Q(basic_id="")
                & Q(verification__in=["UNVERIFIED", "VERIFIED", "PREMIUM"])
                | Q(kind__in=["ADS", "TALK_HEAD_VIEW"], basic_id="", premium_id="", verification="")
                & ~Q(line_id=""),
                name="linking_account_fields_fit_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(granted_at=None) | Q(kind="TALK_HEAD_VIEW"),
                name="linking_only_talk_head_view_is_granted",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id by which REST and people address it: Basic ID or A… id."""
        return self.basic_id or self.line_id

    @property
    def search_id(self) -> str:
        """What LINE shows for an Official Account: the Premium ID if there is one, else the Basic ID."""
        return self.premium_id or self.basic_id

    @property
    def is_official(self) -> bool:
        return self.kind == self.Kind.OFFICIAL

    @property
    def takes_shared_resources(self) -> bool:
        return self.kind != self.Kind.TALK_HEAD_VIEW

    @property
    def open_link(self) -> Link | None:
        return self.links.filter(ended_at=None).select_related("organization").first()


class AccountManager(models.Model):
    """A person who manages the account on LINE's side."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="managed_accounts"
    )
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="managers")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "account"], name="linking_one_manager_row_per_pair")
        ]

    def __str__(self) -> str:
        # Goes into the history, which holds no mail address.
        return f"{self.user.name or self.user_id} manages {self.account}"
