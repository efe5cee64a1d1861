"""Many shares at once as rows: what is to start and stop, what a check said, what came of each."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, F, Q, When
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from linking.models import Link
from organizations.models import Organization
from users.models import User

LEASE = timedelta(seconds=90)
OFFERED_AGAIN = timedelta(seconds=30)


class BulkChangeQuerySet(models.QuerySet["BulkChange"]):
    def under_way(self) -> BulkChangeQuerySet:
        return self.filter(state__in=BulkChange.UNDER_WAY)

    def free(self) -> BulkChangeQuerySet:
        """Under way, and no worker holds it."""
        return self.under_way().filter(Q(lease_until=None) | Q(lease_until__lte=Now()))

    def unoffered(self) -> BulkChangeQuerySet:
        """Free, and not told to a worker a moment ago."""
        return self.free().filter(Q(offered_at=None) | Q(offered_at__lte=Now() - OFFERED_AGAIN))

    def claim(self, pk: uuid.UUID) -> BulkChange | None:
        """Take one that is free; none if it is not to be had. `claims` is the proof of who holds it."""
        taken = self.free().filter(pk=pk)
        if not taken.update(lease_until=Now() + LEASE, claims=F("claims") + 1):
            return None
        return self.select_related("organization", "started_by").get(pk=pk)

    def held(self, change: BulkChange) -> BulkChangeQuerySet:
        """The same row while it is still ours and in the state we know."""
        return self.filter(pk=change.pk, claims=change.claims, state=change.state)

    def move(self, pk: uuid.UUID, *, to: str, **fields: Any) -> int:
        """From any of this queryset's states; ends whatever claim there was."""
        ended = {"state": to, "lease_until": None, "offered_at": None, "claims": F("claims") + 1}
        return self.filter(pk=pk).update(**ended, **fields)


class BulkChange(models.Model):
    """Many shares started or stopped as one job: chosen, checked, then done row by row.

    DRAFT → CHECKING → CHECKED → WORKING → DONE; CANCELLED keeps what was done by then.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        CHECKING = "CHECKING", _("Being checked")
        CHECKED = "CHECKED", _("Checked")
        WORKING = "WORKING", _("Under way")
        DONE = "DONE", _("Done")
        CANCELLED = "CANCELLED", _("Cancelled")

    UNDER_WAY = (State.CHECKING, State.WORKING)
    OVER = (State.DONE, State.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="bulk_changes")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    # What is chosen, while it is chosen: ids as text. Each resource goes to each link.
    resources = models.JSONField(default=list, blank=True)
    links = models.JSONField(default=list, blank=True)
    file_name = models.CharField(max_length=255, blank=True)  # of an import, which brings its rows itself
    until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    # In whose name it is done, which need not be who chose.
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    claims = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    offered_at = models.DateTimeField(null=True, blank=True)

    objects = BulkChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["CHECKING", "WORKING"]) | Q(lease_until=None),
                name="resources_only_bulk_changes_under_way_are_held",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["WORKING", "DONE"]) | Q(started_by__isnull=False),
                name="resources_bulk_changes_are_done_in_a_name",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name or str(self.pk)

    @property
    def starter(self) -> User:
        """Of a job that was started."""
        assert self.started_by is not None  # noqa: S101  the database refuses one without
        return self.started_by

    @property
    def planned(self) -> int:
        """How many rows the check will have."""
        return len(self.resources) * len(self.links)


class Outcome(models.TextChoices):
    """What came of one pair."""

    PENDING = "PENDING", _("waiting")
    DONE = "DONE", _("done")
    SKIPPED = "SKIPPED", _("nothing to do")
    REFUSED = "REFUSED", _("refused")


class BulkItemQuerySet(models.QuerySet["BulkItem"]):
    def counted(self) -> dict[str, int]:
        """How many rows of each outcome, those with none included."""
        found = dict(self.order_by().values_list("outcome").annotate(n=Count("pk")))
        return {outcome: found.get(outcome, 0) for outcome in Outcome.values}

    def reasons(self) -> list[tuple[str, int]]:
        """Why rows were refused or left alone, the most frequent first, in the reader's language."""
        said = self.exclude(reason="").order_by().values_list("reason").annotate(n=Count("pk"))
        return [(translation.gettext(reason), n) for reason, n in said.order_by("-n", "reason")]

    def worst_first(self) -> BulkItemQuerySet:
        worst = [When(outcome=outcome, then=place) for place, outcome in enumerate(BulkItem.WORST_FIRST)]
        return self.order_by(Case(*worst, default=9), "to_link__account__name", "resource__name", "pk")


class BulkItem(models.Model):
    """One share to start or to stop."""

    class Act(models.TextChoices):
        START = "START", _("share")
        STOP = "STOP", _("stop sharing")

    WORST_FIRST = ("REFUSED", "PENDING", "SKIPPED", "DONE")

    change = models.ForeignKey(BulkChange, on_delete=models.CASCADE, related_name="items")
    act = models.CharField(max_length=5, choices=Act.choices, default=Act.START)
    resource = models.ForeignKey("resources.Resource", on_delete=models.PROTECT, related_name="+")
    to_link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=7, choices=Outcome.choices, default=Outcome.PENDING)
    reason = models.CharField(max_length=300, blank=True)  # a sentence of ours in English, to be translated

    objects = BulkItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["change", "resource", "to_link"], name="resources_one_bulk_item_per_pair"
            ),
        ]
        indexes = [models.Index(fields=["change", "outcome"], name="resources_bulk_outcome")]

    def __str__(self) -> str:
        return f"{self.act} {self.resource} → {self.to_link}"

    @property
    def said(self) -> str:
        """The reason in the reader's language."""
        return translation.gettext(self.reason) if self.reason else ""
