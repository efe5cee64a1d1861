"""Stays of accounts in organizations and the requests for them; accounts and keys are next door."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linking.account_models import Account, AccountManager, AccountQuerySet
from linking.application_models import TalkHeadViewApplication
from linking.joint_models import JointMove
from linking.key_models import ApiKey, ApiKeyAccount, ApiKeyVersion
from organizations.models import Membership, Organization, Review
from organizations.permissions import Action, roles_with

if TYPE_CHECKING:
    from users.models import User

MOVERS, APPROVERS = roles_with(Action.MOVE), roles_with(Action.APPROVE)
FIRST_APPROVAL_LASTS = timedelta(hours=24)

__all__ = [
    "Account",
    "AccountManager",
    "AccountQuerySet",
    "ApiKey",
    "ApiKeyAccount",
    "ApiKeyVersion",
    "JointMove",
    "Link",
    "LinkQuerySet",
    "LinkRequest",
    "LinkRequestQuerySet",
    "TalkHeadViewApplication",
]


class LinkQuerySet(models.QuerySet["Link"]):
    def open(self) -> LinkQuerySet:
        return self.filter(ended_at=None)

    def sharing(self) -> LinkQuerySet:
        """Open links that may take part in sharing: their review has passed."""
        return self.open().filter(review=Review.VERIFIED)


class Link(models.Model):
    """An account's stay in an organization. Never deleted; a move ends it and opens another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="links")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="links")
    linked_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    review = models.CharField(max_length=10, choices=Review.choices, default=Review.UNVERIFIED)
    review_reason = models.CharField(max_length=500, blank=True)  # a rule's code, or a reviewer's words
    reviewed_at = models.DateTimeField(null=True, blank=True)
    shares_everything = models.BooleanField(default=False)

    objects = LinkQuerySet.as_manager()

    class Meta:
        ordering = ["account__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(ended_at=None), name="linking_one_open_link_per_account"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("linked_at")),
                name="linking_links_end_after_they_begin",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} in {self.organization}"

    @property
    def takes_part_in_sharing(self) -> bool:
        return self.ended_at is None and self.review == Review.VERIFIED


class LinkRequestQuerySet(models.QuerySet["LinkRequest"]):
    def pending(self) -> LinkRequestQuerySet:
        return self.filter(state=LinkRequest.State.PENDING)

    def answerable(self) -> LinkRequestQuerySet:
        """Pending and, by the database's own clock, not overdue."""
        return self.pending().filter(expires_at__gt=Now())

    def overdue(self) -> LinkRequestQuerySet:
        return self.pending().filter(expires_at__lte=Now())

    def with_parties(self) -> LinkRequestQuerySet:
        """Everybody a decision names, and what its checks ask, in one query."""
        manager = AccountManager.objects.filter(account=OuterRef("account"), user=OuterRef("issued_by"))
        open_link = Link.objects.open().filter(account=OuterRef("account"))
        people = self.select_related(
            "issued_by", "first_approved_by", "closed_by", "moves_from__organization"
        )
        parties = people.select_related("account__legal_entity", "organization__legal_entity")
        mover = Membership.objects.filter(
            organization=OuterRef("moves_from__organization"), user=OuterRef("issued_by"), role__in=MOVERS
        )
        approver = Membership.objects.filter(
            organization=OuterRef("organization"),
            user=OuterRef("first_approved_by"),
            user__is_active=True,
            role__in=APPROVERS,
        )
        is_recent = Q(first_approved_at__gt=Now() - FIRST_APPROVAL_LASTS)
        asked = {
            "is_first_approval_valid": ExpressionWrapper(Exists(approver) & is_recent, BooleanField()),
            "is_issuer_manager": Exists(manager),
            "is_issuer_mover": Exists(mover),
            "account_link_id": Subquery(open_link.values("pk")[:1]),
        }
        return parties.annotate(**asked)

    def close(self, state: LinkRequest.State, *, by: User | None, reason: str = "") -> int:
        """Move pending rows to `state` and say how many moved."""
        return self.pending().update(state=state, closed_at=timezone.now(), closed_by=by, reason=reason)


class LinkRequest(models.Model):
    """An account asks to be taken in. The URL is an address, not a key: only the token's SHA-256 is kept."""

    class State(models.TextChoices):
        PENDING = "PENDING", _("Waiting for approval")
        APPROVED = "APPROVED", _("Approved")
        REJECTED = "REJECTED", _("Rejected")
        CANCELLED = "CANCELLED", _("Cancelled")
        SUPERSEDED = "SUPERSEDED", _("Replaced by a newer request")
        EXPIRED = "EXPIRED", _("Expired")
        INVALID = "INVALID", _("No longer valid")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="link_requests")
    organization_code = models.CharField(max_length=13)
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="link_requests"
    )
    moves_from = models.ForeignKey(Link, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    joint_move = models.ForeignKey(
        JointMove, null=True, blank=True, on_delete=models.PROTECT, related_name="moves"
    )
    token_digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    # Of two people, where the organization asks for two.
    first_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    first_approved_at = models.DateTimeField(null=True, blank=True)
    first_approved_digest = models.CharField(max_length=64, blank=True)  # of the facts it was given for

    # What `with_parties` adds.
    is_first_approval_valid: bool  # by the clock and the role of who gave it
    is_issuer_manager: bool
    is_issuer_mover: bool
    account_link_id: uuid.UUID | None

    objects = LinkRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state="PENDING"),
                name="linking_one_pending_request_per_account",
            ),
            models.CheckConstraint(
                condition=Q(state="PENDING", closed_at=None)
                | ~Q(state="PENDING") & Q(closed_at__isnull=False),
                name="linking_closed_requests_have_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="APPROVED") | Q(organization__isnull=False),
                name="linking_approved_requests_have_an_organization",
            ),
            models.CheckConstraint(
                condition=Q(joint_move=None) | Q(moves_from__isnull=False),
                name="linking_only_moves_are_joint",
            ),
            models.CheckConstraint(
                condition=Q(first_approved_by=None, first_approved_at=None, first_approved_digest="")
                | Q(first_approved_by__isnull=False, first_approved_at__isnull=False)
                & ~Q(first_approved_digest=""),
                name="linking_first_approvals_are_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} → {self.organization_code}"

    @property
    def first_approval_ends(self) -> datetime | None:
        return self.first_approved_at + FIRST_APPROVAL_LASTS if self.first_approved_at else None

    @property
    def is_open(self) -> bool:
        """Pending and not overdue, for pages; an answer is decided by the database's clock."""
        return self.state == self.State.PENDING and self.expires_at > timezone.now()

    @property
    def shown_state(self) -> LinkRequest.State:
        """EXPIRED as soon as it is, not only when the tick has written it down."""
        is_overdue = self.state == self.State.PENDING and not self.is_open
        return self.State.EXPIRED if is_overdue else self.State(self.state)
