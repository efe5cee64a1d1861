"""Lists and the connectors that send them; runs are next door, in `run_models`."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiences.identifiers import Kind as Identifier
from audiences.mirror_models import Mirror
from audiences.run_models import (
    ACTIVE,
    FINAL,
    PLANS,
    SENDS,
    WORKABLE,
    Batch,
    Call,
    Heartbeat,
    RateBucket,
    Run,
)
from organizations.models import Organization
from resources.models import Resource

__all__ = [
    "ACTIVE",
    "FINAL",
    "PLANS",
    "SENDS",
    "WORKABLE",
    "Batch",
    "Call",
    "Connector",
    "Dataset",
    "Heartbeat",
    "Mirror",
    "RateBucket",
    "Run",
]


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def kept(self) -> DatasetQuerySet:
        return self.filter(erased_at=None)


class Dataset(models.Model):
    """A list as it was uploaded, sealed. `facts` says how to read it; it never holds a cell's value."""

    class Source(models.TextChoices):
        FILE = "FILE", _("File")
        SQL = "SQL", _("Database query")
        OBJECT_STORE = "OBJECT_STORE", _("Object store")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="datasets")
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.FILE)
    byte_count = models.BigIntegerField(default=0)
    sealed_name = models.CharField(max_length=120, blank=True)
    facts = models.JSONField(default=dict)  # encoding, delimiter, header, column count and guesses
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at=None) & ~Q(sealed_name="") | Q(erased_at__isnull=False, sealed_name=""),
                name="audiences_erased_lists_have_no_content",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ConnectorQuerySet(models.QuerySet["Connector"]):
    def with_last_run(self) -> ConnectorQuerySet:
        """Adds `last_run_id`, `last_run_state` and `last_run_at`, null before the first run."""
        latest = Run.objects.filter(connector=OuterRef("pk")).order_by("-created_at")
        return self.annotate(
            last_run_id=Subquery(latest.values("pk")[:1]),
            last_run_state=Subquery(latest.values("state")[:1]),
            last_run_at=Subquery(latest.values("state_at")[:1]),
        )


class Connector(models.Model):
    """What to send, where, and how. The upload wizard saves one without a schedule."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        ACTIVE = "ACTIVE", _("Active")
        PAUSED = "PAUSED", _("Paused")

    class Mode(models.TextChoices):
        ADD = "ADD", _("Add to the audience")
        REPLACE = "REPLACE", _("Replace the audience")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="connectors")
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=6, choices=State.choices, default=State.ACTIVE)
    pause_reason = models.CharField(max_length=40, blank=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="connectors")
    destination = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="connectors")
    mode = models.CharField(max_length=7, choices=Mode.choices)
    identifier = models.CharField(max_length=5, choices=Identifier.choices)
    is_hashed = models.BooleanField(default=False)
    encoding = models.CharField(max_length=20)
    delimiter = models.CharField(max_length=1)
    has_header = models.BooleanField()
    column = models.PositiveIntegerField(help_text="position of the column, from 0")
    country = models.CharField(
        max_length=2, blank=True, help_text="default country of national phone numbers"
    )
    sends_landlines = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ConnectorQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="audiences_one_connector_per_organization_and_name"
            ),
            models.CheckConstraint(
                condition=Q(state="PAUSED") & ~Q(pause_reason="") | ~Q(state="PAUSED") & Q(pause_reason=""),
                name="audiences_paused_connectors_say_why",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def last_run_label(self) -> str:
        """The words for `last_run_state`, on rows of `with_last_run`."""
        state = vars(self).get("last_run_state")
        return str(Run.State(state).label) if state else ""
