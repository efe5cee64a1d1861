"""What was said of audiences that end soon. Imported through `resources.models`."""

from __future__ import annotations

from django.db import models

from organizations.models import Organization


class EndDigest(models.Model):
    """A day on which an organization was told which of its audiences end soon: once, by whichever tick."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="end_digests")
    day = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "day"], name="resources_one_digest_of_ends_per_organization_and_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.day}"
