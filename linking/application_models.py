"""Applications of Talk Head View accounts to be linked. Imported through `linking.models`."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from users.models import User


class ApplicationQuerySet(models.QuerySet["TalkHeadViewApplication"]):
    def pending(self) -> ApplicationQuerySet:
        return self.filter(state=TalkHeadViewApplication.State.PENDING)

    def close(self, state: TalkHeadViewApplication.State, *, by: User, reason: str = "") -> int:
        """Move pending rows to `state` and say how many moved."""
        return self.pending().update(state=state, closed_at=timezone.now(), closed_by=by, reason=reason)


class TalkHeadViewApplication(models.Model):
    """A Talk Head View account asks to be linkable; the installation's operators answer."""

    class State(models.TextChoices):
        PENDING = "PENDING", pgettext_lazy("application", "Waiting for an answer")
        GRANTED = "GRANTED", pgettext_lazy("application", "Granted")
        REFUSED = "REFUSED", pgettext_lazy("application", "Refused")
        WITHDRAWN = "WITHDRAWN", pgettext_lazy("application", "Withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey("linking.Account", on_delete=models.PROTECT, related_name="applications")
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    note = models.CharField(_("note"), max_length=500, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state="PENDING"),
                name="linking_one_pending_application_per_account",
            ),
            models.CheckConstraint(
                condition=Q(state="PENDING", closed_at=None)
                | ~Q(state="PENDING") & Q(closed_at__isnull=False),
                name="linking_closed_applications_have_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="REFUSED") | ~Q(reason=""),
                name="linking_refused_applications_have_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return str(self.account)
