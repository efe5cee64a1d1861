"""The keys by which an organization reaches LINE Ads accounts. Imported through `linking.models`."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organizations.models import Organization


class ApiKey(models.Model):
    """A LINE group's access key, kept by one organization. The secret is sealed and never shown again."""

    class Check(models.TextChoices):
        NEVER = "NEVER", _("Not checked yet")
        WORKS = "WORKS", _("Works")
        REFUSED = "REFUSED", _("Refused by LINE")
        UNREACHABLE = "UNREACHABLE", _("LINE could not be reached")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=120)
    group_id = models.CharField(_("LINE group ID"), max_length=40)
    access_key = models.CharField(_("access key"), max_length=120)
    check_state = models.CharField(max_length=11, choices=Check.choices, default=Check.NEVER)
    checked_at = models.DateTimeField(null=True, blank=True)
    check_reason = models.CharField(max_length=200, blank=True)
    listed_line_ids = models.JSONField(default=list)  # the ad accounts that LINE listed for the group then
    listed_names = models.JSONField(default=dict)  # what LINE calls them: id → name
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    accounts = models.ManyToManyField(
        "linking.Account", through="linking.ApiKeyAccount", related_name="api_keys"
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "access_key"], name="linking_one_key_per_organization_and_access_key"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def check_tone(self) -> str:
        return CHECK_TONES[ApiKey.Check(self.check_state)]


class ApiKeyVersion(models.Model):
    """One secret of an access key: ACTIVE signs, NEXT waits, RETIRED is kept as a date only."""

    class State(models.TextChoices):
        ACTIVE = "ACTIVE"
        NEXT = "NEXT"
        RETIRED = "RETIRED"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="versions")
    state = models.CharField(max_length=7, choices=State.choices)
    sealed_secret = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["api_key"], condition=Q(state="ACTIVE"), name="linking_one_active_secret_per_key"
            ),
            models.UniqueConstraint(
                fields=["api_key"], condition=Q(state="NEXT"), name="linking_one_waiting_secret_per_key"
            ),
            models.CheckConstraint(
                condition=Q(state="RETIRED", sealed_secret="") | ~Q(state="RETIRED") & ~Q(sealed_secret=""),
                name="linking_retired_secrets_are_erased",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.api_key_id} {self.state}"


class ApiKeyAccount(models.Model):
    """This key's group lists this LINE Ads account."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE)
    account = models.ForeignKey("linking.Account", on_delete=models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["api_key", "account"], name="linking_one_row_per_key_and_account")
        ]

    def __str__(self) -> str:
        return f"{self.api_key_id} → {self.account_id}"


CHECK_TONES = {
    ApiKey.Check.NEVER: "IDLE",
    ApiKey.Check.WORKS: "OK",
    ApiKey.Check.REFUSED: "BAD",
    ApiKey.Check.UNREACHABLE: "WARN",
}
