"""What keeps an ad account's audiences here as they are at LINE. Imported through `audiences.models`."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from linking.models import Link

LEASE = timedelta(seconds=90)


class MirrorQuerySet(models.QuerySet["Mirror"]):
    def of_open_links(self) -> MirrorQuerySet:
        return self.filter(link__ended_at=None)

    def due(self) -> MirrorQuerySet:
        """Those that a worker could refresh now."""
        unclaimed = Q(leased_until=None) | Q(leased_until__lt=Now())
        return self.of_open_links().filter(unclaimed, due_at__lte=Now())

    def claim(self, pk: int) -> Mirror | None:
        """Take one that is due; None if it is not ours."""
        claimed = {"leased_until": Now() + LEASE, "fence": F("fence") + 1, "begun_at": Now()}
        taken = self.filter(pk=pk).due().update(**claimed, offered_at=None)
        parties = self.select_related("link__account", "link__organization")
        return parties.get(pk=pk) if taken else None

    def held(self, mirror: Mirror) -> MirrorQuerySet:
        """This one as long as our claim holds: every write of a refresh begins with it."""
        return self.filter(pk=mirror.pk, fence=mirror.fence, leased_until__gt=Now())


class Mirror(models.Model):
    """The refreshing of one link's account: when next, by whom now, and how it went."""

    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="mirrors")
    due_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(null=True, blank=True)  # by a person, last
    # the claim
    offered_at = models.DateTimeField(null=True, blank=True)  # when a worker was last told of it
    leased_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField(null=True, blank=True)
    # how it went
    listed_at = models.DateTimeField(null=True, blank=True)  # when the last listing began that came whole
    succeeded_at = models.DateTimeField(null=True, blank=True)
    left_out = models.PositiveIntegerField(default=0)  # audiences in words that this console does not know
    error = models.CharField(max_length=40, blank=True)  # of the last try: a code of audiences.hitches
    failed_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)  # in a row

    objects = MirrorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["link"], name="audiences_one_mirror_per_link"),
            models.CheckConstraint(
                condition=Q(error="", failed_at=None) | ~Q(error="") & Q(failed_at__isnull=False),
                name="audiences_failed_mirrors_say_when",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="audiences_mirrors_by_due_time")]

    def __str__(self) -> str:
        return f"{self.link_id}"

    @property
    def is_under_way(self) -> bool:
        """A worker is at it, or will be within seconds."""
        now = timezone.now()
        return self.due_at <= now or (self.leased_until is not None and self.leased_until > now)
