"""Moves of several accounts that one act offers under one URL. Imported through `linking.models`."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Count, Min, Q
from django.utils import timezone

from organizations.models import Organization


class JointMoveQuerySet(models.QuerySet["JointMove"]):
    def started_by(self, organization: Organization) -> JointMoveQuerySet:
        return self.filter(moves__moves_from__organization=organization).distinct()

    def offered_to(self, organization: Organization) -> JointMoveQuerySet:
        return self.filter(moves__organization=organization).distinct()

    def with_counts(self) -> JointMoveQuerySet:
        """To whom, how many accounts, and how many of them still wait."""
        return self.annotate(
            organization_code=Min("moves__organization_code"),
            account_count=Count("moves", distinct=True),
            pending_count=Count("moves", filter=Q(moves__state="PENDING"), distinct=True),
        )


class JointMove(models.Model):
    """One offer of several accounts. Who offers what to whom, and what became of it, each move says."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token_digest = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField(default=timezone.now)

    objects = JointMoveQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "id"]

    def __str__(self) -> str:
        return str(self.pk)
