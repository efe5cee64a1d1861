"""Share requests: who may not share asks who may. Imported through `resources.models`."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linking.models import Account, Link
from organizations.models import Organization

if TYPE_CHECKING:
    from resources.models import Resource
    from users.models import User

LIFETIME = timedelta(days=30)
MOST_SHOWN = 20


def in_thirty_days() -> datetime:
    return timezone.now() + LIFETIME


class ShareRequestQuerySet(models.QuerySet["ShareRequest"]):
    def pending(self) -> ShareRequestQuerySet:
        return self.filter(state=ShareRequest.State.PENDING)

    def in_time(self) -> ShareRequestQuerySet:
        """Pending and, by the database's clock, not overdue. Joins nothing, so that it guards an UPDATE."""
        return self.pending().filter(expires_at__gt=Now())

    def answerable(self) -> ShareRequestQuerySet:
        """In time, and what it is about is still there: for lists and counts."""
        return self.in_time().filter(to_link__ended_at=None).exclude(resource__status="DELETED")

    def overdue(self) -> ShareRequestQuerySet:
        return self.pending().filter(expires_at__lte=Now())

    def pointless(self) -> ShareRequestQuerySet:
        """Pending although what it is about is gone."""
        is_gone = Q(resource__status="DELETED") | Q(to_link__ended_at__isnull=False)
        return self.pending().filter(is_gone)

    def of_organization(self, organization: Organization) -> ShareRequestQuerySet:
        return self.filter(to_link__organization=organization)

    def of_account_side(self, account: Account, user: User) -> ShareRequestQuerySet:
        """What this person asked on the account's side; never what members asked, which names resources."""
        return self.filter(to_link__account=account, asked_by=user, is_from_account=True)

    def asked_lately(self, user: User, resource: Resource) -> ShareRequestQuerySet:
        """What a member asked about this resource, the newest few."""
        own = self.filter(asked_by=user, resource=resource)
        return own.with_parties().order_by("-asked_at", "id")[:MOST_SHOWN]

    def with_parties(self) -> ShareRequestQuerySet:
        """Everything that a row, a decision or a mail names, in one query."""
        people = self.select_related("asked_by", "closed_by", "resource")
        return people.select_related("to_link__account__legal_entity", "to_link__organization")

    def close(self, state: ShareRequest.State, *, by: User | None, reason: str = "") -> int:
        """Move pending rows to `state` and say how many moved."""
        return self.pending().update(state=state, closed_at=timezone.now(), closed_by=by, reason=reason)


class ShareRequest(models.Model):
    """A resource, all of them, or what words describe is asked for an account. Closed once, never deleted.

    The account's side never names a resource: its managers do not learn what the organization owns.
    """

    class What(models.TextChoices):
        RESOURCE = "RESOURCE", _("One resource")
        EVERYTHING = "EVERYTHING", _("All resources of the organization")
        WORDS = "WORDS", _("Described in words")

    class State(models.TextChoices):
        PENDING = "PENDING", pgettext_lazy("share request", "Waiting for an answer")
        GRANTED = "GRANTED", pgettext_lazy("share request", "Granted")
        REFUSED = "REFUSED", pgettext_lazy("share request", "Refused")
        WITHDRAWN = "WITHDRAWN", pgettext_lazy("share request", "Withdrawn")
        EXPIRED = "EXPIRED", pgettext_lazy("share request", "Expired")
        INVALID = "INVALID", pgettext_lazy("share request", "No longer valid")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to_link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="share_requests")
    what = models.CharField(max_length=10, choices=What.choices)
    resource = models.ForeignKey(
        "resources.Resource", null=True, blank=True, on_delete=models.PROTECT, related_name="share_requests"
    )
    line_id = models.CharField(max_length=40, blank=True)  # as the asker knows it; nobody checked it
    note = models.CharField(max_length=500, blank=True)
    is_from_account = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=in_thirty_days)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    shares = models.ManyToManyField("resources.Share", related_name="+", blank=True)  # what granting it began

    objects = ShareRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "to_link"],
                condition=Q(state="PENDING", what="RESOURCE"),
                name="resources_one_pending_request_per_resource_and_link",
            ),
            models.UniqueConstraint(
                fields=["to_link"],
                condition=Q(state="PENDING", what="EVERYTHING"),
                name="resources_one_pending_request_for_everything",
            ),
            models.UniqueConstraint(
                fields=["to_link", "asked_by", "line_id", "note"],
                condition=Q(state="PENDING", what="WORDS"),
                name="resources_one_pending_request_per_wording",
            ),
            models.CheckConstraint(
                condition=Q(state="PENDING", closed_at=None)
                | ~Q(state="PENDING") & Q(closed_at__isnull=False),
                name="resources_closed_share_requests_have_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="REFUSED") | ~Q(reason=""),
                name="resources_refused_share_requests_have_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(what="RESOURCE", resource__isnull=False, is_from_account=False)
                | Q(what="EVERYTHING", resource=None)
                | Q(what="WORDS", resource=None) & (~Q(note="") | ~Q(line_id="")),
                name="resources_share_requests_say_what_they_want",
            ),
        ]

    def __str__(self) -> str:
        account = self.to_link.account
        return f"{self.resource} → {account}" if self.resource else str(account)

    @property
    def is_open(self) -> bool:
        """Answerable, for pages; an answer is decided by the database's clock."""
        return self.shown_state == self.State.PENDING

    @property
    def shown_state(self) -> ShareRequest.State:
        """What is over as soon as it is, not only when the tick has written it down."""
        if self.state != self.State.PENDING:
            return self.State(self.state)
        is_gone = self.resource is not None and self.resource.status == "DELETED"
        if is_gone or self.to_link.ended_at is not None:
            return self.State.INVALID
        return self.State.EXPIRED if self.expires_at <= timezone.now() else self.State.PENDING
