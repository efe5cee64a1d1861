"""Accounts of LINE's services, their stays in organizations, and requests for them; keys are next door."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linking.application_models import TalkHeadViewApplication
from linking.key_models import ApiKey, ApiKeyAccount, ApiKeyVersion
from organizations.models import LegalEntity, Membership, Organization, Review
from organizations.permissions import Action, roles_with

if TYPE_CHECKING:
    from users.models import User

MOVERS = roles_with(Action.MOVE)

__all__ = [
    "Account",
    "AccountManager",
    "ApiKey",
    "ApiKeyAccount",
    "ApiKeyVersion",
    "Link",
    "LinkQuerySet",
    "LinkRequest",
    "LinkRequestQuerySet",
    "TalkHeadViewApplication",
]


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
        people = self.select_related("issued_by", "closed_by", "moves_from__organization")
        parties = people.select_related("account__legal_entity", "organization__legal_entity")
        mover = Membership.objects.filter(
            organization=OuterRef("moves_from__organization"), user=OuterRef("issued_by"), role__in=MOVERS
        )
        asked = {
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

    # What `with_parties` adds.
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
        ]

    def __str__(self) -> str:
        return f"{self.account} → {self.organization_code}"

    @property
    def is_open(self) -> bool:
        """Pending and not overdue, for pages; an answer is decided by the database's clock."""
        return self.state == self.State.PENDING and self.expires_at > timezone.now()

    @property
    def shown_state(self) -> LinkRequest.State:
        """EXPIRED as soon as it is, not only when the tick has written it down."""
        is_overdue = self.state == self.State.PENDING and not self.is_open
        return self.State.EXPIRED if is_overdue else self.State(self.state)
