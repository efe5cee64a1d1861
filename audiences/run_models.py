"""Runs, their batches, and what workers share about LINE. These rows are the truth; messages are nudges."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiences.identifiers import reason_label

if TYPE_CHECKING:
    from linking.models import Account
    from organizations.models import Organization

LEASE = timedelta(seconds=90)


class RunQuerySet(models.QuerySet["Run"]):
    def active(self) -> RunQuerySet:
        return self.filter(state__in=ACTIVE)

    def unclaimed(self) -> RunQuerySet:
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=Now()))

    def due(self, states: Iterable[str] | None = None) -> RunQuerySet:
        """Runs that a worker could go on with now."""
        waiting = Q(not_before=None) | Q(not_before__lte=Now())
        return self.filter(waiting, state__in=WORKABLE if states is None else states).unclaimed()

    def claim(self, pk: uuid.UUID, *, owner: str, states: Iterable[str] | None = None) -> Run | None:
        """Take a run that waits, or one whose worker went silent; None if it is not ours."""
        # A worker that ends tidily gives its lease back; a lease left behind is a worker that died.
        takeovers = Case(When(lease_until=None, then=F("takeovers")), default=F("takeovers") + 1)
        claimed = {"lease_owner": owner, "lease_until": Now() + LEASE, "fence": F("fence") + 1}
        taken = self.filter(pk=pk).due(states).update(**claimed, takeovers=takeovers, offered_at=None)
        return self.with_parties().get(pk=pk) if taken else None

    def held(self, run: Run) -> RunQuerySet:
        """This run as long as our claim holds: every write of a worker goes through it."""
        return self.filter(pk=run.pk, fence=run.fence, lease_until__gt=Now())

    def with_parties(self) -> RunQuerySet:
        """What a worker and a run page need, in one query."""
        return self.select_related(
            "connector__organization", "dataset", "destination__owner_account", "consent_by"
        )


class Run(models.Model):
    """One sync of a connector, on its own frozen plan."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("Waiting to start")
        PLANNING = "PLANNING", _("Preparing")
        PLANNED = "PLANNED", _("Ready to send")
        SENDING = "SENDING", _("Sending")
        CONFIRMING = "CONFIRMING", _("Waiting for LINE")
        DONE = "DONE", _("Done")
        PAUSED = "PAUSED", _("Paused")
        CANCELLING = "CANCELLING", _("Cancelling")
        CANCELLED = "CANCELLED", _("Cancelled")
        FAILED = "FAILED", _("Failed")
        MISSED = "MISSED", _("Missed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connector = models.ForeignKey("audiences.Connector", on_delete=models.PROTECT, related_name="runs")
    dataset = models.ForeignKey("audiences.Dataset", on_delete=models.PROTECT, related_name="runs")
    destination = models.ForeignKey("resources.Resource", on_delete=models.PROTECT, related_name="runs")
    slot = models.DateTimeField(null=True, blank=True)  # of a schedule; null when a person started it
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    state_at = models.DateTimeField(default=timezone.now)  # since when
    reason = models.CharField(
        max_length=40, blank=True
    )  # why it stopped or waits: a code of audiences.reasons
    resume_state = models.CharField(max_length=10, blank=True)  # where a PAUSED run goes on
    sends_by_itself = models.BooleanField(default=False)  # passes PLANNED without a person
    is_dry = models.BooleanField(default=False)  # only counts; its end does not use up the list
    # who allowed it
    consent_version = models.CharField(max_length=20)
    consent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    consent_at = models.DateTimeField(default=timezone.now)
    # the claim
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    takeovers = models.PositiveSmallIntegerField(default=0)  # from dead workers, without progress
    offered_at = models.DateTimeField(null=True, blank=True)  # when a worker was last told of it
    not_before = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)  # in a row, without progress
    # the plan
    epoch = models.PositiveSmallIntegerField(default=0)
    rows_done = models.BigIntegerField(default=0)  # progress of planning
    bytes_done = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(null=True, blank=True)
    empty = models.BigIntegerField(default=0)
    invalid = models.BigIntegerField(default=0)
    invalid_reasons = models.JSONField(default=dict)  # reason code → count
    duplicates = models.BigIntegerField(default=0)
    unique = models.BigIntegerField(default=0)
    part_count = models.PositiveIntegerField(default=0)
    plan_bytes = models.BigIntegerField(default=0)
    plan_digest = models.CharField(max_length=64, blank=True)
    rejects_name = models.CharField(max_length=120, blank=True)
    # what happened, and when
    created_at = models.DateTimeField(default=timezone.now)
    planned_at = models.DateTimeField(null=True, blank=True)
    send_started_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)  # parts and rejects are gone

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["destination"],
                condition=Q(state__in=["SENDING", "CONFIRMING", "CANCELLING", "PAUSED"]),
                name="audiences_one_active_run_per_destination",
            ),
            models.UniqueConstraint(fields=["connector", "slot"], name="audiences_one_run_per_slot"),
            models.CheckConstraint(
                condition=Q(rows=None) | Q(rows=F("empty") + F("invalid") + F("duplicates") + F("unique")),
                name="audiences_every_row_is_accounted_for",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["PAUSED", "FAILED"]) | ~Q(reason=""),
                name="audiences_stopped_runs_say_why",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["DONE", "CANCELLED", "FAILED", "MISSED"], finished_at__isnull=False)
                | ~Q(state__in=["DONE", "CANCELLED", "FAILED", "MISSED"]) & Q(finished_at=None),
                name="audiences_finished_runs_have_a_date",
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="audiences_runs_by_state")]

    def __str__(self) -> str:
        return f"{self.connector} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def organization(self) -> Organization:
        return self.connector.organization

    @property
    def account(self) -> Account | None:
        """The LINE Ads account that owns the destination."""
        return self.destination.owner_account

    @property
    def is_over(self) -> bool:
        return self.state in FINAL

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def reject_reasons(self) -> list[dict[str, Any]]:
        """Reasons with their sentence and count, most frequent first."""
        pairs = sorted(self.invalid_reasons.items(), key=lambda pair: -pair[1])
        return [{"code": code, "label": reason_label(code), "count": count} for code, count in pairs]


S = Run.State
ACTIVE = (S.SENDING, S.CONFIRMING, S.CANCELLING, S.PAUSED)
FINAL = (S.DONE, S.CANCELLED, S.FAILED, S.MISSED)
PLANS = (S.QUEUED, S.PLANNING)
SENDS = (S.SENDING, S.CONFIRMING, S.CANCELLING)
WORKABLE = (*PLANS, *SENDS)


class Batch(models.Model):
    """One upload to LINE: a sealed part file and what became of it."""

    class Operation(models.TextChoices):
        CREATE = "CREATE", _("Create the audience")
        REPLACE = "REPLACE", _("Replace its members")
        ADD = "ADD", _("Add members")

    class State(models.TextChoices):
        PENDING = "PENDING", _("Waiting")
        INFLIGHT = "INFLIGHT", _("Being sent")
        ACCEPTED = "ACCEPTED", _("Accepted by LINE")
        APPLIED = "APPLIED", _("Processed by LINE")
        UNKNOWN = "UNKNOWN", _("Answer lost, will be sent again")
        REJECTED = "REJECTED", _("Refused by LINE")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="batches")
    epoch = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    operation = models.CharField(max_length=7, choices=Operation.choices)
    rows = models.PositiveIntegerField()
    byte_count = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)  # of the clear part; sealed at rest with it
    sealed_name = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    file_name = models.CharField(
        max_length=80
    )  # names the upload in LINE's job list, so a lost answer can be found
    job_id = models.CharField(max_length=40, blank=True)
    first_sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["epoch", "sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "epoch", "sequence"], name="audiences_one_batch_per_run_epoch_and_sequence"
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.epoch}.{self.sequence}"


class Call(models.Model):
    """The request log that LINE asks its partners to keep: time, method, path, status. No bodies."""

    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="calls")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.SET_NULL, related_name="calls")
    access_key = models.CharField(max_length=120)
    at = models.DateTimeField()
    method = models.CharField(max_length=6)
    path = models.CharField(max_length=300)
    status = models.PositiveSmallIntegerField(null=True)
    outcome = models.CharField(max_length=40)  # ok, or the kind of error the client named
    ms = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["at"], name="audiences_calls_by_time")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"


class RateBucket(models.Model):
    """Requests left for one access key, shared by all workers; `blocked_until` is LINE's 429."""

    access_key = models.CharField(max_length=120, unique=True)
    tokens = models.FloatField(default=1)
    updated_at = models.DateTimeField(default=timezone.now)
    blocked_until = models.DateTimeField(null=True, blank=True)
    refusals = models.PositiveSmallIntegerField(default=0)  # 429 in a row

    def __str__(self) -> str:
        return self.access_key


class Heartbeat(models.Model):
    """When a part of the installation was last heard from; `/readyz` reads it."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
