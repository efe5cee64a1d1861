"""What a LINE Tag reports: its two fixed events, and custom ones that a marketer names."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from resources.models import Resource


class TagEvent(models.Model):
    """An event of a tag, and when a page last reported it. The page view and the conversion always exist."""

    class Kind(models.TextChoices):
        PAGE_VIEW = "pageView", _("Base code")
        CONVERSION = "conversion", _("Conversion")
        CUSTOM = "custom", _("Custom event")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tag: models.ForeignKey[Resource, Resource] = models.ForeignKey(
        "resources.Resource", on_delete=models.PROTECT, related_name="events"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=120, blank=True)  # only custom events have one
    is_active = models.BooleanField(default=False)  # as LINE judges it
    last_contact_at = models.DateTimeField(null=True, blank=True)
    error_reason = models.CharField(max_length=120, blank=True)  # LINE's own word

    class Meta:
        ordering = ["tag", "kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["tag", "kind", "name"], name="resources_one_event_per_tag_kind_and_name"
            ),
            models.CheckConstraint(
                condition=Q(kind="custom") & ~Q(name="") | ~Q(kind="custom") & Q(name=""),
                name="resources_custom_events_have_a_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.get_kind_display())
