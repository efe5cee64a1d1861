"""Organizations, the legal entities behind them, their members, and the history of what was done.

Invitations are next door, in `invitation_models`.
"""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from organizations.invitation_models import Invitation as Invitation
from organizations.permissions import Role

if TYPE_CHECKING:
    from users.models import User

ORGANIZATION_CODE = r"^BM[0-9]{11}$"


class Region(models.TextChoices):
    TAIWAN = "TW", _("Taiwan")
    JAPAN = "JP", _("Japan")
    THAILAND = "TH", _("Thailand")


class Review(models.TextChoices):
    """The four states of the organization's own review and of each link's review."""

    UNVERIFIED = "UNVERIFIED", _("Unverified")
    IN_REVIEW = "IN_REVIEW", _("Under review")
    VERIFIED = "VERIFIED", _("Verified")
    REJECTED = "REJECTED", pgettext_lazy("review", "Rejected")


def new_organization_code() -> str:
    return f"BM{secrets.randbelow(10**11):011d}"


class LegalEntity(models.Model):
    """A company or person as registered in a country: the contracting party of accounts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    country = models.CharField(max_length=2, choices=Region.choices)
    registration_number = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "legal entities"
        constraints = [
            models.UniqueConstraint(
                fields=["country", "registration_number"], name="organizations_one_legal_entity_per_number"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        """With its country, without which it says little: `TW 10458575`."""
        return f"{self.country} {self.registration_number}"


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def visible_to(self, user: User) -> OrganizationQuerySet:
        return self.filter(memberships__user=user)


class Organization(models.Model):
    """An advertiser's organization, addressed everywhere by its BM id (`code`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(_("organization ID"), max_length=13, unique=True, default=new_organization_code)
    name = models.CharField(_("name"), max_length=120)
    region = models.CharField(max_length=2, choices=Region.choices, default=Region.TAIWAN)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="organizations")
    review = models.CharField(max_length=10, choices=Review.choices, default=Review.UNVERIFIED)
    review_reason = models.CharField(max_length=500, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)  # when `review` came to be what it is
    # What it asks beyond the rules for all; see `safeguards.py`.
    requires_second_factor = models.BooleanField(default=False)
    needs_two_approvals = models.BooleanField(default=False)
    one_person_may_move = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["name", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=ORGANIZATION_CODE), name="organizations_code_is_bm_and_11_digits"
            ),
            models.CheckConstraint(
                condition=Q(review__in=Review.values), name="organizations_review_is_a_known_state"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BusinessInfo(models.Model):
    """What an organization says of its company for the review; frozen once that has passed."""

    class Form(models.TextChoices):
        CORPORATION = "CORPORATION", _("Corporation")
        SOLE_PROPRIETOR = "SOLE_PROPRIETOR", _("Sole proprietor")

    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, primary_key=True, related_name="business_info"
    )
    form = models.CharField(max_length=15, choices=Form.choices, default=Form.CORPORATION)
    company_name = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    website = models.URLField(blank=True)
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    email_proved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "business info"
        constraints = [
            models.CheckConstraint(
                condition=Q(email_proved_at=None) | ~Q(email=""), name="organizations_only_an_email_is_proved"
            )
        ]

    def __str__(self) -> str:
        return self.company_name

    @property
    def is_complete(self) -> bool:
        return all((self.company_name, self.address, self.phone, self.email))

    @property
    def is_proved(self) -> bool:
        return self.email_proved_at is not None


class Membership(models.Model):
    """One person's role in one organization."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=13, choices=Role.choices)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organization"], name="organizations_one_seat_per_person"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="organizations_role_is_known"),
        ]

    def __str__(self) -> str:
        # Goes into the history, which holds no mail address.
        return f"{self.user.name or self.user_id}: {self.get_role_display()}"


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def due(self) -> OutgoingMailQuerySet:
        return self.filter(state=OutgoingMail.State.WAITING, not_before__lte=Now())


class OutgoingMail(models.Model):
    """A mail to be sent, written in the transaction of the act it tells of; see `outbox.py`."""

    class State(models.TextChoices):
        WAITING = "WAITING"
        SENT = "SENT"
        FAILED = "FAILED"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)  # templates/mail/<kind>.txt
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    language = models.CharField(max_length=10, blank=True)  # of a mail to an address that is no person's here
    sealed = models.TextField()  # that address, and what the template is filled with; gone once it is sent
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["not_before"], condition=Q(state="WAITING"), name="organizations_mails_waiting"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="SENT") | Q(sealed=""), name="organizations_sent_mails_are_forgotten"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"


class AuditPerson(models.Model):
    """The erasable side of the history: what a person was called when he or she acted."""

    user_id = models.UUIDField(unique=True)
    name = models.CharField(max_length=120)
    email = models.CharField(max_length=254)

    def __str__(self) -> str:
        return self.name or self.email


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def newest_first(self) -> AuditEventQuerySet:
        return self.select_related("person").order_by("-id")


class AuditEvent(models.Model):
    """One act, written in the transaction of its change. Triggers refuse UPDATE and DELETE.

    `details` holds ids, counts and states, never a phone number, mail address or digest.
    `account_id` has no foreign key: accounts belong to a higher app, and an entry outlives its objects.
    """

    at = models.DateTimeField(default=timezone.now, editable=False)
    action = models.CharField(max_length=60)
    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.DO_NOTHING, related_name="audit_events", db_constraint=False
    )
    account_id = models.UUIDField(null=True)
    account_name = models.CharField(max_length=120, blank=True)
    person = models.ForeignKey(AuditPerson, null=True, on_delete=models.DO_NOTHING, db_constraint=False)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40)
    subject_name = models.CharField(max_length=200)
    details = models.JSONField(default=dict)
    source = models.CharField(max_length=10, default="page")
    ip_address = models.GenericIPAddressField(null=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="audit_by_organization"),
            models.Index(fields=["account_id", "-id"], name="audit_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_name}"
