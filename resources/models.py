"""Audiences and LINE Tags as resources with an owner, and who may use them."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, F, Max, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linking.models import Account, Link
from organizations.models import Organization, Review
from resources.bulk_models import BulkChange as BulkChange
from resources.bulk_models import BulkItem as BulkItem
from resources.ending_models import EndDigest as EndDigest
from resources.kinds import ADS_KINDS
from resources.kinds import Kind as Kind
from resources.request_models import ShareRequest as ShareRequest
from resources.rule_models import SharingRule as SharingRule
from resources.standing import Standing, given_by_rule
from resources.tag_models import TagEvent as TagEvent

ENDS_SOON = timedelta(days=14)
FEW_PEOPLE = Q(size="100 or fewer") | Q(size__regex=r"^[0-9]{1,2}$")  # of audiences, as LINE words sizes


class ResourceQuerySet(models.QuerySet["Resource"]):
    def of_organization(self, organization: Organization) -> ResourceQuerySet:
        """Everything the organization owns, itself or through an account linked to it now."""
        linked = Link.objects.open().filter(organization=organization).values("account")
        return self.filter(Q(owner_organization=organization) | Q(owner_account__in=linked))

    def audiences(self) -> ResourceQuerySet:
        return self.exclude(kind=Kind.LINE_TAG)

    def tags(self) -> ResourceQuerySet:
        return self.filter(kind=Kind.LINE_TAG)

    def with_contacts(self) -> ResourceQuerySet:
        """Adds to tags how many of their events pages have reported, and when the last one came."""
        seen = Count("events", filter=Q(events__last_contact_at__isnull=False))
        last = Max("events__last_contact_at")
        return self.annotate(seen_count=seen, event_count=Count("events"), last_contact_at=last)

    def with_owner(self) -> ResourceQuerySet:
        """Adds `owner_service` (bm / lap / account), `owner_code` and `owner_name`, as LINE names owners."""
        return self.select_related("owner_organization", "owner_account").annotate(
            owner_service=Case(
                When(owner_organization__isnull=False, then=Value("bm")),
                When(owner_account__kind=Account.Kind.OFFICIAL, then=Value("account")),
                default=Value("lap"),
            ),
            owner_code=Case(
                When(owner_organization__isnull=False, then=F("owner_organization__code")),
                When(owner_account__kind=Account.Kind.OFFICIAL, then=F("owner_account__basic_id")),
                default=F("owner_account__line_id"),
            ),
            owner_name=Case(
                When(owner_organization__isnull=False, then=F("owner_organization__name")),
                default=F("owner_account__name"),
            ),
        )

    def too_small(self) -> ResourceQuerySet:
        """Ready, but of fewer people than LINE delivers to or builds a lookalike from."""
        return self.filter(FEW_PEOPLE, status=Resource.Status.READY)

    def shared_to(self, account: Account) -> ResourceQuerySet:
        """What sharing gives this account now: the one query behind its page and LINE's lists."""
        link = Link.objects.sharing().filter(account=account).select_related("account").first()
        if link is None:
            return self.none()
        singly = Share.objects.in_force().filter(to_link=link).values("resource")
        return self.filter(Q(pk__in=singly) | given_by_rule(link))

    def listed_for(self, to_link: Link, standing: Standing | None = None) -> ResourceQuerySet:
        """What is shared to this link, in force or waiting for a review: the rows of the account's page."""
        singly = Share.objects.open().filter(to_link=to_link).values("resource")
        given = Q(pk__in=singly) | given_by_rule(to_link, standing)
        return self.exclude(status=Resource.Status.DELETED).filter(given)

    def seen_by(self, account: Account) -> ResourceQuerySet:
        """What the account owns and what is shared to it, with owners: its own audience list."""
        shared = self.shared_to(account).values("pk")
        seen = self.filter(Q(owner_account=account) | Q(pk__in=shared))
        return seen.exclude(status=Resource.Status.DELETED).with_owner()

    def seen_at_line_by(self, code: str) -> ResourceQuerySet:
        """`shared_to` for the account with this Basic ID or `A…` id, with owners; what LINE knows of it."""
        official = Q(kind=Account.Kind.OFFICIAL, basic_id=code)
        account = Account.objects.filter(official | Q(kind=Account.Kind.ADS, line_id=code)).first()
        if account is None:
            return self.none()
        return self.shared_to(account).exclude(line_id=None).with_owner().order_by("-created_at", "id")


class Resource(models.Model):
    """An audience or LINE Tag. NEW has no id at LINE yet: listed, not shareable."""

    class Status(models.TextChoices):
        NEW = "NEW", _("New")
        IN_PROGRESS = "IN_PROGRESS", _("In progress")
        READY = "READY", _("Available")
        FAILED = "FAILED", _("Failed")
        EXPIRED = "EXPIRED", _("Expired")
        INACTIVE = "INACTIVE", _("Inactive")
        ACTIVATING = "ACTIVATING", _("Activating")
        DELETED = "DELETED", _("Deleted")

    class CreateRoute(models.TextChoices):
        OA_MANAGER = "OA_MANAGER"
        MESSAGING_API = "MESSAGING_API"
        POINT_AD = "POINT_AD"
        AD_MANAGER = "AD_MANAGER"
        BUSINESS_MANAGER = "BUSINESS_MANAGER"
        YAHOO_DISPLAY_ADS = "YAHOO_DISPLAY_ADS"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=30, choices=Kind.choices)
    name = models.CharField(max_length=120)
    owner_organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="resources"
    )
    owner_account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="resources"
    )
    line_id = models.CharField(max_length=40, null=True, blank=True)  # noqa: DJ001  null is "LINE has not named it"
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.NEW)
    size = models.CharField(max_length=20, default="-")  # as LINE shows it: a number, "-", "100 or fewer"
    create_route = models.CharField(
        max_length=20, choices=CreateRoute.choices, default=CreateRoute.BUSINESS_MANAGER
    )
    phone_form = models.CharField(max_length=15, choices=Account.PhoneForm.choices, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    end_told = models.PositiveSmallIntegerField(null=True, blank=True)  # mailed so many days before its end
    deleted_at = models.DateTimeField(null=True, blank=True)
    failed_type = models.CharField(max_length=60, blank=True)  # LINE's own word for why it FAILED
    details = models.JSONField(default=dict, blank=True)  # LINE's objects of what it builds by a rule
    refreshed_at = models.DateTimeField(null=True, blank=True)  # when LINE last spoke of it

    objects = ResourceQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner_organization__isnull=False, owner_account=None)
                | Q(owner_organization=None, owner_account__isnull=False),
                name="resources_exactly_one_owner",
            ),
            models.UniqueConstraint(
                fields=["owner_account", "line_id"],
                condition=Q(line_id__isnull=False, owner_account__isnull=False),
                name="resources_one_row_per_owner_and_line_id",
            ),
            models.CheckConstraint(
                condition=Q(status="NEW", line_id=None)
                | ~Q(status="NEW") & Q(line_id__isnull=False)
                | Q(status="DELETED"),
                name="resources_new_ones_have_no_line_id",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def organization(self) -> Organization | None:
        """Where it can be shared now; none while its owner is linked nowhere."""
        if self.owner_organization:
            return self.owner_organization
        link = self.owner_account.open_link if self.owner_account else None
        return link.organization if link else None

    @property
    def ends_soon(self) -> bool:
        left = self.expires_at - timezone.now() if self.expires_at else None
        return left is not None and timedelta(0) < left < ENDS_SOON and self.status != self.Status.EXPIRED

    @property
    def is_changed_at_line(self) -> bool:
        """Whether it is an audience of a LINE Ads account, which LINE lets us rename and delete."""
        is_of_ads = self.owner_account is not None and self.owner_account.kind == Account.Kind.ADS
        return is_of_ads and self.kind in ADS_KINDS and self.status != self.Status.DELETED

    @property
    def owner(self) -> Organization | Account:
        owner = self.owner_organization or self.owner_account
        assert owner is not None  # noqa: S101  the database holds exactly one
        return owner


class ShareQuerySet(models.QuerySet["Share"]):
    def open(self) -> ShareQuerySet:
        return self.filter(ended_at=None)

    def in_force(self) -> ShareQuerySet:
        """Open, not past its date, to (and from) open links whose review has passed, of a living resource."""
        verified = Q(to_link__ended_at=None, to_link__review=Review.VERIFIED)
        sender = Q(from_link=None) | Q(from_link__ended_at=None, from_link__review=Review.VERIFIED)
        until = Q(until=None) | Q(until__gt=timezone.now())
        return self.open().filter(verified & sender & until).exclude(resource__status=Resource.Status.DELETED)


class Share(models.Model):
    """A resource lent to a linked account, READ only. Ended, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="shares")
    to_link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="shares_received")
    from_link = models.ForeignKey(Link, null=True, on_delete=models.PROTECT, related_name="shares_given")
    shared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    shared_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["-shared_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "to_link"],
                condition=Q(ended_at=None),
                name="resources_one_open_share_per_resource_and_link",
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource} → {self.to_link}"
